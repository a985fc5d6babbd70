import { number, type Raw } from '../raw.ts'
import { contentXml, xmlText } from '../xml.ts'

/**
 * The real id (`wxid_…`, `gh_…`) that a message's XML gives its sender, where the sender's own client wrote it for
 * this very message (protocol §5.5, §5.6): voice, video, sticker, app message. In a group the sender is the member,
 * of one's own message oneself. It is their word: a changed client can write another's id, so it may support other
 * evidence but never join two people by itself. Undefined: it gives none, or one that may be somebody else's.
 */
export function realIdOf(raw: Raw, payload: string): string | undefined {
  const place = places[number(raw.MsgType)]
  if (!place) return undefined
  const id = xmlText(contentXml(payload), ...place)
  return isPerson(id) ? id : undefined
}

/**
 * The real id of the chat itself (`wxid_…` of the friend, `…@chatroom`): the `session` of a recall, which the server
 * writes (protocol §5.7). Of a quoted message the sender's client writes it: that is not taken.
 */
export function chatRealIdOf(raw: Raw, payload: string): string | undefined {
  if (number(raw.MsgType) !== 10002) return undefined
  const id = xmlText(contentXml(payload), 'sysmsg', 'revokemsg', 'session')
  return isPerson(id) || isGroup(id) ? id : undefined
}

/** By MsgType. Pictures carry no name; cards and friend requests carry somebody else's. */
const places: Readonly<Record<number, readonly string[]>> = {
  34: ['msg', 'voicemsg', '@_fromusername'],
  43: ['msg', 'videomsg', '@_fromusername'],
  47: ['msg', 'emoji', '@_fromusername'],
  49: ['msg', 'fromusername'],
  62: ['msg', 'videomsg', '@_fromusername'],
}

const isPerson = (id: string): boolean => /^[A-Za-z][\w-]{4,63}$/.test(id)
const isGroup = (id: string): boolean => /^\w{1,64}@chatroom$/.test(id)
