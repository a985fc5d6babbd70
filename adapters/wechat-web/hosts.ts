/** The origins one session talks to: scheme, host, port; no path. */
export interface Hosts {
  readonly entry: string
  readonly file: string
  readonly push: string
}

export interface BaseOptions {
  readonly loginBase: string
  readonly qrBase?: string
  readonly entryBase?: string
  readonly fileBase?: string
  readonly pushBase?: string
}

/** Where the server's `redirect_uri` sends us: the ticket page, and the hosts of the session it opens. */
export interface Redirect {
  readonly ticket: URL
  readonly hosts: Hosts
}

/** The path under which all calls but `jslogin` live (protocol §1.2). */
export const cgi = '/cgi-bin/mmwebwx-bin'

/** The origin in an option or an address. Undefined: not a plain http(s) address. */
export function originOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  return url.username || url.password ? undefined : url.origin
}

/**
 * The hosts named by `redirect_uri`, configuration first (protocol §1.1 "Required of our client"). A host of
 * Tencent's gets the table's file and push hosts, always over https; any other host keeps everything on its own
 * origin. Undefined: not an address to follow, or a fall from a https login to plain http.
 */
export function followRedirect(redirectUri: string, bases: BaseOptions): Redirect | undefined {
  const named = originOf(redirectUri)
  if (!named) return undefined
  const ticket = new URL(redirectUri)
  const known = knownHost(ticket.hostname)
  if (known) toHttps(ticket)
  else if (ticket.protocol === 'http:' && bases.loginBase.startsWith('https:')) return undefined
  const own = ticket.origin
  const base = known ?? undefined
  const derived: Hosts = base
    ? { entry: own, file: `https://file.${base}`, push: `https://webpush.${base}` }
    : { entry: own, file: own, push: own }
  if (bases.entryBase) moveTo(ticket, bases.entryBase)
  return {
    ticket,
    hosts: {
      entry: bases.entryBase ?? derived.entry,
      file: bases.fileBase ?? derived.file,
      push: bases.pushBase ?? derived.push,
    },
  }
}

/** The origin QR codes name. It is only shown, never asked; a login server of one's own has its own. */
export function qrOrigin(bases: BaseOptions): string {
  if (bases.qrBase) return bases.qrBase
  const host = new URL(bases.loginBase).hostname
  return knownHost(host) ? 'https://login.weixin.qq.com' : bases.loginBase
}

/** The name after `file.` and `webpush.` for a host of Tencent's, by equality or a dotted suffix. */
function knownHost(hostname: string): string | undefined {
  const host = hostname.toLowerCase()
  for (const exact of ['wx2.qq.com', 'wx8.qq.com', 'web2.wechat.com']) {
    if (host === exact) return exact
  }
  if (host === 'qq.com' || host.endsWith('.qq.com')) return 'wx.qq.com'
  if (host === 'wechat.com' || host.endsWith('.wechat.com')) return 'web.wechat.com'
  return undefined
}

function toHttps(url: URL): void {
  if (url.protocol === 'https:') return
  url.protocol = 'https:'
  url.port = ''
}

function moveTo(url: URL, origin: string): void {
  const target = new URL(origin)
  url.protocol = target.protocol
  url.host = target.host
  if (!target.port) url.port = ''
}
