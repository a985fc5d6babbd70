import type { Chat } from '../core/chat.ts'
import type { EventId, HubId, Key, PortalId, RoomId } from '../core/ids.ts'
import type { MediaRef } from '../core/message.ts'
import type { HubFeatures, Post } from '../core/post.ts'
import type { Open, Opened, Outlet } from './outlet.ts'
import type { Login } from './wechat.ts'

/** Something that came from a hub. `from` is the hub's own name for the person. Texts are hostile. */
export type HubEvent = {
  readonly id: EventId
  readonly room: RoomId
  /** When, in milliseconds, by the hub's clock. */
  readonly at: number
} & (
  | {
      readonly type: 'message'
      readonly from: string
      readonly replyTo?: EventId
      readonly text?: string
      readonly media?: MediaRef
    }
  /** A kind of message the adapter does not translate; `kind` is a word to show the person. */
  | { readonly type: 'unsupported'; readonly from: string; readonly kind: string }
  | { readonly type: 'redaction'; readonly from: string; readonly target: EventId }
  /** `!wx …`: the words after the prefix, or a button of the page. */
  | { readonly type: 'command'; readonly from: string; readonly words: readonly string[] }
  /** The person has seen what is in the room. */
  | { readonly type: 'read'; readonly from: string }
  /** Our own post, seen coming back. `id` is the event it became. */
  | { readonly type: 'echo'; readonly key: Key }
)

/**
 * Resolves once the event is durable (or was seen before); an adapter confirms it to its hub only then. Rejects
 * only if the store cannot take it now: the adapter waits and offers it again, or lets the hub redeliver.
 */
export interface HubSink {
  event(event: HubEvent, raw: string): Promise<void>
}

/** A post the pump has addressed. */
export interface RoomPost extends Post {
  readonly room: RoomId
  readonly replyToEvent?: EventId
  /**
   * For a redaction: the events to take back, in their order. One that is taken back already, or is not in the room, is
   * done. The receipt names the redactions.
   */
  readonly redacts?: readonly EventId[]
}

/** The code that speaks to one kind of hub. Adapters translate; they do not decide. */
export interface HubAdapter extends Outlet<RoomPost> {
  readonly id: HubId
  readonly features: HubFeatures
  /** Receive until the signal aborts. Resolves when stopped; rejects only on a fault that makes running pointless. */
  run(sink: HubSink, signal: AbortSignal): Promise<void>
  /**
   * The room of a portal, made if it does not exist, brought up to date with the chat's name if it does. Safe to
   * call twice, also across a crash in between: one portal, one room. After `send` failed with `gone` because the
   * room is not there any more, it is another room. A chat of kind `management` is the room where the owner talks
   * to the bridge.
   */
  ensureRoom(portal: PortalId, chat: Chat, open: Open, signal: AbortSignal): Promise<RoomId>
  /**
   * Show where the login stands: called on each change and once at start. State, not a message: showing the
   * same again changes nothing, a new QR replaces the old, and a code that is over is taken away.
   */
  showLogin(login: Login, signal: AbortSignal): Promise<void>
  download(media: MediaRef, signal: AbortSignal): Promise<Opened>
}
