import type { Chat } from '../core/chat.ts'
import { isOurs } from '../core/chat.ts'
import { toBridgeError } from '../core/errors.ts'
import type { ChatId, MessageId, RoomId } from '../core/ids.ts'
import { mintPortalId } from '../core/ids.ts'
import type { Notice, Place } from '../core/notice.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { Asked } from './commands/asked.ts'
import { bookOf, noPeople } from './commands/books.ts'
import { chatVerbs } from './commands/chats.ts'
import { groupVerbs } from './commands/groups.ts'
import { helpVerb } from './commands/help.ts'
import { languageVerbs } from './commands/language.ts'
import { letterVerbs } from './commands/letters.ts'
import { loginVerbs } from './commands/login.ts'
import { messageVerbs } from './commands/messages.ts'
import { muteVerbs } from './commands/mute.ts'
import { peopleVerbs } from './commands/people.ts'
import { placeVerbs } from './commands/places.ts'
import { puppetVerbs } from './commands/puppet.ts'
import { queueVerbs } from './commands/queue.ts'
import { reactionVerbs } from './commands/reactions.ts'
import { recallVerbs } from './commands/recall.ts'
import { residentVerbs } from './commands/residents.ts'
import { userVerbs } from './commands/users.ts'
import type { Ask, List, Reply, Said, Tools, Verb, Verbs } from './commands/verb.ts'
import { refuse, say as saying } from './commands/verb.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'

/** What runs `!wx …`. */
export interface Commands {
  /**
   * Runs one command in the room of `portal` and answers there. The effects on the connector come back as a
   * function to call after the commit. `id` names the event, so that the answer is given once. `asked` is who said it,
   * and where.
   */
  run(
    unit: Unit,
    portal: Portal,
    words: readonly string[],
    id: string,
    asked: Asked,
  ): Promise<(() => void) | undefined>
}

type Later = Extract<Reply, { readonly later: unknown }>['later']

export function createCommands(tools: Tools): Commands {
  const { parts, doors, doubts, stopping } = tools
  /** By room, shown by this process: after a restart no number is good any more. */
  const lists = new Map<ChatId | RoomId, List>()
  const verbs: Verbs = {
    help: helpVerb(tools),
    ...loginVerbs(tools),
    ...queueVerbs(tools),
    ...letterVerbs(tools),
    ...messageVerbs(tools),
    ...recallVerbs(tools),
    ...peopleVerbs(tools),
    ...groupVerbs(tools),
    ...chatVerbs(tools),
    ...placeVerbs(tools),
    ...muteVerbs(tools),
    ...userVerbs(),
    ...residentVerbs(tools),
    ...languageVerbs(tools),
    ...reactionVerbs(tools),
    ...puppetVerbs(),
    same: {
      usage: 'same CODE NUMBER|new',
      for: 'owner',
      async run({ unit, place, words }) {
        const { notice, after } = await doubts.answer(unit, place, words)
        return { ...(notice && { said: { notice } }), ...(after && { after }) }
      },
    },
  }

  return {
    async run(unit, said, words, id, asked) {
      const portal = await portalMeant(parts, unit, said, asked)
      const place = portal.chat
      const [word = 'help', ...rest] = words
      const name = word.toLowerCase()
      const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
      const list = lists.get(listed(place, asked))
      const ask = { unit, place, portal, id, asked, words: rest, list }
      const reply = verb ? await replyOf(verb, ask) : saying(unknown(word))
      if ('later' in reply) return () => void later(ask, withPeople(ask, reply.later))
      if ('beside' in reply) return () => void later(ask, reply.beside)
      if (reply.said) await answer(unit, ask, reply.said)
      return reply.after
    },
  }

  async function replyOf(verb: Verb, ask: Ask): Promise<Reply> {
    if (!isFor(verb, ask)) return refuse('notYours')
    if (verb.alone && ask.asked.there) return refuse('onlyHome')
    const usage = `!wx ${verb.usage}`
    if (verb.place && !isOf(verb.place, ask.place)) {
      return saying({ type: 'usage', usage, place: verb.place })
    }
    // Every word of it may go to WeChat, and back into the room.
    if (ask.words.join(' ').length > longest) return refuse('tooLong')
    const reply = await verb.run(ask)
    return reply === 'usage' ? saying({ type: 'usage', usage }) : reply
  }

  function withPeople({ place }: Ask, ask: Later) {
    return async (signal: AbortSignal): Promise<Said> => {
      const people = bookOf(doors, place)
      return people ? ask(people, signal) : noPeople
    }
  }

  /** WeChat, or a hub, is asked after the commit; whatever comes of it is said. */
  async function later(ask: Ask, find: (signal: AbortSignal) => Promise<Said>): Promise<void> {
    let said: Said
    try {
      said = await find(stopping)
    } catch (thrown) {
      if (stopping.aborted) return
      const { message, failure } = toBridgeError(thrown)
      const { code, reason, said: words } = failure
      const exactly = { ...(reason && { reason }), ...(words && { said: words }) }
      said = { notice: { type: 'notDone', code, detail: message, ...exactly } }
    }
    try {
      await parts.store.unit((unit) => answer(unit, ask, said))
    } catch (error) {
      parts.log.error({ event: ask.id, error: String(error) }, 'a command was not answered')
    }
  }

  async function answer(unit: Unit, { place, id, asked }: Ask, said: Said): Promise<void> {
    const { notice, also, list, here } = said
    const hub = asked.seat.adapter.id
    const replaces = await pressed(unit, place, asked)
    await say(parts, unit, place, notice, id, undefined, {
      ...(asked.there && { there: asked.there }),
      // What somebody asked elsewhere is answered there, and not in the rooms of others.
      ...((asked.there || here) && { only: hub }),
      ...(replaces && { replaces }),
    })
    if (list) lists.set(listed(place, asked), list)
    if (also && also.id !== place.id) {
      const only = here && { only: hub }
      await say(parts, unit, also, notice, `${id}/there`, undefined, { ...only })
    }
  }

  function unknown(word: string): Notice {
    const near = nearest(word.toLowerCase(), Object.keys(verbs))
    return { type: 'unknownCommand', word: word.slice(0, 40), ...(near && { near }) }
  }
}

/** What a command may say, in characters: more than any name or greeting in WeChat. */
const longest = 1000

/** What was listed last is what was listed where one is. */
const listed = (place: Chat, { there }: Asked) => there ?? place.id

/** Users may say what is about the chat of the room they are in, and little elsewhere. */
const isFor = (verb: Verb, { place, asked }: Ask): boolean =>
  asked.role === 'owner' ||
  (verb.for === undefined && (verb.everywhere === true || place.kind !== 'management'))

/**
 * Chats may share a room of the bridge's own: what is said there as an answer to something of a chat, or by its
 * button, is said in that chat.
 */
async function portalMeant(
  parts: Pick<Parts, 'random'>,
  unit: Unit,
  portal: Portal,
  { replyTo, button, seat, there }: Asked,
): Promise<Portal> {
  const event = button ?? replyTo
  if (!isOurs(portal.chat) || there || !event) return portal
  const { id: hub } = seat.adapter
  const chat = (await unit.messageAt(hub, event))?.chat
  if (!chat || isOurs({ id: chat })) return portal
  return unit.portalOf(chat, hub, () => mintPortalId(parts.random))
}

/** The notice whose button was pressed: the answer takes its place. One of several parts stays as it is. */
async function pressed(
  unit: Unit,
  place: Chat,
  { button, seat }: Asked,
): Promise<MessageId | undefined> {
  const { id: hub } = seat.adapter
  const message = button && (await unit.messageAt(hub, button))
  if (message?.sender.type !== 'bridge' || message.chat !== place.id) return undefined
  return (await unit.eventOf(message.id, hub)) === button ? message.id : undefined
}

const isOf = (place: Place, chat: Chat): boolean =>
  place === 'chat' ? !isOurs(chat) : chat.kind === place

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
