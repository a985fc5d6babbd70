import { type Browser, chromium } from 'playwright-core'

export const phone = { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true }
export const desktop = { viewport: { width: 1180, height: 800 } }

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

/** The state of a browser that was let in before. */
export function remembered(home: string, { cookie, key }: { cookie: string; key: string }) {
  const [name = '', value = ''] = cookie.split('=')
  const { hostname, origin, pathname } = new URL(`${home}/`)
  return {
    cookies: [
      {
        name,
        value,
        domain: hostname,
        path: pathname,
        expires: -1,
        httpOnly: true,
        secure: false,
        sameSite: 'Strict' as const,
      },
    ],
    origins: [{ origin, localStorage: [{ name: `key:${pathname}`, value: key }] }],
  }
}
