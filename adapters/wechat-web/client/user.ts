import { type Contact, isFriend, isMuted, isPinned, type Member } from '../contact.ts'
import { cleanLine, cleanName, decodeName } from '../text.ts'
import type { Result } from './result.ts'
import { type ChatType, typeOf } from './roster.ts'

/** What a {@link User} can ask its client for. */
export interface Actions {
  sendText(text: string, to?: string): Promise<Result<Sent>>
  sendImage(path: string, to?: string, mediaId?: string): Promise<Result<Sent>>
  sendFile(path: string, to?: string, mediaId?: string): Promise<Result<Sent>>
  sendVideo(path: string, to?: string, mediaId?: string): Promise<Result<Sent>>
  setAlias(userName: string, alias: string): Promise<Result>
  setPinned(userName: string, pinned?: boolean): Promise<Result>
  setChatroomName(room: string, name: string): Promise<Result>
  addFriend(userName: string, how?: FriendOptions): Promise<Result>
  updateFriend(userName: string): Promise<Result<{ users: User[] }>>
  updateChatroom(userName: string): Promise<Result<{ users: User[] }>>
  addMemberIntoChatroom(room: string, members: Many): Promise<Result<{ how: 'added' | 'invited' }>>
  deleteMemberFromChatroom(room: string, members: Many): Promise<Result>
}

/** What WeChat called a message that was sent. Both are needed to recall it. */
export interface Sent {
  readonly msgId: string
  readonly localId: string
}

/** One UserName or several; or things that have one. */
export type Many = Named | readonly Named[]
export type Named = string | { readonly userName: string }

/** `accept` (3) needs the `ticket` of the request; `request` (2) is the default (protocol §3.12). */
export interface FriendOptions {
  readonly status?: 'request' | 'accept' | 2 | 3
  readonly greeting?: string
  readonly ticket?: string
  /** Fetch the contact afterwards. Default true. */
  readonly autoUpdate?: boolean
}

/** A member of a group, names decoded. `displayName` is the nickname inside the group, or ''. */
export interface GroupMember {
  readonly userName: string
  readonly nickName: string
  readonly displayName: string
}

/** A friend, a group or an official account: what is known of it, names decoded, and what can be done with it. */
export class User {
  readonly type: ChatType
  readonly userName: string
  readonly nickName: string
  readonly remarkName: string
  readonly alias: string
  readonly signature: string
  readonly province: string
  readonly city: string
  /** 0 not said, 1 male, 2 female. */
  readonly sex: number
  readonly isFriend: boolean
  readonly muted: boolean
  readonly pinned: boolean
  readonly members: readonly GroupMember[]
  /** As the server tells it (protocol §3.2). */
  readonly raw: Contact
  readonly #actions: Actions

  constructor(contact: Contact, actions: Actions) {
    this.type = typeOf(contact)
    this.userName = contact.UserName
    this.nickName = cleanName(contact.NickName ?? '')
    this.remarkName = cleanName(contact.RemarkName ?? '')
    this.alias = contact.Alias ?? ''
    this.signature = cleanLine(decodeName(contact.Signature ?? ''), 500)
    this.province = contact.Province ?? ''
    this.city = contact.City ?? ''
    this.sex = contact.Sex ?? 0
    this.isFriend = isFriend(contact)
    this.muted = isMuted(contact)
    this.pinned = isPinned(contact)
    this.members = (contact.Members ?? []).map(memberOf)
    this.raw = contact
    this.#actions = actions
  }

  send(text: string): Promise<Result<Sent>> {
    return this.#actions.sendText(text, this.userName)
  }

  sendImage(path: string): Promise<Result<Sent>> {
    return this.#actions.sendImage(path, this.userName)
  }

  sendFile(path: string): Promise<Result<Sent>> {
    return this.#actions.sendFile(path, this.userName)
  }

  sendVideo(path: string): Promise<Result<Sent>> {
    return this.#actions.sendVideo(path, this.userName)
  }

  /** The remark of a person; the name of a group. */
  setAlias(alias: string): Promise<Result> {
    return this.type === 'group'
      ? this.#actions.setChatroomName(this.userName, alias)
      : this.#actions.setAlias(this.userName, alias)
  }

  setPinned(pinned = true): Promise<Result> {
    return this.#actions.setPinned(this.userName, pinned)
  }

  /** Asks to be a friend; with the ticket of a request, accepts it. */
  verify(how: FriendOptions = {}): Promise<Result> {
    return this.#actions.addFriend(this.userName, how)
  }

  /** This one anew, as the server knows it now. */
  update(): Promise<Result<{ users: User[] }>> {
    return this.type === 'group'
      ? this.#actions.updateChatroom(this.userName)
      : this.#actions.updateFriend(this.userName)
  }

  addMember(members: Many): Promise<Result<{ how: 'added' | 'invited' }>> {
    return this.#actions.addMemberIntoChatroom(this.userName, members)
  }

  deleteMember(members: Many): Promise<Result> {
    return this.#actions.deleteMemberFromChatroom(this.userName, members)
  }
}

export function memberOf(member: Member): GroupMember {
  return {
    userName: member.UserName,
    nickName: cleanName(member.NickName),
    displayName: cleanName(member.DisplayName),
  }
}

/** Any of the ways to name people, as UserNames. */
export function userNames(many: Many): string[] {
  const list: readonly Named[] = Array.isArray(many) ? many : [many as Named]
  return list.map((each) => (typeof each === 'string' ? each : each.userName))
}
