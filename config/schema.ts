import { z } from 'zod'

const origin = z
  .string()
  .refine(isOrigin, 'expected an origin like https://host:port, without a path')
const port = z.number().int().min(0).max(65_535)
const gap = z.strictObject({ ms: z.number().int().min(0), jitterMs: z.number().int().min(0) })

const above0 = 'expected a number above 0, or auto'
/** A time, or `auto`: for good where the page shows it, else as long as a recall may need it. */
const timeOrAuto = z.union([z.number().gt(0, above0), z.literal('auto')], above0)

/** Every option. `default.yaml` holds the defaults and a sentence on each; this says what is allowed. */
export const schema = z.strictObject({
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
  backup: z.strictObject({
    dir: z.string().min(1).nullable(),
    everyHours: z.number().min(0),
    keep: z.number().int().min(1),
  }),
  wechat: z.strictObject({
    connector: z.enum(['sandbox', 'web']),
    web: z.strictObject({
      loginBase: origin,
      qrBase: origin.nullable(),
      entryBase: origin.nullable(),
      fileBase: origin.nullable(),
      pushBase: origin.nullable(),
      desktop: z.boolean(),
      clientVersion: z.string().min(1),
      extspam: z.string().min(1).nullable(),
      userAgent: z.string().min(1),
      maxImageBytes: z.number().int().min(1),
      maxVideoBytes: z.number().int().min(1),
      maxFileBytes: z.number().int().min(1),
      acceptRisk: z.boolean(),
    }),
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
    roomVersion: z.union([z.string(), z.number().int()]).transform(String).nullable(),
  }),
  web: z.strictObject({
    enabled: z.boolean(),
    host: z.string().min(1),
    port,
    publicUrl: origin.nullable(),
    maxUploadBytes: z.number().int().min(1),
  }),
})

export type Config = z.infer<typeof schema>

/** What one option allows, by its path. What is no option allows anything. */
export function optionSchema(path: string): z.ZodType {
  let node: z.ZodType | undefined = schema
  for (const name of path.split('.')) {
    const shape: Readonly<Record<string, z.ZodType>> = node instanceof z.ZodObject ? node.shape : {}
    node = Object.hasOwn(shape, name) ? shape[name] : undefined
  }
  return node ?? z.unknown()
}

/** Options whose values are never printed, and which may be given as `<name>_file`. */
export const secrets: readonly string[] = ['seal.key', 'wechat.web.extspam']

/** What only makes sense together: each rule names the path that lacks something. */
export function missing(
  config: Config,
): readonly { readonly path: string; readonly why: string }[] {
  const { matrix } = config
  if (!matrix.enabled) return []
  const needed = {
    'matrix.homeserver.url': matrix.homeserver.url,
    'matrix.homeserver.domain': matrix.homeserver.domain,
    'matrix.registration': matrix.registration,
    'matrix.owner': matrix.owner,
  }
  return Object.entries(needed)
    .filter(([, value]) => value === null)
    .map(([path]) => ({ path, why: 'expected a value, because matrix.enabled is true' }))
}

function isOrigin(text: string): boolean {
  try {
    const url = new URL(text)
    return /^https?:$/.test(url.protocol) && url.origin === text
  } catch {
    return false
  }
}

function isTimezone(text: string): boolean {
  if (text === 'auto') return true
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: text }))
  } catch {
    return false
  }
}
