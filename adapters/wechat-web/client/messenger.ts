import type { Writable } from 'node:stream'
import type { Contact } from '../contact.ts'
import * as contacts from './contacts.ts'
import { Core } from './core.ts'
import { openHeadImage, saveTo } from './fetch-media.ts'
import { type ClientOptions, settingsOf } from './options.ts'
import { sendByPrefix } from './prefix.ts'
import { attempt, type Result } from './result.ts'
import { type FriendQuery, matchFriends, matchPart, typeOf } from './roster.ts'
import * as sending from './send.ts'
import { type Actions, type FriendOptions, type Many, type Sent, User, userNames } from './user.ts'

/** People, groups and sending: what a client does in a session (protocol §3, §7, §9). */
export class Messenger implements Actions {
  protected readonly core: Core

  constructor(options: ClientOptions = {}) {
    this.core = new Core(settingsOf(options))
  }

  // Contacts (protocol §3)

  /** Oneself. */
  get me(): User {
    return this.#user(this.core.self)
  }

  /** Groups. `update`: everything anew from WeChat before; without, nothing is asked. */
  async getContact(update = false): Promise<Result<{ users: User[] }>> {
    return this.getChatrooms(update)
  }

  /** Friends, oneself first. */
  getFriends(update = false): Promise<Result<{ users: User[] }>> {
    return attempt(async () => {
      if (update) await contacts.fetchEverybody(this.core, [])
      const me = this.core.self
      const others = this.core.roster.of('friend').filter((each) => each.UserName !== me.UserName)
      return { users: this.#users([me, ...others]) }
    })
  }

  /** `contactOnly`: only those saved to the address book, fresh from WeChat. */
  getChatrooms(update = false, contactOnly = false): Promise<Result<{ users: User[] }>> {
    return attempt(async () => {
      if (update || contactOnly) await contacts.fetchEverybody(this.core, [])
      return { users: this.#users(this.core.roster.of('group', contactOnly)) }
    })
  }

  getMps(update = false): Promise<Result<{ users: User[] }>> {
    return attempt(async () => {
      if (update) await contacts.fetchEverybody(this.core, [])
      return { users: this.#users(this.core.roster.of('mp')) }
    })
  }

  /** Who has this UserName, be it friend, group, official account, or someone met in a group. */
  find(userName: string): User | undefined {
    const found = this.core.roster.anyone(userName)
    return found && this.#user(found)
  }

  /** Without a query oneself. `name`: exactly the remark, nickname or WeChat id; the others must all fit. */
  searchFriends(): User
  searchFriends(query: { readonly userName: string }): User | undefined
  searchFriends(query: FriendQuery): User[]
  searchFriends(query?: FriendQuery & { readonly userName?: string }): User | User[] | undefined {
    if (!query || Object.keys(query).length === 0) return this.me
    if (query.userName !== undefined) return this.#typed(query.userName, 'friend')
    return this.#users(matchFriends(this.core.roster.of('friend'), query))
  }

  /** `name` is a part of the group's name; a UserName wins. */
  searchChatrooms(query: { readonly userName: string; readonly name?: string }): User | undefined
  searchChatrooms(query: { readonly name: string }): User[]
  searchChatrooms(query: { userName?: string; name?: string }): User | User[] | undefined {
    return this.#search('group', query)
  }

  searchMps(query: { readonly userName: string; readonly name?: string }): User | undefined
  searchMps(query: { readonly name: string }): User[]
  searchMps(query: { userName?: string; name?: string }): User | User[] | undefined {
    return this.#search('mp', query)
  }

  /** These anew from WeChat. -1001: it knows none of them. */
  updateFriend(friends: Many): Promise<Result<{ users: User[] }>> {
    return attempt(async () => {
      const found = await contacts.fetchContacts(this.core, userNames(friends))
      return { users: this.#users(found) }
    })
  }

  /** Groups anew, with their members; `detailedMember`: with all that is known of each member. */
  updateChatroom(rooms: Many, detailedMember = false): Promise<Result<{ users: User[] }>> {
    return attempt(async () => {
      const found = await contacts.fetchRooms(this.core, userNames(rooms), detailedMember)
      return { users: this.#users(found) }
    })
  }

  /** The large picture of a friend, of a group, or (both given) of a member, into a file or a stream. */
  getHeadImg(
    who: { readonly userName?: string; readonly chatroomUserName?: string },
    target: string | Writable,
  ): Promise<Result<{ mime: string; postFix: string; bytes: number }>> {
    return attempt(async () => {
      const { userName, chatroomUserName } = who
      const name = userName ?? chatroomUserName ?? this.core.self.UserName
      const room = userName === undefined ? undefined : chatroomUserName
      return saveTo(await openHeadImage(this.core, name, room), target)
    })
  }

  /** The private name of a friend; '' takes it away. */
  setAlias(userName: string, alias: string): Promise<Result> {
    return attempt(() => contacts.setRemark(this.core, userName, alias))
  }

  setPinned(userName: string, isPinned = true): Promise<Result> {
    return attempt(() => contacts.setPinned(this.core, userName, isPinned))
  }

  addFriend(userName: string, how: FriendOptions = {}): Promise<Result> {
    return attempt(() => contacts.verifyFriend(this.core, userName, how))
  }

  // Groups (protocol §3.13)

  createChatroom(
    members: Many,
    topic = '',
  ): Promise<Result<{ chatRoomName: string; room: User | undefined }>> {
    return attempt(async () => {
      const made = await contacts.createRoom(this.core, userNames(members), topic)
      return { ...made, room: this.find(made.chatRoomName) }
    })
  }

  setChatroomName(room: string, name: string): Promise<Result> {
    return attempt(() => contacts.renameRoom(this.core, room, name))
  }

  deleteMemberFromChatroom(room: string, members: Many): Promise<Result> {
    return attempt(() => contacts.deleteMembers(this.core, room, userNames(members)))
  }

  /** Invites where the group is too large to add, or where asked to. */
  addMemberIntoChatroom(
    room: string,
    members: Many,
    useInvitation = false,
  ): Promise<Result<{ how: 'added' | 'invited' }>> {
    return attempt(() => contacts.addMembers(this.core, room, userNames(members), useInvitation))
  }

  // Sending (protocol §7). `to`: a UserName, or the only one called so; nobody is filehelper.

  /** NEVER with what somebody else wrote: see {@link sendByPrefix} (trap 85). */
  sendWithPrefix(message: string, to?: string, mediaId?: string): Promise<Result<Sent>> {
    return sendByPrefix(this, message, to, mediaId)
  }

  /** A text, as it is. */
  sendText(text: string, to?: string): Promise<Result<Sent>> {
    return this.sendRawMsg(1, text, to)
  }

  sendRawMsg(msgType: number, content: string, to?: string): Promise<Result<Sent>> {
    return attempt(() => sending.sendRaw(this.core, msgType, content, to))
  }

  /** -1002: no such file; -1005: it is empty. `mediaId` is good for the sending call of the same kind. */
  uploadFile(
    path: string,
    how: { as?: sending.UploadAs; to?: string } = {},
  ): Promise<Result<sending.Uploaded>> {
    return attempt(() => sending.uploadFile(this.core, path, how.as ?? 'file', how.to))
  }

  /** The file must be there even with a `mediaId`: for its name and size. */
  sendFile(path: string, to?: string, mediaId?: string): Promise<Result<Sent>> {
    return attempt(() => sending.sendMedia(this.core, path, 'file', to, mediaId))
  }

  sendImage(path: string, to?: string, mediaId?: string): Promise<Result<Sent>> {
    return attempt(() => sending.sendMedia(this.core, path, 'image', to, mediaId))
  }

  sendVideo(path: string, to?: string, mediaId?: string): Promise<Result<Sent>> {
    return attempt(() => sending.sendMedia(this.core, path, 'video', to, mediaId))
  }

  /** Takes back what one sent, within two minutes. */
  revoke(msgId: string, to?: string, localId?: string): Promise<Result> {
    return attempt(() => sending.revoke(this.core, msgId, to, localId))
  }

  #search(type: 'group' | 'mp', query: { userName?: string; name?: string }) {
    if (query.userName !== undefined) return this.#typed(query.userName, type)
    return this.#users(matchPart(this.core.roster.of(type), query.name ?? ''))
  }

  #typed(userName: string, type: User['type']): User | undefined {
    const found = this.core.roster.get(userName)
    return found && typeOf(found) === type ? this.#user(found) : undefined
  }

  #users(list: readonly Contact[]): User[] {
    return list.map((each) => this.#user(each))
  }

  #user(contact: Contact): User {
    return new User(contact, this)
  }
}
