import type { Chat } from '../core/chat.ts'
import { management } from '../core/chat.ts'
import type { AccountId, ChatId, MessageId, PortalId } from '../core/ids.ts'
import { chatOfLine, sendKey, sendLine, weChatLane } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Count, Wait } from '../core/queue-notice.ts'
import type { Unit } from '../ports/store.ts'
import type { Login } from '../ports/wechat.ts'
import type { Holds } from './holds.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'
import type { Pause, Queues } from './queue-view.ts'
import { createStandings } from './standing.ts'

/** Tells people that what they wrote waits: once per chat, until its line has run empty (architecture §7). */
export interface Waits {
  /**
   * A message was put in line, in `parts` parts. Whoever will wait long is told with it. Comes back with what to do
   * after the commit.
   */
  written(
    unit: Unit,
    chat: Chat,
    message: Message,
    parts: number,
  ): Promise<(() => void) | undefined>
  /** WeChat wants a pause: who was refused is told, and who waits behind. */
  paused(pause: Pause): Promise<void>
  /** Tells those whose wait turned out to be long, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

interface Watched {
  readonly message: Message
  /** By the steady clock. */
  readonly due: number
}

/** Who waits no longer is not told. */
const patienceMs = 30_000
/** So many are told of one pause, each in the room of the chat. */
const toldAtOnce = 20
/** So many lines are gone through for them. */
const linesAtOnce = 200
/** So many whose wait is not known to be long are kept in mind. */
const watchedAtOnce = 1_000
/** Whoever is behind so many waits long at any pace worth the name; who waits long behind more is told in time. */
const far = 100
/** So far a line is counted. */
const upTo = 1_000
/** What a chat's setting says while its people have been told. */
const told = 'waitTold'

export function createWaits(
  parts: Parts,
  queues: Pick<Queues, 'of'>,
  holds: Holds,
  login: (account: AccountId) => Login,
): Waits {
  const { store, clock, log } = parts
  const standings = createStandings(parts, queues, holds, login)
  /** Those who were not told, in the order in which it is time to look again. */
  const watched = new Map<ChatId, Watched>()
  let changed: () => void = () => undefined

  return { written, paused, run }

  async function written(unit: Unit, chat: Chat, message: Message, sent: number) {
    const waiting = await unit.waiting(weChatLane(chat.account), sendLine(chat.id), sent + 1)
    if (waiting <= sent) await unit.setSetting(chat.id, told, undefined)
    // The question that it waits for is told by itself.
    if (holds.heldBy(chat.id)) return undefined
    if (waiting > sent && (await unit.setting(chat.id, told))) return undefined
    if (await tellIfLong(unit, chat, message)) return undefined
    return () => watch(message, patienceMs)
  }

  /** False: as far as anyone can tell, it will not wait long. */
  async function tellIfLong(unit: Unit, chat: Chat, message: Message): Promise<boolean> {
    const now = login(chat.account)
    // Both may be over in a moment.
    const isPassing =
      now.state === 'offline' && (now.reason === 'starting' || now.reason === 'unreachable')
    const view = queues.of(weChatLane(chat.account))
    const isOn = now.state === 'online' && now.account === chat.account
    if (isPassing || (isOn && !view)) return false
    const isFull = holds.quotaOf(chat.id) !== undefined
    if (!isFull && view && !view.closed() && view.estimate(far) <= patienceMs) return false
    const line = await standings.lineOf(unit, chat, upTo)
    const { place, when } = line.at(line.waiting.count)
    const { wait } = line
    if (wait?.why === 'rate' && (when ?? wait.when).inMs <= patienceMs) return false
    if (wait) return tell(unit, chat, message, place, wait)
    if (when && when.inMs <= patienceMs) return false
    return tell(unit, chat, message, place, when ? { why: 'pace', when } : { why: 'trouble' })
  }

  async function tell(
    unit: Unit,
    chat: Chat,
    message: Message,
    place: Count,
    wait: Wait,
    id: string = message.id,
  ): Promise<true> {
    await say(parts, unit, chat, { type: 'waiting', place, wait }, `wait/${id}`, message)
    await unit.setSetting(chat.id, told, 'yes')
    return true
  }

  async function paused({ lane, until, ms, refused }: Pause): Promise<void> {
    if (ms <= patienceMs) return
    const wait = { why: 'rate', when: standings.when(until - clock.now()) } as const
    // Its writer was told of an earlier pause perhaps, but not of this one.
    const once = `${until}/${refused.job.key}`
    await store.unit((unit) => tellLine(unit, refused.portal, refused.job.message, wait, once))
    const lines = await store.unit((unit) => unit.lines(lane, linesAtOnce + 1, 1))
    let here = 0
    let others = 0
    for (const { portal } of lines.slice(0, linesAtOnce)) {
      if (portal === refused.portal) continue
      // Each in a transaction of its own: nobody else has to wait until all are told.
      await store.unit(async (unit) => {
        const chat = chatOfLine(portal)
        if (!chat || holds.held().has(portal) || (await unit.setting(chat, told))) return
        const last = await unit.lastWaiting(lane, portal)
        if (!last) return
        if (here === toldAtOnce) others++
        else if (await tellLine(unit, portal, last.job.message, wait)) here++
      })
    }
    if (others === 0 && lines.length <= linesAtOnce) return
    const chats = { count: others, ...(lines.length > linesAtOnce && { more: true as const }) }
    const notice = { type: 'othersWait', chats, wait } as const
    await store.unit((unit) => say(parts, unit, management, notice, `wait/${until}`))
  }

  /** Answers a message that waits in a line. False: it is nothing a person wrote. */
  async function tellLine(
    unit: Unit,
    portal: PortalId,
    about: MessageId,
    wait?: Wait,
    once?: string,
  ): Promise<boolean> {
    const id = chatOfLine(portal)
    const chat = id && (await unit.chat(id))
    const message = await unit.message(about)
    if (!chat || !message) return false
    const line = await standings.lineOf(unit, chat, upTo)
    const { place, when } = line.at(Math.max(1, line.waiting.count))
    const isPaced = when !== undefined && when.inMs > 0
    const why = wait ?? line.wait ?? (isPaced ? { why: 'pace', when } : { why: 'trouble' })
    return tell(unit, chat, message, place, why, once)
  }

  function watch(message: Message, inMs: number): void {
    if (watched.has(message.chat) || watched.size >= watchedAtOnce) return
    watched.set(message.chat, { message, due: clock.steady() + inMs })
    changed()
  }

  async function run(signal: AbortSignal): Promise<void> {
    await resume().catch((error: unknown) => {
      log.warn({ error: String(error) }, 'who waits since the last start is not known')
    })
    signal.addEventListener('abort', () => changed(), { once: true })
    while (!signal.aborted) {
      const [first] = watched.values()
      if (!first) {
        await new Promise<void>((resolve) => {
          changed = resolve
        })
        continue
      }
      const wait = first.due - clock.steady()
      if (wait > 0) await clock.sleep(wait, signal).catch(() => undefined)
      if (signal.aborted) return
      watched.delete(first.message.chat)
      try {
        await store.unit((unit) => look(unit, first))
      } catch (error) {
        log.warn({ chat: first.message.chat, error: String(error) }, 'a wait was not told')
        watch(first.message, patienceMs)
      }
    }
  }

  /** It is time: does it still wait, or something behind it? */
  async function look(unit: Unit, { message }: Watched): Promise<void> {
    const chat = await unit.chat((await unit.mergedInto(message.chat)) ?? message.chat)
    if (!chat || (await unit.setting(chat.id, told)) || holds.heldBy(chat.id)) return
    const last = await unit.lastWaiting(weChatLane(chat.account), sendLine(chat.id))
    if (!last) return
    if (await isUnsent(unit, message)) return void (await tellLine(unit, last.portal, message.id))
    const left = last.since + patienceMs - clock.now()
    if (left <= 0) return void (await tellLine(unit, last.portal, last.job.message))
    const younger = await unit.message(last.job.message)
    if (younger) watch({ ...younger, chat: chat.id }, Math.min(left, patienceMs))
  }

  /** Those who wait since before this start, and were not told. */
  async function resume(): Promise<void> {
    await store.unit(async (unit) => {
      for (const { lane } of await unit.lanes()) {
        for (const { portal } of await unit.lines(lane, linesAtOnce, 1)) {
          const chat = chatOfLine(portal)
          const last = chat && (await unit.lastWaiting(lane, portal))
          const message = last && (await unit.message(last.job.message))
          if (message) watch({ ...message, chat }, patienceMs)
        }
      }
    })
  }
}

/** Nobody decided about it, and it did not go out. */
async function isUnsent(unit: Unit, { id }: Message): Promise<boolean> {
  if (!(await unit.knows(sendKey(id, 0))) || (await unit.sentReceipt(id, 0))) return false
  return (await unit.deadLetters(1, { message: id })).length === 0
}
