import type { MessagePort } from 'node:worker_threads'

/**
 * How a call to a puppet failed. `gone`: the gateway does not answer (any more). `late`: it did not answer this in time,
 * and may answer other things. `token`: it does not take the token.
 * `package`: the package cannot be loaded, or is no puppet. `source`: the bytes to send did not come. `puppet`: the puppet
 * says no. `sent`: whether what was to be done may have been done all the same.
 */
export interface HostFault {
  readonly kind: 'gone' | 'late' | 'token' | 'package' | 'source' | 'puppet'
  readonly message: string
  readonly sent: 'no' | 'maybe'
}

/** What a host is started with. */
export interface HostData {
  /** An npm package whose default export is a puppet. */
  readonly package: string
  /** Given to its constructor. */
  readonly options: Readonly<Record<string, unknown>>
  /** It speaks to a gateway, which lives longer than this. */
  readonly service: boolean
  /** What the puppet remembered last time, as JSON. */
  readonly memory: string
  /** How often the gateway is asked whether it is there, in milliseconds. */
  readonly pingMs: number
  /** How long its answer is waited for. */
  readonly answerMs: number
}

export type ToHost =
  | {
      readonly type: 'call'
      readonly id: number
      readonly op: string
      readonly args: readonly unknown[]
      /** Bytes to be sent come from it, or received ones go to it. */
      readonly port?: MessagePort
    }
  | { readonly type: 'stop' }

export type FromHost =
  | { readonly type: 'started' }
  | { readonly type: 'event'; readonly name: string; readonly payload: unknown }
  | { readonly type: 'done'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly fault: HostFault }
  /** What the puppet wants to remember. */
  | { readonly type: 'memory'; readonly text: string }
  /** Something went wrong inside that nobody waits for. */
  | { readonly type: 'warn'; readonly text: string }
  /** It could not start, or its gateway is gone: nothing comes any more. */
  | { readonly type: 'ended'; readonly fault: HostFault }
  | { readonly type: 'stopped' }

/** What received bytes are, as the puppet says. */
export interface FileFacts {
  readonly name: string
  readonly mime: string
  /** In bytes; not known if below 0. */
  readonly size: number
}
