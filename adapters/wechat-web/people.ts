import type { Chat, ChatKind, Member, Contact as Person, Sender } from '../../src/core/chat.ts'
import {
  type AccountId,
  type ChatId,
  type ContactId,
  chatId,
  contactId,
  mediaId,
  weChatLane,
} from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Mentioned } from '../../src/core/runs.ts'
import type { Lasting } from './book.ts'
import { avatarSeq, type Contact, isMp, isMuted, isPinned, isRoom, isSpecial } from './contact.ts'
import type { Nameable } from './mentioned.ts'
import { ownName, Roster } from './roster.ts'
import { cleanName, clip } from './text.ts'
import { folded } from './traits.ts'

export { accountOf } from './roster.ts'

/** The lasting part of a chat or contact id of an account. Undefined: it belongs to another account. */
export function lastingOf(id: ChatId | ContactId, account: AccountId): Lasting | undefined {
  return id.startsWith(`${account}/`) ? id.slice(account.length + 1) : undefined
}

/** Everybody of this session, by UserName, as the bridge knows them. */
export class People extends Roster {
  me(): Person {
    return this.#person('self', this.self)
  }

  /** The chat behind a UserName, whether or not the server told more than its name. */
  chat(userName: string): Chat {
    const raw = this.raw(userName)
    const id = this.#idOf(userName)
    const kind = this.#chatKind(userName, raw)
    const remark = cleanName(raw?.RemarkName ?? '')
    const name = cleanName(raw?.NickName ?? '') || this.#fallbackName(userName, id, kind)
    const avatar = raw ? this.#avatar(id, raw) : undefined
    const members = this.rooms.members(userName).size || raw?.MemberCount
    return {
      id: this.chatOf(id),
      account: this.account,
      kind,
      name: kind === 'self' ? 'File Transfer' : name,
      ...(remark ? { remark } : {}),
      ...(avatar ? { avatar } : {}),
      ...(kind === 'group' && members ? { members } : {}),
      ...(this.book.doubtful.candidates(id).length > 0 ? { unconfirmed: true } : {}),
      ...(raw && isMuted(raw) ? { muted: true } : {}),
      ...(raw && isPinned(raw) ? { pinned: true } : {}),
      ...(this.hasLeft(userName) ? { left: true } : {}),
    }
  }

  chatOf(id: Lasting): ChatId {
    return chatId(`${this.account}/${id}`)
  }

  /** The other side of a private chat. */
  contact(userName: string): Person {
    return this.#person(this.#idOf(userName), this.raw(userName) ?? { UserName: userName })
  }

  /** Is this one known, in this room? */
  knows(room: string, member: string): boolean {
    return this.isSelf(member) || this.rooms.member(room, member) !== undefined
  }

  hasMembers(room: string): boolean {
    return this.rooms.has(room)
  }

  memberNames(room: string): ReadonlySet<string> {
    return new Set(this.rooms.members(room).keys())
  }

  /** The rooms of this session someone is in. */
  roomsOf(userName: string): ReadonlySet<string> {
    return this.rooms.of(userName)
  }

  /** Who speaks in a room; a member not known is named by what is known of them. */
  member(room: string, userName: string): Sender {
    if (this.isSelf(userName)) return { type: 'myself' }
    const member = this.rooms.member(room, userName)
    const nick = cleanName(member?.DisplayName ?? '')
    const friend = this.raw(userName)
    if (friend) return { type: 'group', contact: this.contact(userName), nick }
    const name = cleanName(member?.NickName ?? '')
    const alone = this.rooms.isAlone(room, folded(member?.NickName))
    const id = this.book.member(userName, folded(member?.NickName), this.#idOf(room), alone)
    const contact: Person = {
      id: contactId(`${this.account}/${id}`),
      name: name || nick || 'Group member',
      ...(member ? { avatar: this.#ref(id, '0', room) } : {}),
    }
    return { type: 'group', contact, nick }
  }

  /** The other members of a room, with the nickname they have there if it is not their name. */
  membersOf(room: string): readonly Member[] {
    return [...this.rooms.members(room).keys()].flatMap((each): Member[] => {
      const sender = this.member(room, each)
      if (sender.type !== 'group') return []
      const { contact, nick } = sender
      return [nick && nick !== contact.name ? { ...contact, nick } : contact]
    })
  }

  /** Whom a text said in a room may name. Only who is named gets an id by it. */
  nameable(room: string): readonly Nameable[] {
    return [...this.rooms.members(room).values()].map(({ UserName, NickName, DisplayName }) => {
      const isMe = this.isSelf(UserName)
      const known = isMe ? this.self : this.raw(UserName)
      const name = cleanName(known?.NickName || NickName)
      return {
        shown: cleanName(DisplayName) || name,
        name,
        who: (): Mentioned => {
          const sender = this.member(room, UserName)
          return 'contact' in sender
            ? { type: 'contact', contact: sender.contact.id }
            : { type: 'me' }
        },
      }
    })
  }

  /** The ids of members, for those who must be looked at again. */
  memberIds(room: string, userNames: readonly string[]): ContactId[] {
    return userNames.flatMap((each) => {
      const sender = this.member(room, each)
      return sender.type === 'group' ? [sender.contact.id] : []
    })
  }

  /** The names of the other members of a room. */
  memberWords(room: string): string[] {
    return [...this.rooms.members(room).values()]
      .filter((member) => !this.isSelf(member.UserName))
      .map((member) => cleanName(member.DisplayName) || cleanName(member.NickName))
      .filter((name) => name !== '')
  }

  /** One's own names in a room, for mentions: the nickname there, and the nickname. Decoded. */
  myNames(room: string): readonly string[] {
    const member = this.rooms.member(room, this.self.UserName)
    return [member?.DisplayName, member?.NickName, this.self.NickName]
      .map((name) => cleanName(name ?? ''))
      .filter((name) => name !== '')
  }

  /** What to call in this session someone with a lasting id. */
  userName(id: Lasting): string | undefined {
    if (id === 'self') return 'filehelper'
    return this.book.userOf(id) ?? (id === 'filehelper' ? id : undefined)
  }

  #idOf(userName: string): Lasting {
    const id = this.book.idOf(userName)
    if (id !== undefined) return id
    if (isSpecial(userName)) this.book.fix(userName, ownName(userName))
    else this.learn([{ UserName: userName }])
    return this.book.idOf(userName) ?? userName
  }

  #chatKind(userName: string, raw: Contact | undefined): Exclude<ChatKind, 'management'> {
    if (userName === 'filehelper' || this.isSelf(userName)) return 'self'
    if (isRoom(userName)) return 'group'
    return isMp(raw ?? { UserName: userName }) ? 'mp' : 'friend'
  }

  /** Never the remark: names are shown where others see them. */
  #fallbackName(userName: string, id: Lasting, kind: ChatKind): string {
    const known = this.book.traits(id)?.name ?? ''
    if (kind === 'group') return this.#membersAsName(userName) || known
    if (isSpecial(userName)) return specials.get(userName) ?? clip(userName, 60)
    return known || this.#nameInRooms(userName) || 'WeChat user'
  }

  #nameInRooms(userName: string): string {
    for (const room of this.rooms.of(userName)) {
      const name = cleanName(this.rooms.member(room, userName)?.NickName ?? '')
      if (name) return name
    }
    return ''
  }

  #membersAsName(room: string): string {
    const names = this.memberWords(room)
    const shown = names.slice(0, 3).join(', ')
    return clip(names.length > 3 ? `${shown}, …` : shown, 200)
  }

  #person(id: Lasting, raw: Contact): Person {
    const remark = cleanName(raw.RemarkName ?? '')
    const avatar = this.#avatar(id, raw)
    const fallback = id === 'self' ? 'Me' : this.#fallbackName(raw.UserName, id, 'friend')
    return {
      id: contactId(`${this.account}/${id}`),
      name: cleanName(raw.NickName ?? '') || fallback,
      ...(remark ? { remark } : {}),
      ...(avatar ? { avatar } : {}),
    }
  }

  #avatar(id: Lasting, raw: Contact): MediaRef | undefined {
    return raw.HeadImgUrl ? this.#ref(id, avatarSeq(raw)) : undefined
  }

  #ref(id: Lasting, seq: string, room?: string): MediaRef {
    const source = weChatLane(this.account)
    const within = room === undefined ? undefined : this.#idOf(room)
    return {
      id: mediaId(`${source}/avatar/${id}/${seq}`),
      source,
      kind: 'image',
      mime: 'image/jpeg',
      token: JSON.stringify({ type: 'avatar', user: id, ...(within ? { room: within } : {}) }),
    }
  }
}

const specials = new Map([
  ['filehelper', 'File Transfer'],
  ['weixin', 'WeChat Team'],
  ['newsapp', 'Tencent News'],
  ['fmessage', 'Friend requests'],
])
