import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BridgeError } from '../../src/core/errors.ts'
import { createSeldom } from '../../src/core/seldom.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { TelegramApi } from './api.ts'
import { isUpdate, type Take } from './intake.ts'
import type { Told } from './parts.ts'
import { wanted } from './poll.ts'

export interface WebhookOptions {
  /** What Telegram calls. */
  readonly url: string
  /** Where that leads to. Port 0: any free one. */
  readonly host: string
  readonly port: number
}

export interface WebhookParts {
  readonly api: TelegramApi
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace: Trace
  /** Told the origin it listens on. */
  listening(origin: string): void
}

/** So many updates that were taken are known when they come again. */
const remembered = 1_000
const largestBody = 4 * 1024 * 1024
const secretName = 'webhook/secret'
const slowestMs = 60_000
/** How often it is looked at whether Telegram still calls us. */
const checkMs = 600_000

/**
 * Lets Telegram call us with updates, until the signal aborts. It is told at most one at a time, so that their order holds;
 * what it was not answered 200 for, it tells again. At the end the webhook stays set: Telegram keeps what comes meanwhile.
 * Rejects with a BridgeError (`config`) when the address cannot be had.
 */
export async function receiveWebhook(
  options: WebhookOptions,
  parts: WebhookParts,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  const secret = await secretOf(parts.vault)
  const server = createServer(createDoor(secret, parts, take))
  await listen(server, options)
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  const origin = `http://${host}:${port}`
  parts.listening(origin)
  parts.log.info({ listen: origin }, 'Listening for Telegram.')
  try {
    await keepSet(options.url, secret, parts, signal)
  } finally {
    await new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  }
}

type Door = (request: IncomingMessage, response: ServerResponse) => void

/** The secret is compared before anything else is read, in constant time. */
function createDoor(secret: string, { clock, log, trace }: WebhookParts, take: Take): Door {
  const proof = digest(secret)
  /** Telegram tells an update again that it waits too long for: that is no second one. By what was told. */
  const known = new Map<string, Promise<readonly Told[] | undefined>>()
  const refusals = createSeldom()

  const once = (body: string) => {
    const update = parsed(body)
    if (!isUpdate(update)) return take(update)
    const mark = digest(body).toString('base64')
    const before = known.get(mark)
    if (before !== undefined) return before
    const work = take(update)
    known.set(mark, work)
    const [oldest] = known.keys()
    if (known.size > remembered && oldest !== undefined) known.delete(oldest)
    const forget = () => known.delete(mark)
    // What could not be taken comes again.
    work.then((told) => told ?? forget(), forget)
    return work
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const shown = request.headers['x-telegram-bot-api-secret-token']
    if (typeof shown !== 'string' || !timingSafeEqual(digest(shown), proof)) {
      // Enough to find a wrong proxy by, and nothing to fill a disk with.
      const refused = refusals.again(clock.steady())
      if (refused !== undefined) {
        log.warn({ refused }, "A request without Telegram's secret was refused.")
      }
      return answer(response, 401)
    }
    if (request.method !== 'POST') return answer(response, 405)
    const body = await bodyOf(request)
    if (body === undefined) return answer(response, 413)
    const told = await once(body)
    if (!told) return answer(response, 500)
    for (const { event } of told) trace('beforeConfirm', event.id)
    answer(response, 200)
    for (const { event } of told) trace('afterConfirm', event.id)
  }
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ reason }, 'A call of Telegram could not be answered.')
      if (response.headersSent) response.destroy()
      else answer(response, 500)
    })
  }
}

/** Sets the webhook, as often as it takes, and again when somebody else has changed it. */
async function keepSet(
  url: string,
  secret: string,
  { api, clock, random, log }: WebhookParts,
  signal: AbortSignal,
): Promise<void> {
  let complained = 0
  const isSet = async () => {
    const info = await api.call('getWebhookInfo', undefined, signal)
    if (info.last_error_date !== undefined && info.last_error_date > complained) {
      complained = info.last_error_date
      const about = {
        said: info.last_error_message?.slice(0, 200),
        waiting: info.pending_update_count,
      }
      log.warn(about, 'Telegram could not reach the webhook.')
    }
    return info.url === url
  }
  const set = async () => {
    await api.call(
      'setWebhook',
      { url, secret_token: secret, allowed_updates: wanted, max_connections: 1 },
      signal,
    )
    log.info({}, 'Telegram was told where to call.')
  }
  for (let failures = 0, first = true; !signal.aborted; ) {
    try {
      // At a start always: the secret may be another than that of the last time.
      if (first || !(await isSet())) await set()
      first = false
      failures = 0
      await clock.sleep(checkMs, signal).catch(() => undefined)
    } catch (error) {
      if (signal.aborted) return
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ reason }, 'Telegram could not be told where to call; it is tried again.')
      const ms = Math.min(slowestMs, 500 * 2 ** Math.min(failures++, 10)) * (0.5 + random() / 2)
      await clock.sleep(ms, signal).catch(() => undefined)
    }
  }
}

/** Made once, and kept: without it nobody can tell us anything in Telegram's name. */
async function secretOf(vault: Vault): Promise<string> {
  const kept = await vault.get(secretName)
  if (kept !== undefined && /^[\w-]{32,256}$/.test(kept)) return kept
  const made = randomBytes(32).toString('base64url')
  await vault.set(secretName, made)
  return made
}

/** Undefined: it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > largestBody) return undefined
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > largestBody) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** What was not read of the request would be taken for the next one. */
function answer(response: ServerResponse, status: number): void {
  if (!response.req.complete) response.setHeader('connection', 'close')
  response.writeHead(status).end()
}

function listen(server: ReturnType<typeof createServer>, at: WebhookOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new BridgeError(
          `Could not listen on ${at.host}:${at.port} for Telegram (${error.code}). ` +
            'Is another bridge running? Otherwise choose another telegram.webhook.port.',
          { code: 'config', heal: 'never', certain: true },
          { cause: error },
        ),
      ),
    )
    server.listen(at.port, at.host, resolve)
  })
}

const digest = (text: string) => createHash('sha256').update(text).digest()
