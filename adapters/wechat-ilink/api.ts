import type { Random } from '../../src/ports/clock.ts'
import type { Credential } from './credentials.ts'
import { WireFault } from './fault.ts'
import { number, type Raw, text } from './json.ts'
import { ledTo } from './places.ts'
import type { Timings } from './timings.ts'
import type { Wire } from './wire.ts'

/** What we say of ourselves. `version` is that of the protocol, as `major.minor.patch`. */
export interface Manners {
  readonly agent: string
  readonly version: string
}

export interface ApiParts {
  readonly wire: Wire
  readonly manners: Manners
  readonly timings: Timings
  readonly random: Random
}

export interface LoginCode {
  readonly code: string
  /** The text to show as a QR code. */
  readonly shown: string
}

/** What is known of a login code (`ecosystem §1.3`); states nobody knows are `wait`. */
export interface CodeStatus {
  readonly state: string
  readonly raw: Raw
}

/** A new code to scan. `tokens` lets WeChat know a bot again that is ours already. */
export async function askCode(
  parts: ApiParts,
  base: string,
  tokens: readonly string[],
  signal: AbortSignal,
): Promise<LoginCode> {
  const path = 'ilink/bot/get_bot_qrcode?bot_type=3'
  const raw = await post(parts, { base, path, body: { local_token_list: tokens } }, signal)
  const code = text(raw.qrcode)
  const shown = text(raw.qrcode_img_content)
  if (!code || !shown || shown.length > longestShown)
    throw new WireFault('garbage', 'get_bot_qrcode')
  return { code, shown }
}

/** No QR code holds more. */
const longestShown = 2_000

/** Held until something happens with the code; running out of time is no news. */
export async function askStatus(
  parts: ApiParts,
  base: string,
  code: string,
  verify: string | undefined,
  signal: AbortSignal,
): Promise<CodeStatus> {
  const url = new URL(`${base}/ilink/bot/get_qrcode_status`)
  url.searchParams.set('qrcode', code)
  if (verify !== undefined) url.searchParams.set('verify_code', verify)
  const timeoutMs = parts.timings.hold + parts.timings.grace
  const call = { name: 'get_qrcode_status', method: 'GET', url, timeoutMs } as const
  const raw = await parts.wire.json({ ...call, headers: common(parts.manners) }, signal)
  return { state: text(raw.status), raw }
}

/** The calls of one login. Everything sent with its token goes to the base of that login. */
export class Api {
  readonly #parts: ApiParts
  readonly credential: Credential
  #holdMs: number

  constructor(parts: ApiParts, credential: Credential) {
    this.#parts = parts
    this.credential = credential
    this.#holdMs = parts.timings.hold
  }

  get timings(): Timings {
    return this.#parts.timings
  }

  /** Held by WeChat until there is news, for as long as it last said. */
  async updates(cursor: string, signal: AbortSignal): Promise<Raw> {
    const timeoutMs = this.#holdMs + this.timings.grace
    const raw = await this.#call('getupdates', { get_updates_buf: cursor }, signal, timeoutMs)
    const told = number(raw.longpolling_timeout_ms)
    if (told > 0) this.#holdMs = Math.min(Math.max(told, 1_000), longest)
    return raw
  }

  send(msg: Raw, signal: AbortSignal): Promise<Raw> {
    return this.#call('sendmessage', { msg }, signal)
  }

  uploadUrl(wish: Raw, signal: AbortSignal): Promise<Raw> {
    return this.#call('getuploadurl', wish, signal)
  }

  /** Tells WeChat that we are there. Throws a fault of `ret` -14 where the token is stale. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#call('msg/notifystart', {}, signal)
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#call('msg/notifystop', {}, signal, this.timings.goodbye)
  }

  #call(path: string, body: Raw, signal: AbortSignal, timeoutMs?: number): Promise<Raw> {
    const { base, token } = this.credential
    const wish = { base, path: `ilink/bot/${path}`, body, token }
    return post(this.#parts, timeoutMs === undefined ? wish : { ...wish, timeoutMs }, signal)
  }
}

/** No server is believed that wants to hold a poll for longer. */
const longest = 300_000

interface Wish {
  readonly base: string
  readonly path: string
  readonly body: Raw
  readonly token?: string
  readonly timeoutMs?: number
}

function post(parts: ApiParts, wish: Wish, signal: AbortSignal): Promise<Raw> {
  const { manners, random, timings, wire } = parts
  const { base, path, body, token, timeoutMs = timings.call } = wish
  const uin = String(Math.floor(random() * 2 ** 32))
  const call = {
    name: /[^/?]+(?=\?|$)/.exec(path)?.[0] ?? path,
    method: 'POST',
    url: new URL(`${base}/${path}`),
    headers: {
      'Content-Type': 'application/json',
      AuthorizationType: 'ilink_bot_token',
      'X-WECHAT-UIN': Buffer.from(uin).toString('base64'),
      ...common(manners),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({
      ...body,
      base_info: { channel_version: manners.version, bot_agent: manners.agent },
    }),
    timeoutMs,
  } as const
  return wire.json(call, signal)
}

const common = ({ version }: Manners) => ({
  'iLink-App-Id': 'bot',
  'iLink-App-ClientVersion': String(encoded(version)),
})

/** `0x00MMNNPP`, as a number. */
function encoded(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((each) => Number(each) & 0xff)
  return (major << 16) | (minor << 8) | patch
}

/** What a confirmed login gave. Undefined: it lacks what no login can be without. */
export function credentialIn(
  raw: Raw,
  loginBase: string,
  asked: string,
  at: number,
): Credential | undefined {
  const token = text(raw.bot_token)
  const bot = text(raw.ilink_bot_id)
  if (!token || !bot || !/^[\x21-\x7e]+$/.test(token)) return undefined
  const named = text(raw.baseurl)
  const base = (named && ledTo(named, loginBase)) || asked
  return { token, bot, user: text(raw.ilink_user_id) || bot, base, loginBase, at }
}
