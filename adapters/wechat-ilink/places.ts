/** Tencent's domains: what a server of theirs may lead to. Only over https. */
const official = ['weixin.qq.com', 'wechat.com']

const isIn = (host: string, domain: string) => host === domain || host.endsWith(`.${domain}`)

/** An http(s) address without a name, a query or a slash at its end. Undefined: it is none. */
export function baseOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  if (url.username || url.password || url.search || url.hash) return undefined
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/**
 * May what belongs to `base` also be had from here? Hosts of Tencent's are, over https; and the host of `base` with all
 * under it, whatever its port, no less safely than `base` itself. Everything else is a stranger: no token and no key goes
 * there, and nothing is fetched from it.
 */
export function isAllowed(url: URL, base: string): boolean {
  if (url.username || url.password) return false
  const host = url.hostname.toLowerCase()
  const isSafe = url.protocol === 'https:'
  if (isSafe && url.port === '' && official.some((domain) => isIn(host, domain))) return true
  const own = new URL(base)
  const ownHost = own.hostname.toLowerCase()
  // Under a number there are no others.
  const isNumber = /^[\d.]+$|^\[/.test(ownHost)
  const isOwn = isNumber ? host === ownHost : isIn(host, ownHost)
  return isOwn && (isSafe || (url.protocol === 'http:' && own.protocol === 'http:'))
}

/** The base that a bare host or an address of WeChat's stands for. Undefined: nobody may be led there. */
export function ledTo(named: string, base: string): string | undefined {
  const scheme = new URL(base).protocol
  const address = /^https?:\/\//i.test(named) ? named : `${scheme}//${named}`
  const found = baseOf(address)
  return found !== undefined && isAllowed(new URL(found), base) ? found : undefined
}
