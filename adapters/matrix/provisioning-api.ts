import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSeldom } from '../../src/core/seldom.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Provisioning } from '../../src/ports/provisioning.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { answer, digest } from './front.ts'
import type { Json } from './json.ts'
import { type Level, mayLive } from './permissions.ts'
import { objectOf, Refusal, refusalOf } from './provisioning-request.ts'
import { type Asked, routeOf } from './provisioning-routes.ts'

export interface ProvisioningOptions {
  readonly secret: string
  levelOf(user: string): Level | undefined
  /** Whose room it is, if that is known. */
  roomOwner(room: string): Promise<string | undefined>
  /** Is this user in this room, as far as the bridge can see? */
  isIn(user: string, room: string): Promise<boolean>
  /** What is told to everyone of the bridge itself. */
  readonly about: Json
}

export interface ProvisioningPorts {
  readonly clock: Clock
  readonly log: Log
  readonly newcomer?: ((user: string) => Promise<boolean>) | undefined
  readonly provisioning?: ((user: string) => Provisioning | undefined) | undefined
  /** What waits is answered when it aborts. */
  readonly stopping: AbortSignal
}

/** Every request is one person's; so many are seen to at the same time. */
const mostAtOnce = 100

/**
 * The provisioning API: what a person can do with commands, for programs that hold the secret (docs/matrix.md). Every
 * request names the person it is for, whose level counts as it does in rooms. True: the request was one of these.
 */
export function createProvisioningApi(
  options: ProvisioningOptions,
  ports: ProvisioningPorts,
): (request: IncomingMessage, response: ServerResponse, url: URL) => boolean {
  const proof = digest(options.secret)
  const { clock, log } = ports
  const refusals = createSeldom()
  let running = 0

  const permit = (request: IncomingMessage) => {
    const token = /^Bearer (.*)$/i.exec(request.headers.authorization ?? '')?.[1]
    // Digests have one length, so the time it takes tells nothing of the secret.
    if (token !== undefined && timingSafeEqual(digest(token), proof)) return
    const refused = refusals.again(clock.steady())
    if (refused !== undefined) {
      log.warn(
        { refused },
        'A request to the provisioning API without the right secret was refused.',
      )
    }
    const error = 'The secret is missing or wrong: "Authorization: Bearer SECRET" is expected.'
    throw token === undefined
      ? new Refusal(401, 'M_MISSING_TOKEN', error)
      : new Refusal(403, 'M_UNKNOWN_TOKEN', error)
  }

  /** The person a request is for: of level `user` at least. */
  const personOf = (url: URL): { user: string; level: Level } => {
    const user = url.searchParams.get('user_id') ?? ''
    if (user.length > 255 || !/^@[^:\s\p{C}]+:[^\s\p{C}]+$/u.test(user)) {
      const error = 'The query must name a Matrix user: ?user_id=@alice:example.org (escaped).'
      throw new Refusal(400, 'M_INVALID_PARAM', error)
    }
    const level = options.levelOf(user)
    if (level !== undefined && mayLive(level)) return { user, level }
    const error = 'This user may not have a WeChat account here; see matrix.permissions.'
    throw new Refusal(403, 'M_FORBIDDEN', error)
  }

  const see = async (request: IncomingMessage, url: URL, gone: AbortSignal): Promise<Json> => {
    permit(request)
    const route = routeOf(request.method ?? '', url.pathname)
    const { user, level } = personOf(url)
    if (running >= mostAtOnce) {
      const more = { retry_after_ms: 1_000 }
      throw new Refusal(429, 'M_LIMIT_EXCEEDED', 'Too many requests at the same time.', more)
    }
    running++
    try {
      const { provisioning, newcomer } = ports
      const body = await objectOf(request)
      let theirs = provisioning?.(user)
      if (!theirs && route.mayBegin && newcomer) {
        if (!(await newcomer(user))) {
          const error = "This user's part of the bridge cannot run now; the bridge's log says why."
          throw new Refusal(503, 'NET.WECHAT_BRIDGE.NOT_RUNNING', error)
        }
        theirs = provisioning?.(user)
      }
      const signal = AbortSignal.any([gone, ports.stopping])
      const { about, roomOwner, isIn } = options
      const asked: Asked = {
        ...{ user, level, about, roomOwner, isIn, body, clock, signal },
        words: route.words,
        query: url.searchParams,
      }
      return await route.answer(asked, theirs)
    } finally {
      running--
    }
  }

  return (request, response, url) => {
    if (!url.pathname.startsWith('/_matrix/provision/')) return false
    const gone = new AbortController()
    response.once('close', () => gone.abort(new Error('Nobody waits for the answer any more.')))
    see(request, url, gone.signal).then(
      (body) => answer(response, 200, body),
      (thrown: unknown) => {
        const { status, errcode, message, more } = refusalOf(thrown)
        if (status >= 500) {
          const reason = thrown instanceof Error ? thrown.message : String(thrown)
          log.warn({ method: request.method, reason }, 'A provisioning request failed.')
        }
        if (response.headersSent) return response.destroy()
        // What was not read of a body must not be taken for the next request.
        if (!request.complete) response.setHeader('connection', 'close')
        answer(response, status, { errcode, error: message, ...more })
      },
    )
    return true
  }
}
