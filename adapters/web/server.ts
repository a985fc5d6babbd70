import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { type Context, type Handler, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Access } from './access.ts'
import { type Door, guardHeaders, guardHost, guardPrivate } from './guard.ts'
import { healthRoute } from './health.ts'
import type { Health } from './options.ts'
import { outside } from './outside.ts'
import { Refusal } from './refusal.ts'
import { sessionCookie } from './session-cookie.ts'
import type { Asset } from './site.ts'

export interface ServerParts {
  readonly host: string
  readonly names: readonly string[]
  readonly publicUrl: string | undefined
  readonly access: Access
  readonly site: ReadonlyMap<string, Asset>
  readonly clock: Clock
  readonly log: Log
  /** Mounted under `api`, behind the door. */
  readonly routes: readonly Hono[]
  readonly media: Handler
  health(): Promise<Health>
  /** A browser locked itself out: its other connections end too. */
  onLock(): void
}

/**
 * The whole HTTP surface. At the root health, for names that are ours; all else in a folder of random name: the
 * page's files, the door itself, and behind it the API.
 */
export function createPageServer(parts: ServerParts): Server {
  const { access, host, log, publicUrl } = parts
  const home = `/${access.prefix}/`
  const door: Door = {
    access,
    cookie: sessionCookie(access, publicUrl?.startsWith('https:') ?? false),
    publicUrl,
    unrenewed: (error) =>
      log.warn({ err: error }, 'A browser’s session was not prolonged; its next use tries again.'),
  }
  const inside = new Hono()
    .get('/login', (c) => enter(c, door, home))
    .get('/api/media', guardPrivate(door, false), parts.media)
    .use('/api/*', guardPrivate(door))
    .post('/api/lock', (c) => lock(c, door, parts.onLock))
  for (const routes of parts.routes) inside.route('/api', routes)
  inside.get('*', (c, next) => {
    const asset = parts.site.get(c.req.path.slice(home.length - 1))
    return asset ? c.body(asset.body, 200, { 'Content-Type': asset.type }) : next()
  })

  const app = new Hono()
  app.use(guardHeaders)
  app.use(guardHost(host, publicUrl ? [...parts.names, new URL(publicUrl).hostname] : parts.names))
  const health = healthRoute(parts.health, parts.clock)
  app.get('/healthz', health('ok'))
  app.get('/readyz', health('ready'))
  app.get(home.slice(0, -1), (c) => c.redirect(home, 308))
  app.route(home, inside)
  app.notFound((c) =>
    c.req.path.startsWith(home)
      ? c.json({ why: 'missing', message: 'There is nothing at this address.' }, 404)
      : c.html(outside, 404),
  )
  app.onError((error, c) => {
    const refusal = asRefusal(error)
    if (refusal.why === 'bug') log.error({ err: error }, 'The local page met an unexpected fault.')
    return c.json({ why: refusal.why, message: refusal.message }, refusal.status)
  })
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    overrideGlobalObjects: false,
  }) as Server
  // Closing ends only what is idle then; a connection that becomes idle later would hold up the stop.
  server.on('request', (_, answer) => {
    answer.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  })
  return server
}

/**
 * The one-time token becomes a session. A browser that only looks ahead must not use it up. The key travels behind
 * `#`, which no server is sent and no log shows.
 */
async function enter(c: Context, { access, cookie }: Door, home: string) {
  const looksAhead = /prefetch/.test(c.req.header('sec-purpose') ?? c.req.header('purpose') ?? '')
  if (c.req.method !== 'GET' || looksAhead) return c.body(null, 503)
  const session = await access.exchange(c.req.query('token') ?? '')
  if (!session) return c.redirect(access.admits(cookie.read(c)) ? home : `${home}?used`, 303)
  cookie.give(c, session.secret, session.maxAge)
  return c.redirect(`${home}#key=${session.key}`, 303)
}

async function lock(c: Context, { access, cookie }: Door, onLock: () => void) {
  await access.end(cookie.read(c) ?? '')
  onLock()
  cookie.take(c)
  return c.json({})
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof HTTPException) {
    return new Refusal(400, 'malformed', 'The request is not as expected. Nothing was sent.')
  }
  return new Refusal(
    500,
    'bug',
    'The bridge met an unexpected fault; its log has the details. It is safe to try again.',
  )
}
