/**
 * May a sticker be fetched from here (protocol §6.5)? Only from Tencent's picture hosts, over http(s) on its usual
 * port: the address comes from a message, so anyone can write anything into it. `extra` is one more origin.
 */
export function isCdn(url: URL, extra?: string): boolean {
  if (url.username || url.password) return false
  if (extra !== undefined && url.origin === extra) return true
  const { protocol, port, hostname } = url
  // A port that is the usual one of its scheme is not there in a parsed address.
  if ((protocol !== 'https:' && protocol !== 'http:') || port !== '') return false
  return hostname.endsWith('.qpic.cn')
}
