import type { Chat } from '../core/chat.ts'
import { toBridgeError } from '../core/errors.ts'
import type { ChatId } from '../core/ids.ts'
import type { Notice, Place } from '../core/notice.ts'
import type { Portal, Unit } from '../ports/store.ts'
import { groupVerbs } from './commands/groups.ts'
import { letterVerbs } from './commands/letters.ts'
import { loginVerbs } from './commands/login.ts'
import { messageVerbs } from './commands/messages.ts'
import { peopleVerbs } from './commands/people.ts'
import { queueVerbs } from './commands/queue.ts'
import { recallVerbs } from './commands/recall.ts'
import type { Ask, List, Reply, Said, Tools, Verb, Verbs } from './commands/verb.ts'
import { refuse, say as saying } from './commands/verb.ts'
import { say } from './notices.ts'

/** What runs `!wx …`. */
export interface Commands {
  /**
   * Runs one command in the room of `portal` and answers there. The effects on the connector come back as a
   * function to call after the commit. `id` names the event, so that the answer is given once.
   */
  run(
    unit: Unit,
    portal: Portal,
    words: readonly string[],
    id: string,
  ): Promise<(() => void) | undefined>
}

type Later = Extract<Reply, { readonly later: unknown }>['later']

export function createCommands(tools: Tools): Commands {
  const { parts, connector, doubts, stopping } = tools
  /** By room, shown by this process: after a restart no number is good any more. */
  const lists = new Map<ChatId, List>()
  const verbs: Verbs = {
    help: { usage: 'help', run: async () => saying({ type: 'help' }) },
    ...loginVerbs(tools),
    ...queueVerbs(tools),
    ...letterVerbs(tools),
    ...messageVerbs(tools),
    ...recallVerbs(tools),
    ...peopleVerbs(tools),
    ...groupVerbs(tools),
    same: {
      usage: 'same CODE NUMBER|new',
      async run({ unit, place, words }) {
        const { notice, after } = await doubts.answer(unit, place, words)
        return { ...(notice && { said: { notice } }), ...(after && { after }) }
      },
    },
  }

  return {
    async run(unit, { chat: place }, words, id) {
      const [word = 'help', ...rest] = words
      const name = word.toLowerCase()
      const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
      const reply = verb
        ? await replyOf(verb, { unit, place, words: rest, list: lists.get(place.id) })
        : saying(unknown(word))
      if ('later' in reply) return () => void later(place, id, reply.later)
      if (reply.said) await answer(unit, place, id, reply.said)
      return reply.after
    },
  }

  async function replyOf(verb: Verb, ask: Ask): Promise<Reply> {
    const usage = `!wx ${verb.usage}`
    if (verb.place && !isOf(verb.place, ask.place)) {
      return saying({ type: 'usage', usage, place: verb.place })
    }
    // Every word of it may go to WeChat, and back into the room.
    if (ask.words.join(' ').length > longest) return refuse('tooLong')
    const reply = await verb.run(ask)
    return reply === 'usage' ? saying({ type: 'usage', usage }) : reply
  }

  /** WeChat is asked after the commit; whatever comes of it is said. */
  async function later(place: Chat, id: string, ask: Later): Promise<void> {
    let said: Said
    try {
      said = connector.people
        ? await ask(connector.people, stopping)
        : { notice: { type: 'cannot', why: 'noPeople' } }
    } catch (thrown) {
      if (stopping.aborted) return
      const { message, failure } = toBridgeError(thrown)
      const { code, reason, said: words } = failure
      const exactly = { ...(reason && { reason }), ...(words && { said: words }) }
      said = { notice: { type: 'notDone', code, detail: message, ...exactly } }
    }
    try {
      await parts.store.unit((unit) => answer(unit, place, id, said))
      if (said.list) lists.set(place.id, said.list)
    } catch (error) {
      parts.log.error({ event: id, error: String(error) }, 'a command was not answered')
    }
  }

  async function answer(unit: Unit, place: Chat, id: string, said: Said): Promise<void> {
    const { notice, also } = said
    await say(parts, unit, place, notice, id)
    if (also && also.id !== place.id) await say(parts, unit, also, notice, `${id}/there`)
  }

  function unknown(word: string): Notice {
    const near = nearest(word.toLowerCase(), Object.keys(verbs))
    return { type: 'unknownCommand', word: word.slice(0, 40), ...(near && { near }) }
  }
}

/** What a command may say, in characters: more than any name or greeting in WeChat. */
const longest = 1000

const isOf = (place: Place, { kind }: Chat): boolean =>
  place === 'chat' ? kind !== 'management' : kind === place

/** The name that one or two slips of the finger make this of. */
function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length < 3 || word.length > 12) return undefined
  const ranked = names
    .map((name) => ({ name, far: distance(word, name) }))
    .sort((a, b) => a.far - b.far)
  const [best] = ranked
  return best && best.far <= 2 ? best.name : undefined
}

/** How many letters have to be put in, left out or changed (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1]
    for (const [column, each] of [...other].entries()) {
      const changed = (row[column] ?? 0) + (letter === each ? 0 : 1)
      next.push(Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, changed))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
