import type { Chat, ChatKind, Contact as Person, Sender } from '../../src/core/chat.ts'
import {
  type AccountId,
  accountId,
  type ChatId,
  type ContactId,
  chatId,
  contactId,
  mediaId,
  weChatLane,
} from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Book, Lasting } from './book.ts'
import {
  avatarSeq,
  type Contact,
  isMp,
  isRoom,
  isSpecial,
  type Member,
  mergeContact,
} from './contact.ts'
import { cleanName, clip, foldName } from './text.ts'
import { traitsOf } from './traits.ts'

/** The account of a uin. */
export const accountOf = (uin: string): AccountId => accountId(`wx:${uin}`)

/** The lasting part of a chat or contact id of an account. Undefined: it belongs to another account. */
export function lastingOf(id: ChatId | ContactId, account: AccountId): Lasting | undefined {
  return id.startsWith(`${account}/`) ? id.slice(account.length + 1) : undefined
}

/** Everybody of this session, by UserName, as the bridge knows them. */
export class People {
  readonly account: AccountId
  readonly book: Book
  #self: Contact
  readonly #contacts = new Map<string, Contact>()
  readonly #rooms = new Map<string, ReadonlyMap<string, Member>>()

  constructor(uin: string, self: Contact, book: Book) {
    this.account = accountOf(uin)
    this.book = book
    this.#self = self
    book.fix(self.UserName, 'self')
  }

  get self(): Contact {
    return this.#self
  }

  isSelf(userName: string): boolean {
    return userName === this.#self.UserName
  }

  raw(userName: string): Contact | undefined {
    return this.isSelf(userName) ? this.#self : this.#contacts.get(userName)
  }

  all(): Iterable<Contact> {
    return this.#contacts.values()
  }

  /**
   * Merges what the server told (protocol §3.10) and settles who is who. Tell whole lists at once: look-alikes
   * are only seen as such when both are known.
   */
  learn(contacts: readonly Contact[]): void {
    const taken = contacts.flatMap((contact) => this.#merge(contact) ?? [])
    for (const { UserName } of taken) {
      if (isSpecial(UserName)) this.book.fix(UserName, ownName(UserName))
    }
    const people = taken.filter(({ UserName }) => !isSpecial(UserName))
    const isNew = people.some(({ UserName }) => this.book.idOf(UserName) === undefined)
    const seen = isNew ? [...this.#contacts.values()] : people
    this.book.settle(
      seen
        .filter(({ UserName }) => !isSpecial(UserName))
        .map((contact) => ({
          key: contact.UserName,
          traits: traitsOf(contact, this.#self.UserName),
        })),
    )
  }

  renameSelf(nickName: string): void {
    this.#self = { ...this.#self, NickName: nickName }
  }

  me(): Person {
    return this.#person('self', this.#self)
  }

  /** The chat behind a UserName, whether or not the server told more than its name. */
  chat(userName: string): Chat {
    const raw = this.raw(userName)
    const id = this.#idOf(userName)
    const kind = this.#chatKind(userName, raw)
    const remark = cleanName(raw?.RemarkName ?? '')
    const name = cleanName(raw?.NickName ?? '') || this.#fallbackName(userName, id, kind)
    const avatar = raw ? this.#avatar(id, raw) : undefined
    const members = this.#rooms.get(userName)?.size ?? raw?.MemberCount
    return {
      id: chatId(`${this.account}/${id}`),
      account: this.account,
      kind,
      name: kind === 'self' ? 'File Transfer' : name,
      ...(remark ? { remark } : {}),
      ...(avatar ? { avatar } : {}),
      ...(kind === 'group' && members ? { members } : {}),
    }
  }

  /** The other side of a private chat. */
  contact(userName: string): Person {
    return this.#person(this.#idOf(userName), this.raw(userName) ?? { UserName: userName })
  }

  /** Is this one known, in this room? */
  knows(room: string, member: string): boolean {
    return this.isSelf(member) || (this.#rooms.get(room)?.has(member) ?? false)
  }

  hasMembers(room: string): boolean {
    return this.#rooms.has(room)
  }

  memberNames(room: string): ReadonlySet<string> {
    return new Set(this.#rooms.get(room)?.keys())
  }

  /** Who speaks in a room; a member not known is named by what is known of them. */
  member(room: string, userName: string): Sender {
    if (this.isSelf(userName)) return { type: 'myself' }
    const member = this.#rooms.get(room)?.get(userName)
    const nick = cleanName(member?.DisplayName ?? '')
    const friend = this.#contacts.get(userName)
    if (friend) return { type: 'group', contact: this.contact(userName), nick }
    const name = cleanName(member?.NickName ?? '')
    const roomId = this.#idOf(room)
    const id = this.book.member(userName, foldName(name), roomId, this.#isAlone(room, name))
    const contact: Person = {
      id: contactId(`${this.account}/${id}`),
      name: name || nick || 'Group member',
      ...(member ? { avatar: this.#ref(id, '0', room) } : {}),
    }
    return { type: 'group', contact, nick }
  }

  /** The ids of members, for those who must be looked at again. */
  memberIds(room: string, userNames: readonly string[]): ContactId[] {
    return userNames.flatMap((each) => {
      const sender = this.member(room, each)
      return sender.type === 'group' ? [sender.contact.id] : []
    })
  }

  /** One's own names in a room, for mentions: the nickname there, and the nickname. Decoded. */
  myNames(room: string): readonly string[] {
    const member = this.#rooms.get(room)?.get(this.#self.UserName)
    return [member?.DisplayName, member?.NickName, this.#self.NickName]
      .map((name) => cleanName(name ?? ''))
      .filter((name) => name !== '')
  }

  /** What to call in this session someone with a lasting id. */
  userName(id: Lasting): string | undefined {
    if (id === 'self') return 'filehelper'
    return this.book.userOf(id) ?? (id === 'filehelper' ? id : undefined)
  }

  #merge(contact: Contact): Contact | undefined {
    if (this.isSelf(contact.UserName)) {
      this.#self = mergeContact(this.#self, contact)
      return undefined
    }
    const merged = mergeContact(this.#contacts.get(contact.UserName), contact)
    this.#contacts.set(contact.UserName, merged)
    if (isRoom(contact.UserName) && contact.Members && contact.Members.length > 0) {
      this.#rooms.set(
        contact.UserName,
        new Map(contact.Members.map((member) => [member.UserName, member])),
      )
    }
    return merged
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

  #fallbackName(userName: string, id: Lasting, kind: ChatKind): string {
    if (kind === 'group') return this.#membersAsName(userName) || (this.book.traits(id)?.name ?? '')
    const known = this.book.traits(id)
    if (isSpecial(userName)) return specials.get(userName) ?? clip(userName, 60)
    return known?.name || known?.remark || this.#nameInRooms(userName) || 'WeChat user'
  }

  #nameInRooms(userName: string): string {
    for (const room of this.#rooms.values()) {
      const name = cleanName(room.get(userName)?.NickName ?? '')
      if (name) return name
    }
    return ''
  }

  #membersAsName(room: string): string {
    const others = [...(this.#rooms.get(room)?.values() ?? [])].filter(
      (member) => !this.isSelf(member.UserName),
    )
    const names = others
      .map((member) => cleanName(member.DisplayName) || cleanName(member.NickName))
      .filter((name) => name !== '')
    const shown = names.slice(0, 3).join(', ')
    return clip(names.length > 3 ? `${shown}, …` : shown, 200)
  }

  #isAlone(room: string, name: string): boolean {
    if (name === '') return false
    const members = [...(this.#rooms.get(room)?.values() ?? [])]
    const folded = foldName(name)
    return members.filter((each) => foldName(cleanName(each.NickName)) === folded).length === 1
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

/** A special account is its own lasting id; `self` is taken. */
const ownName = (userName: string): Lasting => (userName === 'self' ? 'special-self' : userName)
