import { backoff } from '../core/backoff.ts'
import type { Chat } from '../core/chat.ts'
import { management } from '../core/chat.ts'
import type { Code } from '../core/errors.ts'
import { toBridgeError } from '../core/errors.ts'
import type { ChatId, Lane, PortalId } from '../core/ids.ts'
import { sendLine, weChatLane } from '../core/ids.ts'
import type { Notice } from '../core/notice.ts'
import type { Unit } from '../ports/store.ts'
import type { WeChatConnector, WeChatSink } from '../ports/wechat.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'
import type { Question, Standing } from './questions.ts'
import { questionAbout, settleNew, settleSame, standings, wasAsked } from './questions.ts'
import { saveTold } from './told-chats.ts'

/** Who is who (architecture §8): questions, their answers, and the sends that wait for these. */
export interface Doubts {
  readonly sink: Pick<WeChatSink, 'doubts' | 'merge'>
  /** The lines of which nothing may go out now. */
  held(): ReadonlySet<PortalId>
  /** Those that are open or were just answered. */
  questions(): readonly Question[]
  /** The question that sends to this chat wait for. */
  heldBy(chat: ChatId): string | undefined
  /**
   * The user's answer, given in the room of `place`. What is wrong with it comes back as a notice; else what to do
   * after the commit.
   */
  answer(
    unit: Unit,
    place: Chat,
    words: readonly string[],
  ): Promise<{ readonly notice?: Notice; readonly after?: () => void }>
}

interface Hold {
  readonly lane: Lane
  /** Absent while an answer is on its way to the connector. */
  readonly code?: string
}
type Holds = ReadonlyMap<PortalId, Hold>

/** How long a connector may take to go by what it told itself, at most. */
const lateMs = 1_000
const usage: Notice = { type: 'usage', usage: '!wx same CODE NUMBER | !wx same CODE new' }

/** Those of one door. `wake` tells a lane that something may go out; `others` are the questions of other doors. */
export function createDoubts(
  parts: Parts,
  connector: Pick<WeChatConnector, 'people'>,
  wake: (lane: Lane) => void,
  stopping: AbortSignal,
  others: () => readonly Question[] = () => [],
): Doubts {
  const { store, clock, random, log } = parts
  /** As last told by the connector. */
  let questions: readonly Question[] = []
  /** Chats whose answer the connector has taken: before that, it may take one for the other. */
  const taken = new Set<ChatId>()
  const telling = new Set<ChatId>()
  let holds: Holds = new Map()
  let keys: ReadonlySet<PortalId> = new Set()
  let tellings = 0

  return {
    sink: { doubts, merge },
    held: () => keys,
    questions: () => questions,
    heldBy: (chat) => holds.get(sendLine(chat))?.code,
    answer,
  }

  async function doubts(list: Parameters<WeChatSink['doubts']>[0]): Promise<void> {
    tellings++
    // Nothing slips through while the questions are being written.
    hold(
      new Map(
        list.flatMap(({ chat, candidates }) => {
          const lane = weChatLane(chat.account)
          return [chat.id, ...candidates].map((id) => [sendLine(id), { lane }] as const)
        }),
      ),
    )
    const told = await store.unit(async (unit) => {
      const asked: Question[] = []
      for (const doubt of list) {
        await saveTold(unit, [{ ...doubt.chat, unconfirmed: true }])
        asked.push(await questionAbout(parts, unit, doubt, [...asked, ...questions, ...others()]))
      }
      return { asked, standing: await closed(unit, asked) }
    })
    questions = told.asked
    taken.clear()
    telling.clear()
    for (const [question, standing] of told.standing) {
      if (!('choices' in standing)) tell(question, standing)
    }
    await refresh()
  }

  async function merge(from: ChatId, into: ChatId): Promise<void> {
    await store.unit(async (unit) => {
      const chat = await unit.chat(from)
      let known = await unit.chat((await unit.mergedInto(into)) ?? into)
      // Never saved: there is nothing to merge. Merged before: it stays so.
      if (!chat || (await unit.mergedInto(from))) return
      const question = questions.find(({ doubt }) => doubt.chat.id === from)
      const silent = !(await wasAsked(unit, from)) && !(await unit.lastSaid(from))
      if (!known) {
        // Known to the connector alone: a crash kept it from being told.
        const { unconfirmed: _, ...same } = chat
        known = { ...same, id: into }
        await unit.saveChats([known])
      }
      if (silent) return unit.mergeChats(from, into)
      const doubt = question?.doubt ?? { chat, candidates: [], about: [] }
      await settleSame(parts, unit, { doubt, id: question?.id ?? `merge/${from}` }, known)
    })
    // The connector goes by it once we have returned, and tells its doubts anew; should it not, it is time.
    const told = questions
    const late = async () => {
      await clock.sleep(lateMs, stopping)
      if (questions !== told) return
      taken.add(from)
      await refresh()
    }
    if (told.some(({ doubt }) => doubt.chat.id === from)) inBackground(late())
  }

  async function answer(unit: Unit, place: Chat, words: readonly string[]) {
    const here = questions.find(({ doubt }) => doubt.chat.id === place.id)
    const only = here?.isAgain ? undefined : here?.code
    const [code, choice] = words.length === 1 ? [only, words[0]] : words
    if (words.length > 2 || !code || !choice || (!here && place.kind !== management.kind)) {
      return { notice: usage }
    }
    const question = questions.find((each) => each.code === code.toLowerCase())
    if (!question) return refused(`There is no question ${code.slice(0, 20)}.`)
    if (here && here !== question) return { notice: usage }
    const standing = (await standings(unit, questions)).get(question)
    if (!standing || !('choices' in standing)) return refused('This question was answered before.')
    if (choice.toLowerCase() === 'new') {
      await settleNew(parts, unit, question)
      return { after: () => answered(question, { isNew: true }) }
    }
    const named = /^[1-9]\d?$/.test(choice) ? question.choices[Number(choice) - 1] : undefined
    const into = named && ((await unit.mergedInto(named)) ?? named)
    if (!into) return refused(`The question ${code} has no choice ${choice.slice(0, 20)}.`)
    const chat = standing.choices.includes(into) ? await unit.chat(into) : undefined
    if (!chat) return refused(`Choice ${choice} turned out to be somebody else meanwhile.`)
    await settleSame(parts, unit, question, chat)
    await closed(unit, questions)
    return { after: () => answered(question, { into }) }
  }

  function answered(question: Question, standing: Standing): void {
    tell(question, standing)
    const again = async () => {
      const now = await store.unit((unit) => standings(unit, questions))
      // Taking a candidate may have left another question with nobody to ask about.
      for (const [each, how] of now) if ('isNew' in how && each !== question) tell(each, how)
      await refresh()
    }
    inBackground(again())
  }

  /** Questions that have nobody left to choose are closed: it is somebody new. */
  async function closed(unit: Unit, all: readonly Question[]) {
    const found = await standings(unit, all)
    for (const [question, standing] of found) {
      if ('isNew' in standing) await settleNew(parts, unit, question)
    }
    return found
  }

  /** The connector is told in the background, until it has heard: it may be waiting for us at this moment. */
  function tell({ doubt }: Question, standing: Standing): void {
    const { chat } = doubt
    const { people } = connector
    if (taken.has(chat.id) || telling.has(chat.id)) return
    if (!people) return void taken.add(chat.id)
    telling.add(chat.id)
    const told = questions
    const until = async () => {
      for (let attempt = 1; !stopping.aborted && questions === told; attempt++) {
        try {
          const into = 'into' in standing ? await named(doubt.candidates, standing.into) : undefined
          await people.settle(chat.id, into)
          if (questions === told) taken.add(chat.id)
          break
        } catch (thrown) {
          const error = toBridgeError(thrown)
          const { code, heal } = error.failure
          log.warn({ chat: chat.id, code, error: error.message }, 'an answer was not taken')
          if (heal === 'never') {
            await complain(chat, code, error.message)
            if (questions === told) taken.add(chat.id)
            break
          }
          await clock.sleep(backoff(attempt, random()), stopping)
        }
      }
      if (questions === told) await refresh()
    }
    inBackground(until())
  }

  /** What waited goes on to the connector, which says of each what it knows. */
  function complain({ id }: Chat, code: Code, detail: string): Promise<void> {
    const notice = { type: 'notDone', code, detail } as const
    return store.unit((unit) => say(parts, unit, management, notice, `settle/${id}`))
  }

  function inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!stopping.aborted) log.error({ error: String(error) }, 'holds are not up to date')
    })
  }

  /** A candidate under the name the connector gave it. */
  async function named(candidates: readonly ChatId[], into: ChatId): Promise<ChatId> {
    return store.unit(async (unit) => {
      for (const each of candidates) {
        if (((await unit.mergedInto(each)) ?? each) === into) return each
      }
      return into
    })
  }

  /** Brings the holds up to date. */
  async function refresh(): Promise<void> {
    const mine = tellings
    const next = await store.unit(due)
    // What is told anew meanwhile holds more, and comes here itself.
    if (mine !== tellings) return
    const lanes = new Set([...holds.values()].map(({ lane }) => lane))
    hold(next)
    for (const lane of lanes) wake(lane)
  }

  async function due(unit: Unit): Promise<Holds> {
    const lines = new Map<PortalId, Hold>()
    const found = await standings(unit, questions)
    for (const [{ doubt, code }, standing] of found) {
      const lane = weChatLane(doubt.chat.account)
      if ('choices' in standing) {
        for (const id of [doubt.chat.id, ...standing.choices]) {
          if (!lines.get(sendLine(id))?.code) lines.set(sendLine(id), { lane, code })
        }
      } else if (!taken.has(doubt.chat.id)) {
        const both = 'into' in standing ? [doubt.chat.id, standing.into] : [doubt.chat.id]
        for (const id of both) if (!lines.has(sendLine(id))) lines.set(sendLine(id), { lane })
      }
    }
    return lines
  }

  function hold(next: Holds): void {
    holds = next
    keys = new Set(next.keys())
  }
}

const refused = (detail: string) => ({
  notice: { type: 'notDone', code: 'refused', detail } as const,
})
