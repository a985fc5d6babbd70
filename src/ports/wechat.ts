import type { Chat, ChatKind, Contact, Member } from '../core/chat.ts'
import type { AccountId, ChatId, ContactId, Key } from '../core/ids.ts'
import type { MediaRef, Message } from '../core/message.ts'
import type { OfflineReason } from '../core/notice.ts'
import type { ConnectorFeatures, Send } from '../core/post.ts'
import type { Opened, Outlet, Receipt } from './outlet.ts'

/**
 * Where a login stands. `qr` is the text to show as a QR code. `scanned`: the phone has to confirm, after a scan or
 * because it was asked directly. `avatar` is a data: URL of a picture. `verify`: the phone shows a number that has to be
 * given to `login` ({@link LoginOptions.verify}); told again, the one given was wrong.
 */
export type Login =
  | { readonly state: 'scan'; readonly qr: string; readonly attempt: number }
  | { readonly state: 'scanned'; readonly avatar?: string; readonly verify?: true }
  | { readonly state: 'online'; readonly account: AccountId; readonly me: Contact }
  | {
      readonly state: 'offline'
      readonly reason: OfflineReason
      readonly detail?: string
      /** WeChat ended the session as soon as it began. */
      readonly early?: true
      /** True: a person can log in again. False: trying will not help until something else changes. */
      readonly relogin: boolean
    }

/**
 * A chat of this login that may be one of several known ones, none of which was found again. Nobody but the user can
 * tell. `about` is what tells people apart, as words: a region, a group both are in.
 */
export interface Doubt {
  readonly chat: Chat
  readonly candidates: readonly ChatId[]
  readonly about: readonly string[]
}

/** Where a connector tells its facts. Each call resolves once its fact is durable, and rejects if it is not. */
export interface WeChatSink {
  login(login: Login): Promise<void>
  /**
   * Chats, new or changed. A chat is told here before any message of it. Resolves with what some of them were merged
   * into before, be it that the connector told so or the user: it must not be named any more.
   */
  chats(chats: readonly Chat[]): Promise<ReadonlyMap<ChatId, ChatId> | undefined>
  /** `raw` is the event as received, for the inbox. A repeat of the same message is accepted and ignored. */
  message(message: Message, raw: string): Promise<void>
  /** Who is in these groups, or what they are called there, is known now or has changed (`WeChatPeople.members`). */
  members?(groups: readonly ChatId[]): Promise<void>
  /** Our own send was seen coming back, although its answer was never seen: it was delivered. */
  echo(key: Key, receipt: Receipt): Promise<void>
  /** On another device the chat was read, up to now. */
  read(chat: ChatId): Promise<void>
  /**
   * All doubts there are, replacing those told before; told before going online, and at each change. Sends to the
   * chats and candidates named here are held; messages of a doubtful chat arrive under its own id.
   */
  doubts(doubts: readonly Doubt[]): Promise<void>
  /** What was told as `from` is `into`: evidence came. `from` will not be named again. Repeating it is harmless. */
  merge(from: ChatId, into: ChatId): Promise<void>
}

/** A send the pump has prepared: a recall carries what WeChat called the message (the receipt of its send). */
export interface ChatSend extends Send {
  readonly recalls?: Receipt
}

/** How to begin a login. */
export interface LoginOptions {
  /** The user has read what web login may cost, and wants it all the same. Remembered. */
  readonly acceptRisk?: boolean
  /** Show a code to scan even if the phone could be asked directly. */
  readonly code?: boolean
  /** The number that the phone shows, for a login under way that waits for one. False: none does, or it is no number. */
  readonly verify?: string
}

/** Someone or some group of the address book. `detail` tells look-alikes apart (region, members); may be empty. */
export interface Found {
  readonly chat: Chat
  readonly detail: string
}

/** Someone who wants to be a friend. `request` names it. */
export interface FriendRequest {
  readonly request: string
  readonly name: string
  readonly greeting: string
  /** In milliseconds. */
  readonly at: number
}

/**
 * People and groups of the account logged in. What asks WeChat throws a BridgeError (`session` when offline, `gone`
 * for someone not known in this login, `refused` with WeChat's reason); `search`, `members` and `requests` are local.
 */
export interface WeChatPeople {
  /** Chats fitting all words by name, remark, alias or pinyin (`kind`: only those), best first. */
  search(words: string, limit: number, kind?: ChatKind): Promise<readonly Found[]>
  members(group: ChatId): Promise<readonly Member[]>
  /** Open friend requests, oldest first. */
  requests(): Promise<readonly FriendRequest[]>
  /** Ask WeChat anew for what it knows; what changed goes to the sink. */
  refresh(chat: ChatId, signal: AbortSignal): Promise<Chat>
  /** Our private name for a person; '' takes it away. */
  remark(chat: ChatId, remark: string, signal: AbortSignal): Promise<void>
  pin(chat: ChatId, pinned: boolean, signal: AbortSignal): Promise<void>
  /** The new friend's chat, told to the sink before. */
  accept(request: string, signal: AbortSignal): Promise<Chat>
  /** Ask someone met in a group or on a card to be a friend. */
  add(contact: ContactId, greeting: string, signal: AbortSignal): Promise<void>
  /** At least two others. The chat is told to the sink before. */
  createGroup(people: readonly ChatId[], name: string, signal: AbortSignal): Promise<Chat>
  /** `invited`: they must accept first, as in large groups. */
  invite(
    group: ChatId,
    people: readonly ChatId[],
    signal: AbortSignal,
  ): Promise<'added' | 'invited'>
  remove(group: ChatId, members: readonly ContactId[], signal: AbortSignal): Promise<void>
  rename(group: ChatId, name: string, signal: AbortSignal): Promise<void>
  /** The user has told who a doubtful chat is: a candidate of it, or (undefined) somebody new. Repeating is harmless. */
  settle(doubtful: ChatId, same: ChatId | undefined): Promise<void>
}

/** The code that speaks to WeChat. One connector runs one account at a time. */
export interface WeChatConnector extends Outlet<ChatSend> {
  readonly features: ConnectorFeatures
  /**
   * Log in (resuming a live session where there is one), stay online, tell everything to the sink, until the
   * signal aborts. After a kick or a logout it goes offline and waits for `login`; it never logs in again by
   * itself. Resolves when stopped; rejects only on a fault that makes running pointless (bad config).
   */
  run(sink: WeChatSink, signal: AbortSignal): Promise<void>
  /**
   * Begin a login, if offline. False: there is nothing to begin (one is online or under way), or the risk was not
   * accepted yet (offline with reason `risk`).
   */
  login(options?: LoginOptions): boolean
  /** End the session on WeChat's side and forget it. False: there was none. */
  logout(signal: AbortSignal): Promise<boolean>
  download(media: MediaRef, signal: AbortSignal): Promise<Opened>
  /**
   * Throws what `send` would throw before it asks WeChat anything: nobody is logged in, or the chat is not known in this
   * login. Such a try must not use up an allowance.
   */
  check?(job: ChatSend): void
  /** The user has read a chat here: unread marks on the phone may go. Never worth more than a try. */
  markRead?(chat: ChatId, signal: AbortSignal): Promise<void>
  /** Absent where the connector has no address book (`features.contacts`). */
  readonly people?: WeChatPeople
}
