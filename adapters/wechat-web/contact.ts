import { number, type Raw, records, text } from './raw.ts'

/** One member of a room (protocol §3.2). Names as on the wire. */
export interface Member {
  readonly UserName: string
  readonly NickName: string
  /** The nickname used inside this group; often ''. */
  readonly DisplayName: string
}

/** A contact, MP or room as the server tells it (protocol §3.2): absent fields are absent. Names as on the wire. */
export interface Contact {
  readonly UserName: string
  readonly NickName?: string
  readonly RemarkName?: string
  readonly Alias?: string
  readonly HeadImgUrl?: string
  readonly ContactFlag?: number
  readonly VerifyFlag?: number
  readonly Sex?: number
  readonly Province?: string
  readonly City?: string
  readonly Signature?: string
  readonly PYInitial?: string
  readonly PYQuanPin?: string
  readonly RemarkPYInitial?: string
  readonly RemarkPYQuanPin?: string
  /** Rooms: 1 notifications on, 0 muted. So spelt on the wire (trap 43). */
  readonly Statues?: number
  readonly MemberCount?: number
  readonly EncryChatRoomId?: string
  readonly ChatRoomOwner?: string
  readonly Members?: readonly Member[]
}

const texts = [
  'NickName',
  'RemarkName',
  'Alias',
  'HeadImgUrl',
  'Province',
  'City',
  'Signature',
  'PYInitial',
  'PYQuanPin',
  'RemarkPYInitial',
  'RemarkPYQuanPin',
  'EncryChatRoomId',
  'ChatRoomOwner',
] as const
const numbers = ['ContactFlag', 'VerifyFlag', 'Sex', 'MemberCount', 'Statues'] as const

/** Reads one contact object. Undefined: it has no usable UserName. Also reads what was stored by us. */
export function readContact(raw: Raw): Contact | undefined {
  const UserName = text(raw.UserName)
  if (!isUserName(UserName)) return undefined
  const read: Record<string, unknown> = { UserName }
  for (const field of texts) {
    if (raw[field] !== undefined && raw[field] !== null) read[field] = text(raw[field])
  }
  for (const field of numbers) {
    if (raw[field] !== undefined && raw[field] !== null) read[field] = number(raw[field])
  }
  const members = records(raw.MemberList ?? raw.Members)
  if (members.length > 0) {
    read.Members = members.flatMap((each): Member[] => {
      const member = text(each.UserName)
      return isUserName(member)
        ? [{ UserName: member, NickName: text(each.NickName), DisplayName: text(each.DisplayName) }]
        : []
    })
  }
  return read as unknown as Contact
}

/**
 * A change merged into what was known (protocol §3.10): a complete object speaks for every field it has, a sparse
 * one only for what it fills. Pictures, members and room keys are never emptied.
 */
export function mergeContact(old: Contact | undefined, fresh: Contact): Contact {
  const complete = isComplete(fresh)
  const merged: Record<string, unknown> = { UserName: fresh.UserName, ...old }
  for (const [field, value] of Object.entries(fresh)) {
    const empty = value === '' || value === 0 || (Array.isArray(value) && value.length === 0)
    if (!empty || (complete && !kept.has(field))) merged[field] = value
    // A first sparse object: its name may be empty, but its zeros are not to be believed.
    else if (!old && value === '') merged[field] = value
  }
  return merged as unknown as Contact
}

/** Does this object speak for every field it has (protocol §3.10)? */
export function isComplete(contact: Contact): boolean {
  return !!contact.NickName || (isRoom(contact.UserName) && (contact.MemberCount ?? 0) > 0)
}

/** In the address book (protocol §3.2). */
export function isFriend(contact: Contact): boolean {
  return ((contact.ContactFlag ?? 0) & 1) !== 0
}

/** Notifications off: only said where the server says so (protocol §3.10). */
export function isMuted(contact: Contact): boolean {
  const off = ((contact.ContactFlag ?? 0) & 512) !== 0
  return off || (isRoom(contact.UserName) && contact.Statues === 0)
}

export function isPinned(contact: Contact): boolean {
  return ((contact.ContactFlag ?? 0) & 2048) !== 0
}

const kept = new Set(['Members', 'EncryChatRoomId', 'HeadImgUrl'])

/** `/^@@|@chatroom$/` (protocol §3.1). */
export function isRoom(userName: string): boolean {
  return userName.startsWith('@@') || userName.endsWith('@chatroom')
}

/** Accounts known by their own name at every login (protocol §3.4). */
export function isSpecial(userName: string): boolean {
  return !userName.startsWith('@') && userName !== ''
}

/** An official account (protocol §3.3). */
export function isMp(contact: Contact): boolean {
  return isSpecial(contact.UserName) || ((contact.VerifyFlag ?? 0) & 8) !== 0
}

/** The `seq` of the avatar: the same at every login until the picture changes; 0 says nothing (protocol §3.9). */
export function avatarSeq(contact: Contact): string {
  const seq = /[?&]seq=(\d{1,20})(?:&|$)/.exec(contact.HeadImgUrl ?? '')?.[1] ?? '0'
  return seq
}

function isUserName(value: string): boolean {
  return /^[\w@.-]{1,128}$/.test(value)
}
