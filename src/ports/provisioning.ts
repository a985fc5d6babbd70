import type { ChatKind } from '../core/chat.ts'
import type { ChatId, PortalId, RoomId } from '../core/ids.ts'
import type { DoorState } from './doors.ts'
import type { Login, LoginOptions } from './wechat.ts'

/** A chat as a program may list it. `room` is the one that shows it on the hub asked about, if there is one. */
export interface ProvisionedChat {
  readonly chat: ChatId
  readonly kind: ChatKind
  readonly name: string
  readonly portal?: PortalId
  readonly room?: RoomId
}

/**
 * What a program may do for the person whom a bridge belongs to, instead of commands. Throws BridgeErrors (`refused` says
 * why in `message`).
 */
export interface Provisioning {
  /** All doors there are, the first one first. */
  doors?(): readonly DoorState[]
  /** Of the first door, unless another one is named: so everywhere here. Throws `gone` where there is none of that name. */
  login(door?: string): Login
  /** Resolves with the next state that is another than `since`, or that one again when the signal aborts. */
  nextLogin(since: Login, signal: AbortSignal, door?: string): Promise<Login>
  /** As `WeChatConnector.login`. */
  begin(options?: LoginOptions, door?: string): boolean
  /** False: nobody was logged in. */
  logout(signal: AbortSignal, door?: string): Promise<boolean>
  /** Chats that are known, the latest first; those fitting `words`, where given. */
  chats(words: string, limit: number, offset: number): Promise<readonly ProvisionedChat[]>
  /** The room of a chat, made where there is none; `room`: that one shows it from now on. */
  link(chat: ChatId, room: RoomId | undefined, signal: AbortSignal): Promise<RoomId>
  /** A room that shows its chat no more. False: it showed none. */
  unlink(room: RoomId, signal: AbortSignal): Promise<boolean>
}
