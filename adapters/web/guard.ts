import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Access } from './access.ts'
import { Refusal } from './refusal.ts'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
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

/** Private routes: the session's cookie, and nothing that another site's page can make a browser send. */
export function guardPrivate(access: Access): MiddlewareHandler {
  return async (c, next) => {
    const site = c.req.header('sec-fetch-site')
    const writes = c.req.method !== 'GET' && c.req.method !== 'HEAD'
    const foreign = site !== undefined && site !== 'same-origin' && (writes || site !== 'none')
    if (foreign || (writes && !isOwnRequest(c.req.header('origin'), c.req.header('host')))) {
      throw new Refusal(403, 'foreign', 'Another site asked for this, so it was not done.')
    }
    if (writes && c.req.header('x-bridge-page') !== '1') {
      throw new Refusal(403, 'foreign', 'This did not come from the page, so it was not done.')
    }
    if (!access.admits(getCookie(c, access.cookie))) {
      throw new Refusal(
        401,
        'login',
        'This browser is not let in. Open the address that the bridge printed when it started.',
      )
    }
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

function isOwnRequest(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}
