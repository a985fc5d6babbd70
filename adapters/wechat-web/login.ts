import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { address } from './api.ts'
import { readTicketPage, type Ticket } from './credentials.ts'
import { SessionEnd, WireFault } from './fault.ts'
import { type BaseOptions, cgi, followRedirect, type Hosts, qrOrigin } from './hosts.ts'
import type { Wire } from './http.ts'
import { askPhone, type Device } from './push-login.ts'
import { backoff, type Timings } from './timings.ts'

/** What a login needs. `tell` shows where it stands. */
export interface LoginParts {
  readonly bases: BaseOptions
  readonly desktop?: { readonly clientVersion: string; readonly extspam: string }
  readonly wire: Wire
  readonly timings: Timings
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly tell: (login: Login) => Promise<void>
}

export interface LoggedIn {
  readonly ticket: Ticket
  readonly hosts: Hosts
}

/** How many codes are shown before we stop asking (each lives some minutes). */
const codes = 5

/**
 * Asks the phone of the last login, if there is one (protocol §2.6); else, or when that leads nowhere, shows codes
 * until one is confirmed (§2.1–§2.3). Throws {@link SessionEnd} when no code was used, when the last one was
 * cancelled, or when WeChat refuses the account; the signal's reason when aborted.
 */
export async function logIn(
  parts: LoginParts,
  device: Device | undefined,
  signal: AbortSignal,
): Promise<LoggedIn> {
  const pushed = device && (await byPhone(parts, device, signal))
  if (pushed) return pushed
  parts.wire.cookies = {}
  parts.wire.allow([parts.bases.loginBase])
  return byCode(parts, signal)
}

/** Undefined: the phone did not, or could not, confirm. */
async function byPhone(
  parts: LoginParts,
  device: Device,
  signal: AbortSignal,
): Promise<LoggedIn | undefined> {
  const uuid = await askPhone(parts, device, signal)
  if (uuid === undefined) return undefined
  await parts.tell({ state: 'scanned' })
  const outcome = await watchCode(parts, uuid, 'pushed', signal)
  if (typeof outcome !== 'string') return openTicket(parts, outcome.redirectUri, signal)
  parts.log.info({ outcome }, 'The phone did not confirm the login; showing a code')
  return undefined
}

async function byCode(parts: LoginParts, signal: AbortSignal): Promise<LoggedIn> {
  let last: SessionEnd['reason'] = 'expired'
  for (let attempt = 1; attempt <= codes; attempt++) {
    const uuid = await newCode(parts, signal)
    await parts.tell({ state: 'scan', qr: `${qrOrigin(parts.bases)}/l/${uuid}`, attempt })
    const outcome = await watchCode(parts, uuid, 'shown', signal)
    if (typeof outcome !== 'string') {
      const opened = await openTicket(parts, outcome.redirectUri, signal)
      if (opened) return opened
      last = 'refused'
    } else last = outcome
  }
  const detail = last === 'refused' ? 'WeChat confirmed the login but gave no session.' : undefined
  throw new SessionEnd(last, detail ? { detail } : {})
}

/** Asks for a code until there is one; says once that the server cannot be reached. Its uuid (protocol §2.1). */
export async function newCode(parts: LoginParts, signal: AbortSignal): Promise<string> {
  const redirect = 'https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?mod=desktop'
  for (let attempt = 1; ; attempt++) {
    try {
      const url = address(`${parts.bases.loginBase}/jslogin`, {
        appid: 'wx782c26e4c19acffb',
        ...(parts.desktop ? { redirect_uri: redirect } : {}),
        fun: 'new',
        lang: 'zh_CN',
        _: parts.clock.now(),
      })
      const answer = await parts.wire.ask(
        { name: 'jslogin', method: 'GET', url, timeoutMs: parts.timings.call },
        signal,
      )
      const code = /window\.QRLogin\.code\s*=\s*(\d+)/.exec(answer.text)?.[1]
      const uuid = /window\.QRLogin\.uuid\s*=\s*"([\w=+/-]{1,100})"/.exec(answer.text)?.[1]
      if (answer.status === 200 && code === '200' && uuid) return uuid
      throw new WireFault('garbage', 'jslogin')
    } catch (thrown) {
      signal.throwIfAborted()
      if (!(thrown instanceof WireFault)) throw thrown
      parts.log.warn({ fault: thrown.message, attempt }, 'No login code from WeChat yet')
      if (attempt === 3) {
        const detail = "WeChat's login server gives no login code. Trying again."
        await parts.tell({ state: 'offline', reason: 'unreachable', detail, relogin: false })
      }
      await parts.clock.sleep(backoff(parts.timings, attempt, parts.random), signal)
    }
  }
}

type Outcome = 'expired' | 'cancelled' | { readonly redirectUri: string }

/**
 * Polls one code to its end (protocol §2.2). `pushed`: it is on the phone already, which has been told; only a
 * picture is worth telling then.
 */
async function watchCode(
  parts: LoginParts,
  uuid: string,
  how: 'shown' | 'pushed',
  signal: AbortSignal,
): Promise<Outcome> {
  const { clock, timings } = parts
  const end = clock.now() + timings.codeLife
  let scanned = false
  let faults = 0
  for (let tip = 1; clock.now() < end; tip = 0) {
    const started = clock.now()
    try {
      const { code, redirectUri, avatar } = await pollCode(parts, uuid, tip, signal)
      faults = 0
      if (code === '200' && redirectUri) return { redirectUri }
      if (code === '202') return 'cancelled'
      if (code !== '408' && code !== '201') return 'expired'
      if (code === '201' && !scanned) {
        scanned = true
        const told = { state: 'scanned', ...(avatar ? { avatar } : {}) } as const
        if (how === 'shown' || avatar) await parts.tell(told)
      }
    } catch (thrown) {
      signal.throwIfAborted()
      if (!(thrown instanceof WireFault)) throw thrown
      if (thrown.kind !== 'timeout') {
        await clock.sleep(backoff(timings, ++faults, parts.random), signal)
      }
    }
    const rest = timings.gap - (clock.now() - started)
    if (rest > 0) await clock.sleep(rest, signal)
  }
  return 'expired'
}

/** What one poll said (protocol §2.2): `code` is '' where it made no sense, `avatar` a data: URL. */
export interface CodeState {
  readonly code: string
  readonly redirectUri: string | undefined
  readonly avatar: string | undefined
}

/** Polls a code once. `tip` 1: the first time. Throws a WireFault. */
export async function pollCode(
  parts: LoginParts,
  uuid: string,
  tip: number,
  signal: AbortSignal,
): Promise<CodeState> {
  const now = parts.clock.now()
  const url = address(`${parts.bases.loginBase}${cgi}/login`, {
    loginicon: 'true',
    uuid,
    tip,
    r: ~now,
    _: now,
  })
  const answer = await parts.wire.ask(
    { name: 'login', method: 'GET', url, timeoutMs: parts.timings.poll },
    signal,
  )
  if (answer.status !== 200) throw new WireFault('status', 'login', { status: answer.status })
  return {
    code: /window\.code\s*=\s*(\d+)/.exec(answer.text)?.[1] ?? '',
    redirectUri: /window\.redirect_uri\s*=\s*"([^"\s]+)"/.exec(answer.text)?.[1],
    avatar: avatarOf(answer.text),
  }
}

/** The scanner's picture as a data: URL, if it is one and nothing else. */
function avatarOf(answer: string): string | undefined {
  const found = /window\.userAvatar\s*=\s*'data:img\/jpg;base64,([A-Za-z0-9+/=\s]{1,400000})'/.exec(
    answer,
  )?.[1]
  return found ? `data:image/jpeg;base64,${found.replace(/\s/g, '')}` : undefined
}

/** The ticket page: at most three tries (protocol §2.3). Undefined: begin again with a new code. */
export async function openTicket(
  parts: LoginParts,
  redirectUri: string,
  signal: AbortSignal,
): Promise<LoggedIn | undefined> {
  const redirect = followRedirect(redirectUri, parts.bases)
  if (!redirect) {
    const detail = 'The login server sent us to an address that is not safe to follow.'
    throw new SessionEnd('refused', { detail })
  }
  const { ticket, hosts } = redirect
  parts.wire.allow([parts.bases.loginBase, ticket.origin, hosts.entry, hosts.file, hosts.push])
  const url = withParameters(ticket.href, parts.desktop !== undefined)
  for (let attempt = 1; attempt <= 3; attempt++) {
    try {
      const answer = await parts.wire.ask(
        {
          name: 'webwxnewloginpage',
          method: 'GET',
          url,
          headers: parts.desktop ? uosHeaders(parts.desktop) : {},
          timeoutMs: parts.timings.call,
        },
        signal,
      )
      if (answer.status >= 500) throw new WireFault('status', 'webwxnewloginpage')
      const read = readTicketPage(answer.text, parts.wire.cookies)
      if (read) return { ticket: read, hosts }
      parts.log.warn({ status: answer.status }, 'The credentials page makes no sense')
    } catch (thrown) {
      signal.throwIfAborted()
      // The ticket works once: refused at a second try, the first one may have used it up.
      if (thrown instanceof SessionEnd && attempt > 1 && thrown.relogin) return undefined
      if (!(thrown instanceof WireFault)) throw thrown
      parts.log.warn({ fault: thrown.message, attempt }, 'The credentials page failed')
    }
    await parts.clock.sleep(backoff(parts.timings, attempt, parts.random), signal)
  }
  return undefined
}

/** Appends, as strings, only what is not there: the ticket must not be re-serialised (protocol §2.3). */
function withParameters(href: string, desktop: boolean): string {
  const [address = '', query = ''] = href.split('#')[0]?.split(/\?(.*)/s) ?? []
  const present = new Set(query.split('&').map((each) => each.split('=')[0]))
  const wanted = { fun: 'new', version: 'v2', ...(desktop ? { mod: 'desktop' } : {}) }
  const added = Object.entries(wanted).flatMap(([key, value]) =>
    present.has(key) ? [] : [`${key}=${value}`],
  )
  return `${address}?${[...(query ? [query] : []), ...added].join('&')}`
}

function uosHeaders(desktop: { clientVersion: string; extspam: string }) {
  return {
    'client-version': desktop.clientVersion,
    extspam: desktop.extspam,
    referer: 'https://wx.qq.com/?&lang=zh_CN&target=t',
  }
}
