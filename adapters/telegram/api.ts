import type { ApiMethods } from '@grammyjs/types'
import type { Failure } from '../../src/core/errors.ts'
import { BridgeError } from '../../src/core/errors.ts'

/** Bytes on their way to Telegram; streamed, once. */
export interface Upload {
  readonly stream: ReadableStream<Uint8Array>
  readonly name: string
  readonly mime: string
}

type Methods = ApiMethods<Upload>
export type MethodName = keyof Methods & string
export type Arguments<M extends MethodName> = Parameters<Methods[M]>[0]
export type Result<M extends MethodName> = ReturnType<Methods[M]>

export interface How {
  /** The call puts something into a chat: if its answer is lost, it may be there. */
  readonly delivering?: true
  /** How long an answer may take, in milliseconds, counted from the last byte sent. Default 30 s. */
  readonly timeoutMs?: number
}

/**
 * The Bot API as the rest of the adapter sees it: one call, typed by the method's name. Throws a `TelegramError`; also
 * for what Telegram answers with an error. Streams of a call are used up by it.
 */
export interface TelegramApi {
  call<M extends MethodName>(
    method: M,
    args: Arguments<M>,
    signal: AbortSignal,
    how?: How,
  ): Promise<Result<M>>
  /** The bytes of a file, and how many they are where that is known. */
  file(
    fileId: string,
    signal: AbortSignal,
  ): Promise<{ readonly stream: ReadableStream<Uint8Array>; readonly bytes?: number }>
}

/** What Telegram said, as far as it said anything. */
export interface Said {
  /** `error_code`; absent when there was no answer. */
  readonly status?: number
  /** `description`, as it came. */
  readonly description?: string
  /** The group has become another chat. */
  readonly migratedTo?: string
}

/** A BridgeError with what Telegram said. */
export class TelegramError extends BridgeError {
  readonly said: Said
  constructor(message: string, failure: Failure, said: Said, options?: ErrorOptions) {
    super(message, failure, options)
    this.said = said
  }
}
