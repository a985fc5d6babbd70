import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Access } from './access.ts'
import { guardHeaders, guardHost, guardPrivate } from './guard.ts'
import type { Health } from './options.ts'
import { Refusal } from './refusal.ts'
import type { Asset } from './site.ts'

export interface ServerParts {
  readonly host: string
  readonly names: readonly string[]
  readonly access: Access
  readonly site: ReadonlyMap<string, Asset>
  readonly log: Log
  /** Mounted under `/api`, behind the door. */
  readonly routes: readonly Hono[]
  health(): Promise<Health>
  /** A browser locked itself out: its other connections end too. */
  onLock(): void
}

/** The whole HTTP surface: health without a door, the page's files, the door itself, and behind it the API. */
export function createPageServer(parts: ServerParts): Server {
  const app = new Hono()
  app.use(guardHeaders)
  app.get('/healthz', (c) => answerHealth(c, parts, 'ok'))
  app.get('/readyz', (c) => answerHealth(c, parts, 'ready'))
  app.use(guardHost(parts.host, parts.names))
  app.get('/login', (c) => enter(c, parts))
  app.use('/api/*', guardPrivate(parts.access))
  app.post('/api/lock', (c) => lock(c, parts))
  for (const routes of parts.routes) app.route('/api', routes)
  app.get('*', (c, next) => {
    const asset = parts.site.get(c.req.path)
    return asset ? c.body(asset.body, 200, { 'Content-Type': asset.type }) : next()
  })
  app.notFound((c) => c.json({ why: 'missing', message: 'There is nothing at this address.' }, 404))
  app.onError((error, c) => {
    const refusal = asRefusal(error)
    if (refusal.why === 'bug')
      parts.log.error({ err: error }, 'The local page met an unexpected fault.')
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

async function answerHealth(c: Context, parts: ServerParts, part: 'ok' | 'ready') {
  const health = await parts.health().catch(() => ({ ok: false, ready: false }))
  return c.json({ [part]: health[part] }, health[part] ? 200 : 503)
}

/** The one-time token becomes a cookie. A browser that only looks ahead must not use it up. */
async function enter(c: Context, { access }: ServerParts) {
  const looksAhead = /prefetch/.test(c.req.header('sec-purpose') ?? c.req.header('purpose') ?? '')
  if (c.req.method !== 'GET' || looksAhead) return c.body(null, 503)
  const session = await access.exchange(c.req.query('token') ?? '')
  if (!session) {
    if (access.admits(getCookie(c, access.cookie))) return c.redirect('/', 303)
    return c.redirect('/?used', 303)
  }
  setCookie(c, access.cookie, session.secret, {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    maxAge: session.maxAge,
  })
  return c.redirect('/', 303)
}

async function lock(c: Context, { access, onLock }: ServerParts) {
  await access.end(getCookie(c, access.cookie) ?? '')
  onLock()
  setCookie(c, access.cookie, '', { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 0 })
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
