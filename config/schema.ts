import { z } from 'zod'

const origin = z
  .string()
  .refine(isOrigin, 'expected an origin like https://host:port, without a path')
const port = z.number().int().min(0).max(65_535)
const gap = z.strictObject({ ms: z.number().int().min(0), jitterMs: z.number().int().min(0) })

const above0 = 'expected a number above 0, or auto'
/** A time, or `auto`: for good where the page shows it, else as long as a recall may need it. */
const timeOrAuto = z.union([z.number().gt(0, above0), z.literal('auto')], above0)

/** What a door may be called: the name is in commands, and in the names of what is kept for it. */
const doorName = /^[a-z][a-z0-9-]{0,19}$/
/** The first door's, words of the commands that take a name, and what every object has. */
const taken: ReadonlySet<string> = new Set(['main', 'yes', 'code', 'constructor'])

/**
 * Every option but those of the connectors, which come with their kinds (`kinds.ts`). `default.yaml` holds the defaults
 * and a sentence on each; this says what is allowed.
 */
export const base = z.strictObject({
  language: z.enum(['zh', 'en']),
  timezone: z.string().refine(isTimezone, 'expected an IANA time zone like Asia/Shanghai'),
  data: z.strictObject({ dir: z.string().min(1) }),
  seal: z.strictObject({
    key: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, 'expected 64 hexadecimal digits (32 bytes)')
      .nullable(),
  }),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']) }),
  media: z.strictObject({ maxBytes: z.number().int().min(1) }),
  recall: z.strictObject({ policy: z.enum(['notice', 'redact', 'both', 'off']) }),
  retention: z.strictObject({
    messageDays: timeOrAuto,
    mediaHours: timeOrAuto,
    mediaBytes: z.number().int().min(1),
    keepUnder: z.number().int().min(0),
  }),
  edits: z.strictObject({ policy: z.enum(['resend', 'follow', 'off']) }),
  reactions: z.strictObject({ policy: z.enum(['line', 'off']) }),
  reads: z.strictObject({ mark: z.boolean() }),
  mps: z.strictObject({
    digestAt: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day like 20:00'),
  }),
  backup: z.strictObject({
    dir: z.string().min(1).nullable(),
    everyHours: z.number().min(0),
    keep: z.number().int().min(1),
  }),
  wechat: z.object({
    connector: z.string(),
    doors: z.record(
      z
        .string()
        .regex(doorName, 'expected a name like second: small letters, digits and -')
        .refine((name) => !taken.has(name), 'expected another name: this one means something else'),
      z.record(z.string(), z.unknown()),
    ),
    pace: z.strictObject({
      sameChat: gap,
      otherChat: gap,
      media: gap,
      perMinute: z.number().int().min(1),
      perHour: z.number().int().min(1),
      perDay: z.number().int().min(1),
      newcomer: z.strictObject({ days: z.number().min(0), share: z.number().gt(0).max(1) }),
      repeats: z.strictObject({ chats: z.number().int().min(1), minutes: z.number().min(0) }),
    }),
  }),
  matrix: z.strictObject({
    enabled: z.boolean(),
    homeserver: z.strictObject({ url: origin.nullable(), domain: z.string().min(1).nullable() }),
    registration: z.string().min(1).nullable(),
    listen: z.strictObject({ host: z.string().min(1), port }),
    owner: z
      .string()
      .regex(/^@[^:\s]+:\S+$/, 'expected a Matrix user id like @alice:example.org')
      .nullable(),
    // YAML and the environment read most room versions as numbers.
    roomVersion: z
      .union([z.string().min(1), z.number().int()])
      .transform(String)
      .nullable(),
    permissions: z.record(
      z
        .string()
        .regex(
          /^(\*|@[^:\s]+:\S+|[^@\s*]+)$/,
          'expected *, a domain like example.org or a user id like @alice:example.org',
        ),
      z.enum(['relay', 'user', 'admin']),
    ),
    doublePuppet: z.strictObject({ token: z.string().min(1).nullable() }),
    mps: z.enum(['each', 'shared', 'digest']),
    space: z.boolean(),
    members: z.number().int().min(0),
    atLogout: z.enum(['keep', 'leave', 'delete']),
    status: z.boolean(),
    rate: z.strictObject({
      concurrency: z.number().int().min(1).max(64),
      perSecond: z.number().int().min(1),
      perRoomSecond: z.number().int().min(1),
    }),
    provisioning: z.strictObject({ secret: z.string().min(16).nullable() }),
  }),
  telegram: z.strictObject({
    enabled: z.union([z.boolean(), z.literal('auto')], 'expected true, false or auto'),
    token: z
      .string()
      .regex(/^\d{1,20}:[\w-]{20,100}$/, 'expected a bot token like 123456:ABC-DEF…')
      .nullable(),
    apiRoot: origin,
    filesDir: z.string().min(1).nullable(),
    proxy: z
      .string()
      .refine(isProxy, 'expected http://host:port, https://host:port or socks5://host:port')
      .nullable(),
    place: z.enum(['auto', 'private', 'forum', 'flat']),
    mps: z.enum(['each', 'shared', 'digest']),
    rate: z.strictObject({
      perChatSecond: z.number().gt(0),
      perGroupMinute: z.number().int().min(1),
      perSecond: z.number().int().min(1),
    }),
    webhook: z.strictObject({
      url: z
        .string()
        .refine(isWebhookUrl, 'expected an https address (http only for loopback)')
        .nullable(),
      host: z.string().min(1),
      port,
    }),
  }),
  web: z.strictObject({
    enabled: z.boolean(),
    host: z.string().min(1),
    port,
    publicUrl: origin.nullable(),
    maxUploadBytes: z.number().int().min(1),
  }),
  monitor: z.strictObject({ host: z.string().min(1), port: port.nullable() }),
})

/** One further account, as configured: what its connector is given has been checked. */
export interface DoorConfig {
  readonly connector: string
  /** The options of its connector, whole. */
  readonly options: unknown
  /** It tells the person in WeChat when another account was logged out. */
  readonly alerts: boolean
}

type Base = z.infer<typeof base>

export type Config = Omit<Base, 'wechat'> & {
  readonly wechat: Omit<Base['wechat'], 'doors'> & {
    /** By the name of each kind of connector its section, whole and checked. */
    readonly sections: Readonly<Record<string, unknown>>
    readonly doors: Readonly<Record<string, DoorConfig>>
  }
}

/** Options whose values are never printed, and which may be given as `<name>_file`; and those of the connectors. */
export const secrets: readonly string[] = [
  'seal.key',
  'matrix.doublePuppet.token',
  'matrix.provisioning.secret',
  'telegram.token',
  'telegram.proxy',
]

/** Names in the environment that stand for an option beside `BRIDGE__…`, which wins. */
export const environmentNames: Readonly<Record<string, string>> = {
  TELEGRAM_BOT_TOKEN: 'telegram.token',
}

/** Is the Telegram side to run? */
export const telegramIsOn = ({ telegram }: Config): boolean =>
  telegram.enabled === 'auto' ? telegram.token !== null : telegram.enabled

/** What only makes sense together: each rule names the path that lacks something. */
export function missing(
  config: Config,
): readonly { readonly path: string; readonly why: string }[] {
  const { matrix, telegram } = config
  const faults: { path: string; why: string }[] = []
  if (telegramIsOn(config) && telegram.token === null) {
    faults.push({
      path: 'telegram.token',
      why: 'expected a value, because telegram.enabled is true',
    })
  }
  if (!matrix.enabled) return faults
  const needed = {
    'matrix.homeserver.url': matrix.homeserver.url,
    'matrix.homeserver.domain': matrix.homeserver.domain,
    'matrix.registration': matrix.registration,
    'matrix.owner': matrix.owner,
  }
  for (const [path, value] of Object.entries(needed)) {
    if (value === null)
      faults.push({ path, why: 'expected a value, because matrix.enabled is true' })
  }
  return faults
}

function isOrigin(text: string): boolean {
  try {
    const url = new URL(text)
    return /^https?:$/.test(url.protocol) && url.origin === text
  } catch {
    return false
  }
}

function isProxy(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return /^(https?|socks5h?):$/.test(protocol) && hostname !== ''
}

/** Telegram calls nothing but TLS; a proxy on this machine, or a test, may. */
function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(127\.|localhost$|\[::1\]$)/.test(hostname))
  )
}

function isTimezone(text: string): boolean {
  if (text === 'auto') return true
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: text }))
  } catch {
    return false
  }
}
