import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Access } from './access.ts'

/** The cookie of a session: it goes to nothing but the page's own folder, and over TLS only where there is TLS. */
export interface SessionCookie {
  read(c: Context): string | undefined
  /** `maxAge` in seconds. */
  give(c: Context, secret: string, maxAge: number): void
  take(c: Context): void
}

export function sessionCookie({ cookie, prefix }: Access, secure: boolean): SessionCookie {
  const give = (c: Context, secret: string, maxAge: number) => {
    const path = `/${prefix}/`
    setCookie(c, cookie, secret, { httpOnly: true, sameSite: 'Strict', secure, path, maxAge })
  }
  return { read: (c) => getCookie(c, cookie), give, take: (c) => give(c, '', 0) }
}
