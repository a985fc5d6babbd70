import { setMaxListeners } from 'node:events'
import type { Agent, ClientRequest } from 'node:http'
import { Telegram } from 'telegraf'
import type { Clock } from '../../src/ports/clock.ts'
import type { Arguments, How, MethodName, Result, TelegramApi } from './api.ts'
import { type Exchange, interrupted, late, sourceFailed, telegramError } from './errors.ts'
import { createFiles } from './files.ts'
import { hasUpload, multipartOf } from './multipart.ts'
import type { TelegramOptions } from './options.ts'
import { post } from './posting.ts'
import { agentFor } from './proxy.ts'

export type ClientOptions = Pick<TelegramOptions, 'token' | 'apiRoot' | 'filesDir' | 'proxy'>

const answerMs = 30_000
/** Telegram takes no byte of an upload for so long. */
const stallMs = 60_000

/** A telegraf client's `callApi`, which takes any method; only its type does not (ecosystem §2.3). */
interface AnyCall {
  callApi(method: string, payload: object, how: { signal: AbortSignal }): Promise<unknown>
}

/** The Bot API: through telegraf, but for uploads. */
export function createTelegramApi(
  options: ClientOptions,
  { clock }: { readonly clock: Clock },
): TelegramApi {
  const { token, apiRoot, proxy } = options
  const agent = agentFor(apiRoot, proxy)

  async function call<M extends MethodName>(
    method: M,
    args: Arguments<M>,
    signal: AbortSignal,
    how: How = {},
  ): Promise<Result<M>> {
    const delivering = how.delivering === true
    const exchange: Exchange = { method, delivering, reached: false, sent: false }
    const given = new AbortController()
    const done = new AbortController()
    const uploading = new AbortController()
    let progressed = clock.steady()
    const sent = () => {
      exchange.sent = true
      uploading.abort()
    }
    const upload = hasUpload(args)
      ? multipartOf(args ?? {}, {
          progress: () => {
            progressed = clock.steady()
          },
          failed: (error) => given.abort(sourceFailed(error, exchange)),
          sent,
        })
      : undefined
    if (!upload) sent()

    /** Gives up when nothing moves any more, and when the answer is late. */
    const watch = async () => {
      const asleep = AbortSignal.any([uploading.signal, done.signal])
      while (!asleep.aborted) {
        const left = progressed + stallMs - clock.steady()
        if (left <= 0) return given.abort(late(exchange))
        await clock.sleep(left, asleep).catch(() => undefined)
      }
      if (done.signal.aborted) return
      await clock.sleep(how.timeoutMs ?? answerMs, done.signal).then(
        () => given.abort(late(exchange)),
        () => undefined,
      )
    }
    void watch()

    const until = AbortSignal.any([signal, given.signal])
    setMaxListeners(0, until)
    try {
      if (signal.aborted) throw signal.reason
      const through = watched(agent, exchange, () =>
        given.abort(telegramError(new Error('cut off'), exchange)),
      )
      const result = upload
        ? post(new URL(`/bot${token}/${method}`, apiRoot), upload, through, until)
        : telegraf(options, through).callApi(method, args ?? {}, { signal: until })
      return (await result) as Result<M>
    } catch (thrown) {
      if (given.signal.aborted) throw given.signal.reason
      if (signal.aborted) throw interrupted(exchange)
      throw telegramError(thrown, exchange)
    } finally {
      done.abort()
      // Telegraf leaves the body of some answers unread.
      given.abort()
      upload?.drop()
    }
  }

  return { call, file: createFiles({ token, apiRoot, agent, filesDir: options.filesDir }, call) }
}

/** A client for one call, so that its connection can be watched; it is but an object. */
function telegraf({ token, apiRoot }: ClientOptions, agent: Agent): AnyCall {
  const client = new Telegram(token, { apiRoot, webhookReply: false })
  // It would leave the agent (and so a proxy) out where the address has no TLS.
  client.options.agent = agent
  return client as unknown as AnyCall
}

/**
 * The agent for one call, noting how far its request gets. Redirects are not followed. An answer that ends too early is told
 * of: node-fetch would wait for the rest of it.
 */
function watched(agent: Agent, exchange: Exchange, cutOff: () => void): Agent {
  let isAsked = false
  const addRequest = (request: ClientRequest, ...rest: unknown[]) => {
    // The second one of a call is where a redirect leads: not to Telegram, and the token and what is said go with it.
    if (isAsked) throw new Error('redirected')
    isAsked = true
    request.once('socket', (socket) => {
      const handshake = (socket as { secureConnecting?: boolean }).secureConnecting === true
      const reached = () => {
        exchange.reached = true
      }
      if (handshake) socket.once('secureConnect', reached)
      else if (socket.connecting) socket.once('connect', reached)
      else reached()
    })
    request.once('response', (answer) => {
      if (answer.statusCode !== undefined) exchange.status = answer.statusCode
      answer.once('close', () => {
        if (!answer.complete) cutOff()
      })
    })
    return Reflect.apply(Reflect.get(agent, 'addRequest'), agent, [request, ...rest])
  }
  return Object.create(agent, { addRequest: { value: addRequest } })
}
