import { type Chat, isOurs } from '../../src/core/chat.ts'
import { oneLine } from '../../src/core/one-line.ts'
import { leadRoom } from '../../src/core/post.ts'
import { roomName } from '../../src/core/render.ts'
import type { Rich } from '../../src/core/runs.ts'
import type { Language } from '../../src/core/words.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Located } from './places.ts'
import { postWords } from './post-words.ts'
import { isBlank } from './shown-text.ts'

/** What stands in front of what is said. */
export interface Lead {
  /** It may be a repeat. */
  readonly mark?: string
  /** Where it was said and by whom, as far as the place does not make it clear. */
  readonly name?: string
  /** Somebody says it, whose name `name` is: false where it only tells which chat it is about. */
  readonly isSaid: boolean
}

/** Two of them and what stands around them fit into `leadRoom`. */
const longestName = 48
const between = ' · '

/**
 * Who leads a post in a place. In a topic or group of one contact only the account's owner has a name; where several
 * speak, everybody; where all chats are in one, the chat does too. Bare places show no chat, so nobody leads there.
 */
export function leadOf(post: RoomPost, place: Located | undefined, language: Language): Lead {
  const words = postWords(language)
  const mark = post.repeat ? words.repeat : undefined
  const isSaid = post.who !== undefined && post.speaker.type !== 'bridge'
  const names = place ? namesOf(post, place, language) : []
  const name = names.map((each) => shownName(each) || words.nameless).join(between)
  return { ...(mark && { mark }), ...(name && { name }), isSaid }
}

/** A lead and what it leads, in at most `limit` UTF-16 units where the text leaves that much. Names are in bold. */
export function led({ mark, name, isSaid }: Lead, said: Rich, limit: number): Rich {
  const length = said.reduce((sum, run) => sum + run.text.length, 0)
  const isAlone = length === 0
  // A quotation may need a line of its own.
  let room = Math.min(leadRoom, limit - length - 2)
  const runs: { text: string; bold?: true; italic?: true }[] = []
  if (mark && mark.length + between.length <= room) {
    runs.push({ text: mark, italic: true })
    if (name || !isAlone) runs.push({ text: between })
    room -= mark.length + between.length
  }
  const tail = isAlone ? '' : isSaid ? ': ' : between
  const shown = name && cut(name, room - tail.length)
  if (shown) runs.push({ text: `${shown}${tail}`, bold: true })
  return [...runs, ...said]
}

function namesOf(post: RoomPost, place: Located, language: Language): readonly string[] {
  const { kind, shows } = place
  const who = speakerName(post, language)
  if (kind === 'management') return []
  if (kind !== 'flat') {
    if (post.part > 0 || who === undefined) return []
    return isOfOne(shows) && post.speaker.type !== 'me' ? [] : [who]
  }
  // Further parts may stand below those of another chat.
  const chat = isMpRoom(shows) && who !== undefined ? [] : [roomName(shows, language)]
  return isOfOne(shows) && post.speaker.type !== 'me'
    ? chat
    : [...chat, ...(who === undefined ? [] : [who])]
}

const speakerName = ({ speaker, who }: RoomPost, language: Language): string | undefined =>
  who !== undefined && speaker.type === 'me' ? postWords(language).me : who

/** Does one contact speak there? */
const isOfOne = (chat: Chat): boolean => chat.kind !== 'group' && !isMpRoom(chat)

/** The room that all official accounts share. */
const isMpRoom = (chat: Chat): boolean => chat.kind === 'mp' && isOurs(chat)

const graphemes = new Intl.Segmenter()

function shownName(name: string): string {
  const line = cut(oneLine(name, longestName), longestName)
  return isBlank(line) ? '' : line
}

/** At most so many UTF-16 units, whole characters. */
function cut(name: string, units: number): string {
  if (name.length <= units) return name
  let text = ''
  for (const { segment } of graphemes.segment(name)) {
    if (text.length + segment.length + 1 > units) break
    text += segment
  }
  return text && `${text}…`
}
