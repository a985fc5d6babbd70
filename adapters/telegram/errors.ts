import { BridgeError, type Failure } from '../../src/core/errors.ts'
import { type Said, TelegramError } from './api.ts'

/** How far a call got. */
export interface Exchange {
  readonly method: string
  /** It puts something into a chat. */
  readonly delivering: boolean
  /** A connection to Telegram stood: bytes may have left. */
  reached: boolean
  /** The last byte of the request was handed over. */
  sent: boolean
  /** The HTTP status, once there is an answer. */
  status?: number
}

/** Telegram's `{ok: false}`, as far as it is one. */
interface Refusal {
  readonly status: number
  readonly description: string
  readonly retryAfter?: number
  readonly migratedTo?: string
}

type Judged = readonly [words: string, failure: Omit<Failure, 'said'>]

const minute = 60_000
const defaultWaitMs = 5_000

/**
 * Whatever a call threw as a TelegramError (architecture §12): what Telegram answered, or what became of the
 * connection. The words of telegraf and node-fetch contain the address with the token: nothing of theirs is passed on.
 */
export function telegramError(thrown: unknown, exchange: Exchange): TelegramError {
  if (thrown instanceof TelegramError) return thrown
  const refusal = refusalOf(thrown)
  return refusal ? refused(refusal, exchange) : broken(thrown, exchange)
}

/** An answer of `{ok: false}`, or of another status than 200. */
export function refused(refusal: Refusal, exchange: Exchange): TelegramError {
  const [words, failure] = judge(refusal, exchange)
  const { status, migratedTo } = refusal
  const description = printable(refusal.description)
  const said: Said = { status, description, ...(migratedTo !== undefined && { migratedTo }) }
  const message = `Telegram did not do ${exchange.method}: ${words} (${status}: ${description}).`
  return new TelegramError(message, { ...failure, said: description }, said)
}

/** The connection failed, or what came is no answer of Telegram's. */
function broken(thrown: unknown, exchange: Exchange): TelegramError {
  const { method } = exchange
  const certain = isCertain(exchange)
  const make = (words: string, code: 'network' | 'server') =>
    new TelegramError(`Could not do ${method}: ${words}`, { code, heal: 'retry', certain }, {})
  // Only an answer that telegraf could not read leaves a status and an error. Telegram itself says why it refuses.
  if (exchange.status !== undefined && (exchange.status >= 500 || wordless.has(exchange.status))) {
    return refused({ status: exchange.status, description: 'no words with it' }, exchange)
  }
  if (exchange.status !== undefined) {
    return make(
      `what answered at the address of the Bot API is not Telegram, or broke off; ${next(certain)}`,
      'server',
    )
  }
  const code = printable(text(thrown, 'code') ?? text(thrown, 'type') ?? 'unknown')
  if (exchange.reached)
    return make(`the connection to Telegram broke (${code}); ${next(certain)}`, 'network')
  const proxy = proxyWordsOf(thrown)
  if (proxy !== undefined) {
    return make(
      `the proxy refused (${printable(proxy)}); check telegram.proxy. Nothing was sent`,
      'network',
    )
  }
  return make(
    `Telegram cannot be reached (${code}); nothing was sent, it is tried again. ` +
      'Where Telegram is blocked, set telegram.proxy.',
    'network',
  )
}

/** What proxies say in Telegram's place, and mean the same by. */
const wordless: ReadonlySet<number> = new Set([401, 403, 404, 409, 413, 429])

/** Nothing came within the time there was. */
export const late = (exchange: Exchange): TelegramError =>
  new TelegramError(
    `Telegram did not answer ${exchange.method} in time; ${next(isCertain(exchange))}`,
    { code: 'timeout', heal: 'retry', certain: isCertain(exchange) },
    {},
  )

/** Given up because the bridge stops. */
export const interrupted = (exchange: Exchange): TelegramError =>
  new TelegramError(
    `Could not do ${exchange.method}: the bridge is stopping; it is tried again after the next start.`,
    { code: 'network', heal: 'retry', certain: isCertain(exchange) },
    {},
  )

/** The bytes that were to be sent did not come: what was underway is void. */
export function sourceFailed(thrown: unknown, { method }: Exchange): Error {
  if (thrown instanceof BridgeError) {
    return new BridgeError(thrown.message, { ...thrown.failure, certain: true }, { cause: thrown })
  }
  const reason = printable(text(thrown, 'message') ?? 'no reason given')
  return new BridgeError(
    `Could not do ${method}: what was to be sent could not be read to its end (${reason}). Nothing was sent.`,
    { code: 'network', heal: 'retry', certain: true },
  )
}

/** Is it what Telegram says about the token: that it is none of its bots'? */
export const isTokenRefused = (error: unknown): boolean =>
  error instanceof TelegramError && error.failure.code === 'config'

/** Has this person shut the bot out of the private chat with it? */
export const isBlocked = (error: unknown): boolean =>
  error instanceof TelegramError &&
  error.said.status === 403 &&
  /blocked by the user|user is deactivated/i.test(error.said.description ?? '')

/** What was not wholly sent cannot have been delivered. */
const isCertain = ({ delivering, reached, sent }: Exchange): boolean =>
  !delivering || !reached || !sent

const next = (certain: boolean): string =>
  certain ? 'nothing was delivered, it is tried again.' : 'it may have been delivered all the same.'

function judge({ status, description, retryAfter }: Refusal, exchange: Exchange): Judged {
  const never = (code: Failure['code']) => ({ code, heal: 'never', certain: true }) as const
  if (status === 429) {
    const afterMs = retryAfter === undefined ? defaultWaitMs : retryAfter * 1000
    return [
      'it asks for a slower pace; nothing was delivered, it is tried again',
      { code: 'rate', heal: 'retry', certain: true, afterMs },
    ]
  }
  // Nothing that Telegram says of what it was sent begins with less than 400.
  if (status >= 500 || status < 400 || status === 408) {
    const certain = isCertain(exchange)
    return [
      `it has a problem of its own; ${certain ? 'it is tried again' : 'it may have been delivered all the same'}`,
      { code: 'server', heal: 'retry', certain },
    ]
  }
  if (status === 404 && /method not found/i.test(description)) {
    return ['this Bot API server is too old for it; update the server', never('refused')]
  }
  if (status === 401 || status === 404) {
    return [
      "it does not know the bot's token; put the token @BotFather shows into telegram.token and start the bridge again",
      { code: 'config', heal: 'wait', certain: true, afterMs: minute },
    ]
  }
  if (status === 403) {
    return [
      'the bot may not do that there',
      { code: 'refused', heal: 'retry', certain: true, afterMs: minute },
    ]
  }
  if (status === 409) {
    return [
      'another process asks for the updates of this bot, or a webhook is set',
      { code: 'refused', heal: 'retry', certain: true, afterMs: defaultWaitMs },
    ]
  }
  if (status === 413 || tooLarge.test(description)) {
    return [
      'it is larger than Telegram takes; a local Bot API server (telegram.apiRoot and telegram.filesDir) takes up to 2000 MB',
      never('tooLarge'),
    ]
  }
  if (gone.test(description)) return ['it is not there any more', never('gone')]
  if (forbidden.test(description)) return ['the bot may not do that there', never('refused')]
  return ['it does not take it in this form; nothing was delivered', never('format')]
}

const tooLarge = /file is too big|entity too large|file_too_big/i
const gone =
  /(?:chat|thread|message|user|group|topic|query)[\w ]* not found|TOPIC_(?:ID_INVALID|DELETED)|MESSAGE_ID_INVALID|PEER_ID_INVALID|upgraded to a supergroup|query is too old|can't be (?:deleted|edited)|group chat was deactivated/i
const forbidden =
  /not enough rights|have no rights|TOPIC_CLOSED|CHAT_ADMIN_REQUIRED|RIGHT_FORBIDDEN|need administrator/i

function refusalOf(thrown: unknown): Refusal | undefined {
  const response = property(thrown, 'response')
  const status = property(response, 'error_code')
  if (typeof status !== 'number') return undefined
  const parameters = property(response, 'parameters')
  const retryAfter = property(parameters, 'retry_after')
  const migrated = property(parameters, 'migrate_to_chat_id')
  const waits = typeof retryAfter === 'number' && retryAfter >= 0 && Number.isFinite(retryAfter)
  return {
    status,
    description: text(response, 'description') ?? '',
    ...(waits && { retryAfter }),
    ...(Number.isSafeInteger(migrated) && { migratedTo: String(migrated) }),
  }
}

/** How a proxy put what it did instead of making way: `proxy.ts`, or the client for SOCKS. */
const proxyWordsOf = (thrown: unknown): string | undefined =>
  /proxy answered (\d{3})|(Socks5[ \w-]+)/
    .exec(text(thrown, 'message') ?? '')
    ?.slice(1)
    .join('')

/** Telegram's words, for a line of a log. */
const printable = (words: string): string => words.replace(/\p{Cc}+/gu, ' ').slice(0, 200)

function text(value: unknown, name: string): string | undefined {
  const found = property(value, name)
  return typeof found === 'string' ? found : undefined
}

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
