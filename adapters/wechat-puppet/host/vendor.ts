import type { OutgoingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

// The parts of Wechaty's puppets that are used, as far as they can be trusted: every answer may be anything.

/** A file, wherever its bytes are (file-box 1.x). */
export interface FileBoxLike {
  readonly name: string
  readonly mediaType: string
  readonly size: number
  readonly type: number
  /** Of one that is somewhere else: where, and what it is asked for with. */
  readonly remoteUrl?: string
  readonly headers?: OutgoingHttpHeaders
  toStream(): Promise<Readable>
}

export interface FileBoxMaker {
  fromStream(stream: Readable, name: string): FileBoxLike
}

type Asking = (...args: never[]) => Promise<unknown>

/** A puppet (wechaty-puppet 1.x). */
export interface PuppetLike {
  readonly currentUserId: string
  readonly isLoggedIn: boolean
  readonly cache: Readonly<Record<string, { delete(id: string): void } | undefined>>
  on(event: string, listener: (payload: unknown) => void): void
  emit(event: string, payload: unknown): void
  start(): Promise<void>
  stop(): Promise<void>
  logout(reason?: string): Promise<void>
  setMemory(card: unknown): void
  dirtyPayload(type: number, id: string): unknown
  messagePayload(id: string): Promise<unknown>
  messageFile(id: string): Promise<FileBoxLike>
  messageImage(id: string, type: number): Promise<FileBoxLike>
  contactAvatar(id: string): Promise<FileBoxLike>
  roomAvatar(id: string): Promise<FileBoxLike>
  messageSendFile(to: string, file: FileBoxLike): Promise<unknown>
  roomMemberList(room: string): Promise<unknown>
  roomMemberPayload(room: string, member: string): Promise<unknown>
  contactPayload: Asking
}

export type PuppetMaker = new (options: unknown) => PuppetLike
