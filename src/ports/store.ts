import type { Chat } from '../core/chat.ts'
import type { Failure } from '../core/errors.ts'
import type {
  AccountId,
  ChatId,
  ContactId,
  EventId,
  HubId,
  Lane,
  MediaId,
  MessageId,
  PortalId,
  RoomId,
} from '../core/ids.ts'
import type { MediaRef, Message } from '../core/message.ts'
import type { Job } from '../core/post.ts'
import type { Kept } from './media.ts'
import type { Receipt } from './outlet.ts'

/** A worker's time-limited right to a lane. `epoch` rises with each taking over. */
export interface Lease {
  readonly lane: Lane
  readonly owner: string
  readonly epoch: number
}

/** One outbox item. `since` is when it was enqueued, `sendingSince` when its last attempt began (milliseconds). */
export interface Item<J = Job> {
  readonly seq: number
  readonly lane: Lane
  readonly portal: PortalId
  readonly job: J
  readonly attempt: number
  readonly since: number
  readonly sendingSince?: number
}

export interface Portal {
  readonly id: PortalId
  readonly hub: HubId
  readonly chat: Chat
  readonly room?: RoomId
}

/** What media belongs to. A recall can take away a message's bytes at any moment; profiles can wait. */
export type Urgency = 'message' | 'profile'

/** Media to fetch. `attempt` counts the failed tries so far. */
export interface Wanted {
  readonly media: MediaRef
  readonly urgency: Urgency
  readonly attempt: number
}

/** Everything below happens in one transaction: all of it or nothing. Objects returned are plain data. */
export interface Unit {
  /** False: this id was accepted from this source before. */
  accept(source: string, id: string, raw: string, at: number): Promise<boolean>

  saveChats(chats: readonly Chat[]): Promise<void>
  chat(id: ChatId): Promise<Chat | undefined>
  countChats(): Promise<number>
  /** Everything up to `at` (milliseconds) has been read by the user. Never goes back. */
  markRead(chat: ChatId, at: number): Promise<void>
  /**
   * `from` is `into`: its messages, its waiting sends (at the end of the line of `into`, in their order) and what is
   * written in its rooms from now on belong to `into`; posts already waiting for its rooms still go there. It is no
   * chat of its own any more. Both must have been saved. Doing it again changes nothing.
   */
  mergeChats(from: ChatId, into: ChatId): Promise<void>
  /** What `from` was merged into, however often. Undefined: it was not. */
  mergedInto(from: ChatId): Promise<ChatId | undefined>

  /** Saves with all aliases. `about` is what it recalls or answers. Saving again keeps what is there. */
  saveMessage(message: Message, about?: MessageId): Promise<void>
  message(id: MessageId): Promise<Message | undefined>
  /** The message one of the aliases names: in `chat` if it is there, else anywhere in the account. First alias wins. */
  messageBy(
    account: AccountId,
    aliases: readonly string[],
    chat: ChatId,
  ): Promise<Message | undefined>
  /** The latest message in a chat by oneself or by one contact, not older than `since`; recalls and notices do not count. */
  latest(chat: ChatId, by: 'myself' | ContactId, since: number): Promise<Message | undefined>

  /** The latest message of people in a chat; grey lines, recalls and notices do not count. */
  lastSaid(chat: ChatId): Promise<Message | undefined>

  /** The portal of a chat on a hub, minted with `fresh()` on first use. The chat must have been saved. */
  portalOf(chat: ChatId, hub: HubId, fresh: () => PortalId): Promise<Portal>
  portal(id: PortalId): Promise<Portal | undefined>
  portalIn(hub: HubId, room: RoomId): Promise<Portal | undefined>
  /** Remember the room of a portal. */
  bindRoom(portal: PortalId, room: RoomId): Promise<void>

  /** Join a message and the event it is in a hub, without a delivery (the person wrote it there). */
  joinEvent(message: MessageId, part: number, hub: HubId, event: EventId): Promise<void>
  /** The message an event of a hub is. */
  messageAt(hub: HubId, event: EventId): Promise<Message | undefined>
  /** The event a message is on a hub: the first part that has one. */
  eventOf(message: MessageId, hub: HubId): Promise<EventId | undefined>
  /** The receipt WeChat gave for one part of a message, if it went there. */
  sentReceipt(message: MessageId, part: number): Promise<Receipt | undefined>

  /** Ask for bytes to be fetched and kept: a message's (the default) soon, a profile's when there is room. */
  wantMedia(media: MediaRef, now: number, urgency?: Urgency): Promise<void>
  /** Up to `limit` media not fetched yet and due: messages first, then oldest first. */
  wantedMedia(now: number, limit: number): Promise<readonly Wanted[]>
  keepMedia(id: MediaId, kept: Kept): Promise<void>
  keptMedia(id: MediaId): Promise<Kept | undefined>
  /** Ask once more for what was given up. False: it was not given up. */
  wantAgain(id: MediaId, now: number): Promise<boolean>
  /** A fetch failed: try again at `retryAt`, or never. `counts`: it was a try. */
  missMedia(
    id: MediaId,
    reason: string,
    retryAt: number | undefined,
    counts?: boolean,
  ): Promise<void>

  /** False: the key is in the outbox already. Items of one portal in one lane are delivered in this order. */
  enqueue(lane: Lane, job: Job, now: number): Promise<boolean>
  /** Per portal with due work and not in `busy`, its oldest item; earliest due first. */
  ready(
    lease: Lease,
    now: number,
    limit: number,
    busy: ReadonlySet<PortalId>,
  ): Promise<readonly Item[]>
  /** When the next work of the lane is due, if it has any outside `busy`. */
  nextDue(lease: Lease, busy: ReadonlySet<PortalId>): Promise<number | undefined>
  /**
   * Written before the call. Throws a BridgeError (`gone`) if the item was settled meanwhile, `bug` if it is not the
   * first in its portal's line.
   */
  markSending(lease: Lease, seq: number, now: number): Promise<void>
  /** Done: stores the receipt, gives the message its new aliases, passes the turn on. Harmless when done before. */
  deliver(lease: Lease, seq: number, receipt: Receipt): Promise<void>
  /** Back to `queued`, due at `at`. */
  retry(lease: Lease, seq: number, at: number, failure: Failure): Promise<void>
  /** Given up: `dead`, or `unknown` when it may have been delivered. The turn passes on. */
  bury(lease: Lease, seq: number, state: 'dead' | 'unknown', failure: Failure): Promise<void>
  /** Items left `sending` by a crash, oldest first. */
  uncertain(lease: Lease): Promise<readonly Item[]>
  /** Our own post was seen coming back: settles its item if it has no receipt yet. */
  settle(job: Job['key'], receipt: Receipt): Promise<void>
  /** Put a dead or unknown item back at the end of its portal's line. False: there is none with this seq. */
  requeue(seq: number, now: number): Promise<boolean>
  /** What waits in a portal's line counts as enqueued at `now`: it was held, and its age begins now. */
  renewAge(lane: Lane, portal: PortalId, now: number): Promise<void>
  /**
   * Take back a send that has not gone out: queued, or given up. False: it went out, may have, or is going out now.
   * The turn passes on.
   */
  withdraw(key: Job['key']): Promise<boolean>
  /** Is there such a delivery, whatever became of it? */
  knows(key: Job['key']): Promise<boolean>
  depth(): Promise<{ readonly queued: number; readonly dead: number }>
}

/**
 * Durable state. Errors are BridgeErrors: `server` (cannot write now), `gone` (the lease was lost, or the item is
 * settled), `bug`. Units must not be nested: one inside another waits for ever.
 */
export interface Store {
  /** Runs `work` in one transaction; rejecting rolls back all of it. Units never overlap. */
  unit<T>(work: (unit: Unit) => Promise<T>): Promise<T>
  /** Take or keep a lane. Undefined: someone alive owns it. */
  take(lane: Lane, owner: string, ttlMs: number): Promise<Lease | undefined>
  renew(lease: Lease, ttlMs: number): Promise<boolean>
  release(lease: Lease): Promise<void>
  /** Called after a commit that gave a lane work. */
  onWork(wake: (lane: Lane) => void): () => void
  close(): Promise<void>
}
