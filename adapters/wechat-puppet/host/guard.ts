import type { HostFault } from '../protocol.ts'
import { trace } from './plain.ts'
import type { PuppetLike } from './vendor.ts'

// wechaty-puppet-service 1.19, with what would lose, double or spread messages taken out of it.

/** The service puppet from inside. */
interface Service extends PuppetLike {
  __currentUserId: string | undefined
  _payloadStore: unknown
  reset(): Promise<void>
  ding(data: string): void
  messageSendFileStream(): Promise<never>
  onGrpcStreamEvent(event: StreamEvent): void
  bridgeGrpcEventStream(manager: Manager): void
  readonly grpcManager: Manager
}

interface StreamEvent {
  getType(): number
  getPayload(): string
}

interface Manager {
  _client?: Client
  readonly eventStream?: {
    readonly readableEnded: boolean
    readonly destroyed: boolean
    on(event: string, listener: () => void): void
  }
  initClient(): Promise<void>
  on(event: string, listener: (about: unknown) => void): void
}

type Answer = (error: unknown, response?: unknown) => void
type Unary = (request: unknown, answer: Answer) => unknown

interface Client {
  start: Unary
  stop: Unary
  ding: Unary
  messageSendFile: Unary
  upload: (answer: Answer) => { cancel(): void; on(event: string, ear: () => void): void }
}

/** How often the gateway is asked whether it is there, and how long it may take to say so, in milliseconds. */
export interface Asking {
  readonly pingMs: number
  readonly answerMs: number
}

export interface GuardEars {
  ended(fault: HostFault): void
  warn(text: string): void
}

/** What is known of the file being sent. One is sent at a time. */
export interface Sending {
  /** Forget the one before. */
  begin(): void
  /** The gateway was asked to send it. */
  asked(): boolean
  /** How that failed. */
  failure(): unknown
  /** The bytes will not come: nothing goes on with those that have. */
  cancel(): void
}

const login = 25
const logout = 26
/** The gateway waits at most 15 s for its own puppet. */
const startMs = 20_000

/**
 * Puts the guard on, before it is started:
 * - nothing is cached in the home folder;
 * - it does not start anew by itself, nor is the gateway's puppet stopped, and its WeChat session with it;
 * - a file is never sent a second time because the first answer was lost;
 * - logins and logouts are believed as they come, and no logout is sent back in answer to one;
 * - an event that makes no sense ends nothing;
 * - the end of the stream of events is told, and the gateway is asked in between whether it is there.
 */
export function guard(puppet: PuppetLike, asking: Asking, ears: GuardEars): Sending {
  const service = puppet as Service
  service._payloadStore = { start: async () => undefined, stop: async () => undefined }
  service.reset = async () => undefined
  let asked = false
  let failure: unknown
  let upload: ReturnType<Client['upload']> | undefined
  service.messageSendFileStream = async () => {
    throw failure ?? new Error('the file was not taken')
  }
  guardEvents(service, ears)

  const onClient = (client: Client) => {
    const { start, messageSendFile, upload: uploading } = client
    client.stop = (_request, answer) => setImmediate(answer, null)
    client.start = (request, answer) =>
      start.call(client, request, (error, response) => {
        if (error) ears.ended(faultOf(error))
        answer(error, response)
      })
    client.messageSendFile = (request, answer) => {
      asked = true
      return messageSendFile.call(client, request, (error, response) => {
        failure = error ?? undefined
        answer(error, response)
      })
    }
    client.upload = (answer) => {
      const call = uploading.call(client, (error, response) => {
        failure = error ?? undefined
        answer(error, response)
      })
      call.on('error', () => undefined)
      upload = call
      return call
    }
    keepAsking(service, client, asking, ears)
  }
  const bridge = service.bridgeGrpcEventStream
  service.bridgeGrpcEventStream = (manager) => {
    bridge.call(service, manager)
    const init = manager.initClient
    manager.initClient = async () => {
      await init.call(manager)
      if (manager._client) onClient(manager._client)
    }
    manager.on('error', (error) => ears.ended(faultOf(error)))
    for (const name of ['end', 'cancel'])
      manager.on(name, () => ears.ended(gone('the stream ended')))
  }
  return {
    begin: () => {
      asked = false
      failure = undefined
      upload = undefined
    },
    asked: () => asked,
    failure: () => failure,
    cancel: () => upload?.cancel(),
  }
}

/** After the start: a stream that ended before anybody listened has ended all the same. */
export function checkStream(puppet: PuppetLike): HostFault | undefined {
  const { eventStream } = (puppet as Service).grpcManager
  if (eventStream && !eventStream.readableEnded && !eventStream.destroyed) return undefined
  return gone('the gateway gave no events; another client may be connected to it')
}

export const startLimitMs = startMs

/** An error of gRPC: 14 is unavailable, 16 not authenticated, 4 too late, 1 cancelled. */
export function faultOf(thrown: unknown): HostFault {
  const { code, details } = (thrown ?? {}) as { code?: unknown; details?: unknown }
  const message =
    typeof details === 'string' ? details : thrown instanceof Error ? thrown.message : ''
  if (code === 16) return { kind: 'token', message: 'the token is not accepted', sent: 'no' }
  if (code === 14 || code === 4 || code === 1) {
    const sent = /no connection established/i.test(message) ? 'no' : 'maybe'
    return { kind: 'gone', message: message.slice(0, 200), sent }
  }
  return { kind: 'puppet', message: message.slice(0, 500), sent: 'maybe' }
}

function gone(message: string): HostFault {
  return { kind: 'gone', message, sent: 'maybe' }
}

function guardEvents(service: Service, ears: GuardEars): void {
  const listen = service.onGrpcStreamEvent
  service.onGrpcStreamEvent = (event) => {
    try {
      const type = event.getType()
      if (type !== login && type !== logout) return listen.call(service, event)
      const payload: unknown = JSON.parse(event.getPayload())
      const { contactId } = (payload ?? {}) as { contactId?: unknown }
      if (type === login && typeof contactId === 'string') service.__currentUserId = contactId
      service.emit(type === login ? 'login' : 'logout', payload)
      if (type === logout) service.__currentUserId = undefined
    } catch (thrown) {
      ears.warn(`an event of the gateway made no sense (${trace(thrown)})`)
    }
  }
}

/** A connection that died without a word looks like a quiet one until something is asked. */
function keepAsking(
  service: Service,
  client: Client,
  { pingMs, answerMs }: Asking,
  ears: GuardEars,
): void {
  const { ding } = client
  let late: NodeJS.Timeout | undefined
  client.ding = (request, answer) => {
    late = setTimeout(() => ears.ended(gone('the gateway does not answer')), answerMs)
    return ding.call(client, request, (error, response) => {
      clearTimeout(late)
      if (error && faultOf(error).kind !== 'puppet') ears.ended(faultOf(error))
      answer(error, response)
    })
  }
  setInterval(() => service.ding('bridge'), pingMs)
}
