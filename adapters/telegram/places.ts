import type { Message, Update } from '@grammyjs/types'
import type { Chat } from '../../src/core/chat.ts'
import type { ShutRoom } from '../../src/core/hub.ts'
import type { PortalId, RoomId } from '../../src/core/ids.ts'
import type { HubPlaces, PlaceKind } from '../../src/ports/hub.ts'
import type { Address } from './address.ts'

/**
 * Where a portal is, and what the chat is that it shows. A bare place (`roomOfAddress`) is located as part of the
 * management chat: nothing but the bridge itself speaks there.
 */
export interface Located extends Address {
  readonly kind: PlaceKind | 'management'
  readonly portal: PortalId
  readonly shows: Chat
}

/** Where every chat goes: kept in the vault, repaired when Telegram says that it is different by now. */
export interface Places extends HubPlaces {
  /** Reads what is kept. Before anything else. */
  load(): Promise<void>
  /** Makes the place if there is none, and gives it the chat's name. Throws where there can be none now. */
  ensure(portal: PortalId, chat: Chat, signal: AbortSignal): Promise<RoomId>
  /** Where the posts of a room go. Undefined: no place yet. */
  located(room: RoomId): Located | undefined
  /**
   * To be asked before each post: as `located`, after the chat has gone where it belongs by now. Throws where nothing can
   * be posted now (surely not delivered), and `gone` with heal `retry` where no place is known.
   */
  ready(room: RoomId, signal: AbortSignal): Promise<Located>
  /** The room that a message in Telegram was said in: a portal's, or that of the bare place. */
  roomAt(message: Pick<Message, 'chat' | 'message_thread_id' | 'is_topic_message'>): RoomId
  /** Is this the place where the owner talks to the bridge? */
  isManagement(room: RoomId): boolean
  /** Was there ever a chat of WeChat's in this place, or is it a group that is linked? */
  isOurs(room: RoomId): boolean
  /**
   * Posting into a room failed. Learns from what Telegram said: a topic that is gone is made anew, a closed one opened, a
   * group that migrated followed, one that threw the bot out shut. Resolves with the error to throw on, or `again`: it
   * has been mended, try once more (`ready`). `used`: where it was posted to, in case that is not the place any more.
   */
  failed(
    room: RoomId,
    error: unknown,
    signal: AbortSignal,
    used?: Address,
  ): Promise<'again' | Error>
  /** What Telegram tells about places by itself: migrations, topics, the bot's own membership. True: that was all. */
  happened(update: Update, signal: AbortSignal): Promise<boolean>
  /** Rooms that take nothing now. */
  shut(): readonly ShutRoom[]
  /**
   * What was posted to `used` is not there: Telegram has put it elsewhere in the same chat without a word, as it does
   * where a private topic is gone. The next post makes another topic.
   */
  strayed(room: RoomId, used: Address): Promise<void>
  /** Looks now and then whether what is shut has opened. Resolves when the signal aborts. */
  watch(signal: AbortSignal): Promise<void>
}
