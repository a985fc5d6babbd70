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
import type { Spent } from '../core/pace.ts'
import type { Job } from '../core/post.ts'
import type { Forgettable, OldMedia, Place, Step } from './forgetting.ts'
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
  /** Rises when the job is replaced while it waits (`amend`). */
  readonly revision: number
  /** An earlier try may have delivered it, and nobody can tell. */
  readonly doubtful?: true
}

/** A delivery that waits for a person's word: given up (`dead`, or `unknown`: it may have arrived), or never begun (`held`). */
export interface DeadLetter {
  readonly seq: number
  readonly lane: Lane
  readonly state: 'dead' | 'unknown' | 'held'
  /** When it was enqueued, in milliseconds. */
  readonly since: number
  readonly failure?: Failure
  readonly job: Job
  /** What was to be delivered; the message a recall takes back. */
  readonly message?: Message
}

/** The line of one portal. `count` goes no further than what was asked for. */
export interface Line {
  readonly portal: PortalId
  readonly count: number
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
  /** Was this id accepted from this source? What it was may be forgotten. */
  accepted(source: string, id: string): Promise<boolean>

  saveChats(chats: readonly Chat[]): Promise<void>
  chat(id: ChatId): Promise<Chat | undefined>
  countChats(): Promise<number>
  /** Chats in which people have said something, the latest first; from the `offset`th (0: the first) on. */
  recentChats(limit: number, offset: number): Promise<readonly Chat[]>
  /** As `recentChats`, and after them the chats in which nobody has said anything. */
  knownChats(limit: number, offset: number): Promise<readonly Chat[]>
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
  /**
   * The latest message in a chat by oneself or by one contact, not older than `since`; recalls, what they took back, and
   * notices do not count.
   */
  latest(chat: ChatId, by: 'myself' | ContactId, since: number): Promise<Message | undefined>
  /** The latest message of people in a chat; grey lines, recalls and notices do not count. */
  lastSaid(chat: ChatId): Promise<Message | undefined>
  /** A recall in this chat that named one of the aliases when nothing was known by it. */
  orphanRecall(
    account: AccountId,
    aliases: readonly string[],
    chat: ChatId,
  ): Promise<Message | undefined>
  /** What a recall takes back has been found. */
  relate(recall: MessageId, about: MessageId): Promise<void>
  /** Did oneself or one contact recall anything (but `but`) in a chat, not earlier than `since`? */
  recalledSince(
    chat: ChatId,
    by: 'myself' | ContactId,
    since: number,
    but: MessageId,
  ): Promise<boolean>

  /** The portal of a chat on a hub, minted with `fresh()` on first use. The chat must have been saved. */
  portalOf(chat: ChatId, hub: HubId, fresh: () => PortalId): Promise<Portal>
  /** The same, where it has been minted. */
  portalAlready(chat: ChatId, hub: HubId): Promise<Portal | undefined>
  portal(id: PortalId): Promise<Portal | undefined>
  portalIn(hub: HubId, room: RoomId): Promise<Portal | undefined>
  /** Remember the room of a portal, or that it has none any more. */
  bindRoom(portal: PortalId, room: RoomId): Promise<void>
  unbindRoom(portal: PortalId): Promise<void>
  /** Chats that were merged where both had a room on a hub: the portal of each, and of what it became. */
  mergedRooms(hub: HubId): Promise<readonly { readonly from: PortalId; readonly into: PortalId }[]>

  /** Join a message and the event it is in a hub, without a delivery (the person wrote it there). */
  joinEvent(message: MessageId, part: number, hub: HubId, event: EventId): Promise<void>
  /** The message an event of a hub is. */
  messageAt(hub: HubId, event: EventId): Promise<Message | undefined>
  /** The event a message is on a hub: the first part that has one. */
  eventOf(message: MessageId, hub: HubId): Promise<EventId | undefined>
  /** The receipt WeChat gave for one part of a message, if it went there. */
  sentReceipt(message: MessageId, part: number): Promise<Receipt | undefined>
  /** All events a message is on a hub, in the order of its parts. */
  eventsOf(message: MessageId, hub: HubId): Promise<readonly EventId[]>
  /** Those of them that are no other message too, as where several were posted as one. */
  soleEventsOf(message: MessageId, hub: HubId): Promise<readonly EventId[]>

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
  enqueue(lane: Lane, job: Job, now: number, due?: number): Promise<boolean>
  /** As `enqueue`, but not in the line: it waits for a person's word (`requeue` or `drop`). */
  hold(lane: Lane, job: Job, now: number, failure: Failure): Promise<boolean>
  /** How many chats other than `chat` the same text was written to since then (milliseconds); counts to `upTo`. */
  repeats(lane: Lane, text: string, chat: ChatId, since: number, upTo: number): Promise<number>
  /** The last item of a portal's line, if it waits. */
  lastWaiting(lane: Lane, portal: PortalId): Promise<Item | undefined>
  /** Put another job in the place of one that waits; its key stays. False: it does not wait any more. */
  amend(lane: Lane, seq: number, job: Job): Promise<boolean>
  /**
   * Puts another job, with a key of its own, into the place in line of one that waits. False: there is none of this key
   * that waits in that line, or it may have gone out already, or it tells of other messages too.
   */
  supersede(key: Job['key'], job: Job): Promise<boolean>
  /** A portal's line goes on now, unless its first item waits for another try. */
  hurry(lane: Lane, portal: PortalId, now: number): Promise<void>
  /** Turns due later than `latest` come `now`: the clock has gone back, or there is nothing to wait for any more. */
  hasten(lane: Lane, latest: number, now: number): Promise<number>
  /** The lines of a lane that wait or are under way, next first; each counted to `upTo`. */
  lines(lane: Lane, limit: number, upTo: number): Promise<readonly Line[]>
  /** How long the line of one portal is, counted to `upTo`. */
  waiting(lane: Lane, portal: PortalId, upTo: number): Promise<number>
  /** Each lane that has work, and how much. */
  lanes(): Promise<readonly { readonly lane: Lane; readonly queued: number }[]>
  /** Tries begun in a lane of WeChat since then, oldest first. */
  spent(lane: Lane, since: number): Promise<readonly Spent[]>
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
   * first in its portal's line, `gone` also if its job was replaced since `revision`. A send is counted as spent.
   */
  markSending(lease: Lease, seq: number, now: number, revision?: number): Promise<void>
  /** Done: stores the receipt, gives the message its new aliases, passes the turn on. Harmless when done before. */
  deliver(lease: Lease, seq: number, receipt: Receipt): Promise<void>
  /** Back to `queued`, due at `at`. */
  retry(lease: Lease, seq: number, at: number, failure: Failure): Promise<void>
  /** Given up: `dead`, or `unknown`: it may have been delivered. The turn passes on. False: it was settled meanwhile. */
  bury(lease: Lease, seq: number, state: 'dead' | 'unknown', failure: Failure): Promise<boolean>
  /** Items left `sending` by a crash, oldest first. */
  uncertain(lease: Lease): Promise<readonly Item[]>
  /** Our own post was seen coming back: settles its item if it has no receipt yet. */
  settle(job: Job['key'], receipt: Receipt): Promise<void>
  /** What waits for a person's word, latest first, with `seq` below `before`; of one chat or message, where given. */
  deadLetters(
    limit: number,
    of?: {
      readonly before?: number
      readonly chat?: ChatId
      readonly message?: MessageId
      readonly state?: DeadLetter['state']
      /** Instead: oldest first. */
      readonly oldest?: true
    },
  ): Promise<readonly DeadLetter[]>
  deadLetter(seq: number): Promise<DeadLetter | undefined>
  /** Forget what waits for a person's word. False: there is none with this seq. */
  drop(seq: number): Promise<boolean>
  /** Put a dead, unknown or held item back at the end of its portal's line. False: there is none with this seq. */
  requeue(seq: number, now: number): Promise<boolean>
  /**
   * Take back a send that has not gone out: queued, or given up. False: it went out, may have, or is going out now.
   * The turn passes on.
   */
  withdraw(key: Job['key']): Promise<boolean>
  /** What became of a delivery, as far as it is kept. Undefined: there is none. */
  stateOf(key: Job['key']): Promise<'queued' | 'sending' | 'sent' | DeadLetter['state'] | undefined>
  /** Is there such a delivery, whatever became of it? */
  knows(key: Job['key']): Promise<boolean>
  depth(): Promise<{ readonly queued: number; readonly dead: number }>

  /** What a person chose for a chat, or was told in it. */
  setting(chat: ChatId, name: string): Promise<string | undefined>
  /** Undefined takes it back. */
  setSetting(chat: ChatId, name: string, value: string | undefined): Promise<void>

  /** When (milliseconds, by WeChat's clock) the newest message that someone else said was said. */
  newest(): Promise<number | undefined>
  /**
   * Looks at up to `limit` rows of a sort from before `before` (milliseconds, of arrival), oldest first, from `after`
   * on, and forgets them. What an unfinished delivery needs stays.
   */
  forget(what: Forgettable, before: number, limit: number, after?: Place): Promise<Step>
  /**
   * What is dated later than `latest` was dated by a clock that was wrong: up to `limit` rows of each sort count as of
   * `now`. Resolves with how many.
   */
  redate(latest: number, now: number, limit: number): Promise<number>
  /**
   * Looks at up to `limit` kept media of an urgency from before `before`, oldest first, from `after` on. What an
   * unfinished delivery carries is left out.
   */
  oldMedia(before: number, urgency: Urgency, limit: number, after?: Place): Promise<OldMedia>
  /** Their bytes are gone: they can be asked for again. */
  forgetMedia(ids: readonly MediaId[]): Promise<void>
}

/**
 * Durable state. Errors are BridgeErrors: `server` (cannot write now), `gone` (the lease was lost, or the item is
 * settled), `bug`; `config` (it is damaged: from then on everything is refused, and the bridge has to stop). Units must not be nested: one inside another waits for ever.
 */
export interface Store {
  /** Runs `work` alone, in a transaction: rejecting rolls back all of it. An `urgent` one waits for nobody to share a commit. */
  unit<T>(work: (unit: Unit) => Promise<T>, how?: { readonly urgent?: boolean }): Promise<T>
  /** Take or keep a lane. Undefined: someone alive owns it. */
  take(lane: Lane, owner: string, ttlMs: number): Promise<Lease | undefined>
  renew(lease: Lease, ttlMs: number): Promise<boolean>
  release(lease: Lease): Promise<void>
  /** Called after a commit that gave a lane work. */
  onWork(wake: (lane: Lane) => void): () => void
  /** Called after a commit that changed what a portal says: its chat, or its room. */
  onPortals(changed: () => void): () => void
  close(): Promise<void>
}
