import type { Cookies } from './cookies.ts'
import { SessionEnd } from './fault.ts'
import { cleanText, unescapeOnce } from './text.ts'
import { parseXml, xmlText } from './xml.ts'

/** The credentials of a new session (protocol §1.4). `passTicket` is decoded. */
export interface Ticket {
  readonly uin: string
  readonly sid: string
  readonly skey: string
  readonly passTicket: string
}

/**
 * Reads the credentials page, `ret` before anything else (protocol §2.3). Undefined: it makes no sense. Throws
 * {@link SessionEnd} with the server's own sentence when the account is refused.
 */
export function readTicketPage(body: string, cookies: Cookies): Ticket | undefined {
  // A page cut in the middle would give half a key.
  if (!body.includes('<error>') || !body.includes('</error>')) return undefined
  const page = parseXml(body)
  const field = (name: string) => xmlText(page, 'error', name) || plainField(body, name)
  const ret = field('ret')
  if (!/^-?\d+$/.test(ret)) return undefined
  if (Number(ret) !== 0) throw refusal(Number(ret), field('message'))
  const uin = field('wxuin') || cookies.wxuin || ''
  const sid = field('wxsid') || cookies.wxsid || ''
  if (!/^\d{1,10}$/.test(uin) || !sid) return undefined
  return { uin, sid, skey: field('skey'), passTicket: decoded(field('pass_ticket')) }
}

function refusal(ret: number, message: string): SessionEnd {
  const said = cleanText(message.slice(0, 4000).replace(/<[^<>]*>/g, ''), 500)
  if (ret === 1203) {
    const detail = said || 'WeChat does not allow this account to log in on the web.'
    return new SessionEnd('refused', { detail, relogin: false })
  }
  const temporary = 'WeChat cannot log you in now. Try again later.'
  return new SessionEnd('refused', { detail: said || `${temporary} (${ret})` })
}

/** For pages that are not well-formed. */
function plainField(body: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]{0,4000})</${name}>`).exec(body)?.[1] ?? ''
  return unescapeOnce(found.trim())
}

function decoded(passTicket: string): string {
  try {
    return decodeURIComponent(passTicket)
  } catch {
    return passTicket
  }
}
