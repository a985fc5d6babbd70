import { number, type Raw, record, text, texts } from './raw.ts'

// What puppets tell, read from whatever they gave (wechaty-puppet 1.20, `schemas`).

/** Kinds of messages (MessageType). */
export const kinds = {
  unknown: 0,
  attachment: 1,
  audio: 2,
  contact: 3,
  history: 4,
  emoticon: 5,
  image: 6,
  text: 7,
  location: 8,
  miniProgram: 9,
  groupNote: 10,
  transfer: 11,
  redEnvelope: 12,
  recalled: 13,
  url: 14,
  video: 15,
  post: 16,
} as const

export interface Said {
  readonly id: string
  readonly type: number
  /** Who said it; empty: nobody is named. */
  readonly from: string
  /** To whom, where it is no room. */
  readonly to: string
  /** Empty: it was said to one person. */
  readonly room: string
  readonly text: string
  readonly filename: string
  /** In milliseconds; 0: not known. */
  readonly at: number
  readonly mentions: readonly string[]
}

/** A message payload. Undefined: it is none, having no id. */
export function readSaid(value: unknown): Said | undefined {
  const raw = record(value)
  const id = text(raw.id)
  if (id === '' || id.length > 500) return undefined
  return {
    id,
    type: number(raw.type),
    from: text(raw.talkerId) || text(raw.fromId),
    to: text(raw.listenerId) || text(raw.toId),
    room: text(raw.roomId),
    text: text(raw.text),
    filename: text(raw.filename),
    at: timeOf(raw.timestamp),
    mentions: texts(raw.mentionIdList).slice(0, 1000),
  }
}

/** Puppets tell times in seconds or in milliseconds. */
export function timeOf(value: unknown): number {
  const time = number(value)
  if (time <= 0 || time > 1e14) return 0
  return Math.round(time < 1e11 ? time * 1000 : time)
}

/** Somebody as the puppet knows them (ContactPayload). */
export interface Someone {
  readonly id: string
  readonly name: string
  readonly remark: string
  readonly handle: string
  readonly region: string
  /** What their picture is told apart by from an earlier one; empty: they have none. */
  readonly avatar: string
  readonly isMp: boolean
  /** Undefined: the puppet does not say. */
  readonly isFriend: boolean | undefined
}

const official = 2

export function readSomeone(id: string, value: unknown): Someone {
  const raw = record(value)
  return {
    id,
    name: text(raw.name),
    remark: text(raw.alias),
    handle: text(raw.handle) || text(raw.weixin),
    region: [text(raw.province), text(raw.city)].filter(Boolean).join(' '),
    avatar: text(raw.avatar),
    isMp: number(raw.type) === official,
    isFriend: typeof raw.friend === 'boolean' ? raw.friend : undefined,
  }
}

/** A group as the puppet knows it (RoomPayload). */
export interface Room {
  readonly id: string
  readonly topic: string
  readonly avatar: string
  readonly owner: string
  readonly members: readonly string[]
}

export function readRoom(id: string, value: unknown): Room {
  const raw = record(value)
  return {
    id,
    topic: text(raw.topic),
    avatar: text(raw.avatar),
    owner: text(raw.ownerId),
    members: texts(raw.memberIdList),
  }
}

/** Somebody in a group (RoomMemberPayload). `nick` is what they are called there, if anything else than their name. */
export interface Participant {
  readonly id: string
  readonly name: string
  readonly nick: string
}

export function readParticipant(value: unknown): Participant | undefined {
  const raw = record(value)
  const id = text(raw.id)
  if (id === '') return undefined
  return { id, name: text(raw.name), nick: text(raw.roomAlias) }
}

/** A friend request, or the news of a friendship. */
export interface Befriended {
  readonly id: string
  readonly contact: string
  readonly hello: string
  readonly at: number
  readonly isRequest: boolean
}

const receive = 2

export function readBefriended(id: string, value: unknown): Befriended {
  const raw: Raw = record(value)
  return {
    id,
    contact: text(raw.contactId),
    hello: text(raw.hello),
    at: timeOf(raw.timestamp),
    isRequest: number(raw.type) === receive,
  }
}
