import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import type { Access } from './access.ts'
import { Refusal } from './refusal.ts'
import type { SessionCookie } from './session-cookie.ts'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers of every answer; a route may narrow the policy and lengthen the caching, never widen either. */
export const guardHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  const set = (name: string, value: string) => {
    if (!c.res.headers.has(name)) c.header(name, value)
  }
  set('Content-Security-Policy', policy)
  set('X-Content-Type-Options', 'nosniff')
  set('X-Frame-Options', 'DENY')
  set('Referrer-Policy', 'no-referrer')
  set('Cross-Origin-Resource-Policy', 'same-origin')
  set('Cross-Origin-Opener-Policy', 'same-origin')
  set('Cache-Control', 'no-store')
}

/**
 * Only names that are ours: a foreign name that resolves to this machine (DNS rebinding) would be same-origin to
 * its own page. Addresses cannot be rebound, so beyond loopback any of them will do.
 */
export function guardHost(host: string, names: readonly string[] = []): MiddlewareHandler {
  const own = new Set([host, ...names].map((name) => name.toLowerCase()))
  const loopback = isLoopback(host)
  return async (c, next) => {
    const name = hostName(c.req.header('host') ?? '')
    const known =
      own.has(name) || isLoopback(name) || (!loopback && isIP(name.replace(/^\[|\]$/g, '')) > 0)
    if (!known) {
      throw new Refusal(
        421,
        'host',
        'This is not a name of this bridge. Open the address that the bridge printed.',
      )
    }
    await next()
  }
}

export interface Door {
  readonly access: Access
  readonly cookie: SessionCookie
  /** The origin under which a proxy shows the page, where there is one. */
  readonly publicUrl: string | undefined
  /** Told of a session that could not be prolonged, for the log. */
  unrenewed(error: unknown): void
}

/**
 * Private routes: the session's cookie, its key, and nothing that another site's page can make a browser send.
 * Without `keyed`, the cookie is enough: for what a browser asks for by itself and no script can add a header to.
 */
export function guardPrivate(door: Door, keyed = true): MiddlewareHandler {
  const { access, cookie } = door
  return async (c, next) => {
    const site = c.req.header('sec-fetch-site')
    const writes = c.req.method !== 'GET' && c.req.method !== 'HEAD'
    const foreign = site !== undefined && site !== 'same-origin' && (writes || site !== 'none')
    if (foreign || (writes && !isOwnRequest(c.req.header('origin'), c.req.header('host'), door))) {
      throw new Refusal(403, 'foreign', 'Another site asked for this, so it was not done.')
    }
    const given = c.req.header('x-bridge-key')
    if (writes && !given) {
      throw new Refusal(403, 'foreign', 'This did not come from the page, so it was not done.')
    }
    const secret = cookie.read(c)
    if (!secret || !access.admits(secret, keyed || writes ? { given } : undefined)) {
      throw new Refusal(
        401,
        'login',
        'This browser is not let in. Open the address that the bridge printed when it started.',
      )
    }
    const maxAge = await access.renew(secret).catch(door.unrenewed)
    if (typeof maxAge === 'number') cookie.give(c, secret, maxAge)
    await next()
  }
}

export const isLoopback = (name: string): boolean =>
  name === 'localhost' ||
  name.endsWith('.localhost') ||
  name === '::1' ||
  name === '[::1]' ||
  (isIP(name) === 4 && name.startsWith('127.'))

const hostName = (host: string) => host.toLowerCase().replace(/:\d{1,5}$/, '')

function isOwnRequest(
  origin: string | undefined,
  host: string | undefined,
  { publicUrl }: Door,
): boolean {
  if (origin === undefined || origin === publicUrl) return true
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}
