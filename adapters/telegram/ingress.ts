import type { Update } from '@grammyjs/types'
import type { Role } from '../../src/core/hub.ts'
import { type EventId, eventId, type RoomId } from '../../src/core/ids.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import { findFfmpeg } from '../convert/ffmpeg.ts'
import { eventOf } from './address.ts'
import { commandIn, isAddressed, wordShown, wordsOf } from './ingress-command.ts'
import { contentIn } from './ingress-content.ts'
import { createDoor } from './ingress-door.ts'
import { ingressWords, languageOf } from './ingress-words.ts'
import { createDownload } from './media-in-download.ts'
import type { Ingress, Parts } from './parts.ts'
import { type Changed, type Press, readUpdate, type Said } from './updates.ts'
import { type Json, optional, record, text, whole } from './updates-json.ts'

/** How large a file may be that the public Bot API gives away (ecosystem §2.1). A local one has no such limit. */
export const mostFetched = 20 * 1024 * 1024

export interface Tools {
  /** The path of ffmpeg, if there is one. Default: it is looked for. */
  readonly ffmpeg?: Promise<string | undefined>
}

/** Everything that comes in: who may, then what it means. */
export function createIngress(parts: Parts, tools: Tools = {}): Ingress {
  const { bot, clock, hub, log, options, people, places } = parts
  const ffmpeg = tools.ffmpeg ?? findFfmpeg()
  const door = createDoor(parts)
  const leads = createAlbumLeads()

  return {
    async translate(update, signal) {
      if (await happened(update, signal)) return []
      const read = readUpdate(update)
      if (!read) return []
      const event =
        read.what === 'pressed'
          ? pressed(read, signal)
          : read.what === 'changed'
            ? await changed(read, signal)
            : await said(read.said, signal)
      return event ? [{ event, raw: JSON.stringify(update) }] : []
    },

    download: createDownload(parts, ffmpeg),
  }

  /** What Telegram tells about places is not ours. Asking again for what cannot be read would not help. */
  async function happened(update: Update, signal: AbortSignal): Promise<boolean> {
    try {
      return record(update) !== undefined && (await places.happened(update, signal))
    } catch (thrown) {
      if (!(thrown instanceof TypeError) && !(thrown instanceof RangeError)) throw thrown
      log.error({ hub, error: String(thrown) }, 'an update cannot be read')
      return false
    }
  }

  async function said(message: Said, signal: AbortSignal): Promise<HubEvent | undefined> {
    const room = places.roomAt(message.spot)
    const asked = await commandOf(message, signal)
    if (asked === 'other') return undefined
    const line = text(message.body.text) ?? ''
    const role = roleOf(message, room)
    const word = message.isPrivate ? wordShown(line, role === undefined) : undefined
    if (word !== undefined && (await door.presents(word, message, signal))) return undefined
    if (role === undefined) {
      const isHeard = message.isPrivate || places.isOurs(room) || isAddressed(line)
      if (isHeard) await door.turnsAway(message, signal)
      return undefined
    }
    people.seen(message.by.user)
    const base = { id: message.id, room, at: message.at, from: fromOf(message) }
    const replyTo = repliedTo(message)
    const answers = optional('replyTo', replyTo)
    if (asked) {
      // Where others listen, and other bots, only what is surely meant for this one is answered.
      const isMeant = isAddressed(line) || asked[0] === 'link' || /^[!！]/.test(line)
      if (!isHeardAt(message, room) && !isMeant) return undefined
      return command(message, role, { ...base, ...answers, words: asked })
    }
    if (!isHeardAt(message, room)) return undefined
    const content = await contentOf(message)
    if (!content) return undefined
    if ('unsupported' in content) return refused(base, content)
    return { ...base, type: 'message', name: message.by.name, ...answers, ...content }
  }

  async function changed(change: Changed, signal: AbortSignal): Promise<HubEvent | undefined> {
    const { said: message, target } = change
    const room = places.roomAt(message.spot)
    const role = roleOf(message, room)
    if (role === undefined) return undefined
    // Where somebody is by now is told by changing the message again and again.
    if (record(message.body.location)) return undefined
    const asked = await commandOf(message, signal)
    if (asked === 'other') return undefined
    const base = { id: message.id, room, at: message.at, from: fromOf(message) }
    if (asked) {
      const answers = optional('replyTo', repliedTo(message))
      return command(message, role, { ...base, ...answers, words: asked })
    }
    if (!isHeardAt(message, room)) return undefined
    const content = await contentOf(message)
    if (!content) return undefined
    // A poll that is closed is told so too: nobody wrote anything.
    if ('unsupported' in content) return content.tooLarge && refused(base, content)
    const { album: _, ...edited } = content
    return { ...base, type: 'edit', name: message.by.name, target, ...edited }
  }

  function pressed(press: Press, signal: AbortSignal): HubEvent | undefined {
    const from = String(press.by.user.id)
    const room = press.spot && places.roomAt(press.spot)
    const role = room === undefined ? undefined : people.roleOf(from, room)
    // Until it is answered, the button shows that something is under way.
    const { language_code } = press.by.user
    const { notYours } = ingressWords(languageOf(language_code, parts.voice.language))
    const answer = { callback_query_id: press.query, ...(role === undefined && { text: notYours }) }
    parts.patient
      .call('answerCallbackQuery', answer, signal)
      .catch((error: unknown) => log.debug({ hub, error: String(error) }, 'a press not answered'))
    if (role === undefined || room === undefined) return undefined
    const words = wordsOf(press.data ?? '')
    if (words.length === 0) return undefined
    people.seen(press.by.user)
    const id = eventId(`press/${press.query}`)
    return {
      ...{ id, room, at: clock.now(), from },
      type: 'command',
      words,
      ...optional('button', press.event),
    }
  }

  function roleOf(message: Said, room: RoomId): Role | undefined {
    return people.roleOf(fromOf(message), room)
  }

  /** In a group that shows no chat, what people say is not for us. */
  function isHeardAt(message: Said, room: RoomId): boolean {
    return message.isPrivate || places.isOurs(room)
  }

  async function commandOf({ body }: Said, signal: AbortSignal) {
    const line = text(body.text)
    // Who forwards something passes it on: somebody else has said it, and may have meant it to be obeyed.
    if (line === undefined || record(body.forward_origin)) return undefined
    return commandIn(line, isAddressed(line) ? (await bot.info(signal)).username : '')
  }

  async function contentOf({ body, by, id, at, chat }: Said) {
    return contentIn(body, {
      hub,
      words: ingressWords(parts.voice.language),
      ...(options.filesDir === undefined && { limit: mostFetched }),
      moves: (await ffmpeg) !== undefined,
      at,
      timezone: parts.voice.timezone,
      own: { person: by.user.id, bot: bot.known()?.id },
      leads: (album) => leads(`${chat}/${album}`, id),
    })
  }
}

const fromOf = ({ by }: Said): string => String(by.user.id)

interface Base {
  readonly id: EventId
  readonly room: RoomId
  readonly at: number
  readonly from: string
}

/** Bots never hear of deletions: `/recall`, said as an answer, is how a message is taken back. */
function command(
  { body, by }: Said,
  role: Role,
  asked: Base & { readonly words: readonly string[]; readonly replyTo?: EventId },
): HubEvent {
  const { words, replyTo, ...base } = asked
  const isRecall = words.length === 1 && words[0]?.toLowerCase() === 'recall'
  // Whoever only writes along takes back nothing but what they wrote.
  const author = whole(record(record(body.reply_to_message)?.from)?.id)
  const isTheirs = role !== 'relay' || author === by.user.id
  if (isRecall && replyTo && isTheirs) return { ...base, type: 'redaction', target: replyTo }
  return { ...base, type: 'command', words, ...optional('replyTo', replyTo) }
}

function refused(
  base: Base,
  { unsupported, tooLarge }: { unsupported: string; tooLarge?: { bytes: number; limit: number } },
): HubEvent {
  return { ...base, type: 'unsupported', kind: unsupported, ...optional('tooLarge', tooLarge) }
}

/** What a message answers. In a topic, every message that answers none points at the line that opened the topic. */
function repliedTo({ chat, body, spot }: Said): EventId | undefined {
  const reply: Json | undefined = record(body.reply_to_message)
  const message = whole(reply?.message_id)
  if (!reply || message === undefined || message < 0) return undefined
  const opensTopic = spot.is_topic_message === true && message === spot.message_thread_id
  return opensTopic || reply.forum_topic_created !== undefined ? undefined : eventOf(chat, message)
}

/** Of each of the latest albums, the message that came first; also when it comes again. */
function createAlbumLeads(): (album: string, message: EventId) => boolean {
  const firsts = new Map<string, EventId>()
  return (album, message) => {
    const first = firsts.get(album) ?? message
    firsts.set(album, first)
    if (firsts.size > 100) firsts.delete(firsts.keys().next().value ?? '')
    return first === message
  }
}
