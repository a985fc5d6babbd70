import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { address } from './api.ts'
import type { Cookies } from './cookies.ts'
import { WireFault } from './fault.ts'
import { cgi, originOf } from './hosts.ts'
import type { Wire } from './http.ts'
import { readNote, writeNote } from './note.ts'
import { record, text } from './raw.ts'
import type { Session } from './session.ts'
import type { Timings } from './timings.ts'

/**
 * What is left of a session that ended, and enough to ask the phone for a new one without a code (protocol §2.6).
 * `entry` is where that session lived, `loginBase` whose it was.
 */
export interface Device {
  readonly uin: string
  readonly entry: string
  readonly loginBase: string
  readonly cookies: Cookies
}

export interface PushParts {
  readonly desktop?: object
  readonly wire: Wire
  readonly timings: Timings
  readonly clock: Clock
  readonly log: Log
}

const name = 'device'
/** What a server may leave on a device for good (protocol §1.5). */
const kept = ['webwxuvid', 'webwx_auth_ticket', 'wxloadtime', 'mm_lang']

/** The device as a login left it. Undefined: none, not to be read, or of another login server. */
export async function loadDevice(vault: Vault, loginBase: string): Promise<Device | undefined> {
  const raw = await readNote(vault, name)
  const entry = originOf(text(raw.entry))
  const uin = text(raw.uin)
  if (!entry || !/^\d{1,10}$/.test(uin) || raw.loginBase !== loginBase) return undefined
  const cookies = deviceCookies(record(raw.cookies))
  return cookies && { uin, entry, loginBase, cookies }
}

/** Remembers the device of a session; nothing where the server gave it no device cookies. */
export async function saveDevice(vault: Vault, session: Session, loginBase: string): Promise<void> {
  const cookies = deviceCookies(session.cookies)
  if (!cookies) return
  const device: Device = { uin: session.uin, entry: session.hosts.entry, loginBase, cookies }
  await writeNote(vault, name, device)
}

export async function dropDevice(vault: Vault): Promise<void> {
  await vault.drop(name)
}

/**
 * Asks the phone of the last login to confirm a new one. The uuid to poll; undefined when WeChat does not offer
 * that, or does not answer: then a code is shown. Sets the jar; a fault is only logged.
 */
export async function askPhone(
  parts: PushParts,
  device: Device,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { wire, timings, clock, log } = parts
  wire.cookies = pushCookies(device)
  wire.allow([device.entry, device.loginBase])
  try {
    const url = address(`${device.entry}${cgi}/webwxpushloginurl`, {
      uin: device.uin,
      ...(parts.desktop ? { mod: 'desktop' } : {}),
      _: clock.now(),
    })
    const call = {
      name: 'webwxpushloginurl',
      method: 'GET' as const,
      url,
      timeoutMs: timings.call,
    }
    const answer = await wire.json(call, signal)
    const uuid = text(answer.uuid)
    if (text(answer.ret) === '0' && /^[\w=+/-]{1,100}$/.test(uuid)) return uuid
    log.info({ ret: text(answer.ret).slice(0, 20) }, 'The phone cannot be asked; showing a code')
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof WireFault)) throw thrown
    log.warn({ fault: thrown.message }, 'The phone could not be asked; showing a code')
  }
  return undefined
}

/** The jar as itchat rebuilds it from the cookies that stay (protocol §2.6). */
function pushCookies({ uin, cookies }: Device): Cookies {
  const loaded = (cookies.wxloadtime ?? '').replace(/_expired$/, '')
  return {
    webwxuvid: cookies.webwxuvid ?? '',
    webwx_auth_ticket: cookies.webwx_auth_ticket ?? '',
    login_frequency: '2',
    last_wxuin: uin,
    ...(loaded ? { wxloadtime: `${loaded}_expired`, wxpluginkey: loaded } : {}),
    wxuin: uin,
    mm_lang: 'zh_CN',
    MM_WX_NOTIFY_STATE: '1',
    MM_WX_SOUND_STATE: '1',
  }
}

/** Undefined without the two that push login needs. */
function deviceCookies(jar: Readonly<Record<string, unknown>>): Cookies | undefined {
  const found: Cookies = {}
  for (const key of kept) {
    const value = text(jar[key])
    if (value) found[key] = value
  }
  return found.webwxuvid && found.webwx_auth_ticket ? found : undefined
}
