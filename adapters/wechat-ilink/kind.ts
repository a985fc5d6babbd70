import { z } from 'zod'
import type { ConnectorKind } from '../../src/ports/connector-kind.ts'
import { createIlink, type IlinkOptions } from './connector.ts'
import { featuresOf } from './features.ts'
import { baseOf } from './places.ts'
import { probeIlink } from './probe.ts'

const base = z
  .string()
  .refine(
    (text) => baseOf(text) === text,
    'expected an address like https://host (no slash at the end)',
  )
const size = z.number().int().min(1)
const gap = z.strictObject({ ms: z.number().int().min(0), jitterMs: z.number().int().min(0) })
/** As the official client checks it: products, each of them possibly with a remark. */
const agent = z
  .string()
  .max(256)
  .regex(
    /^[\w.-]{1,32}\/[\w.+-]{1,32}( \([\x20-\x27\x2a-\x7e]{1,64}\))?( [\w.-]{1,32}\/[\w.+-]{1,32}( \([\x20-\x27\x2a-\x7e]{1,64}\))?)*$/,
    'expected Name/Version, like wechat-bridge/0.1',
  )

const schema = z.strictObject({
  loginBase: base,
  cdnBase: base,
  name: z.string().trim().min(1).max(100),
  agent,
  version: z.string().regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/, 'expected a version like 2.4.9'),
  maxImageBytes: size,
  maxVideoBytes: size,
  maxFileBytes: size,
  maxDownloadBytes: size,
  pace: z.strictObject({ sameChat: gap, media: gap, perMinute: size }),
})

/** `timeouts` is no option: tests cannot wait as long. */
export type IlinkSection = z.infer<typeof schema> & {
  readonly timeouts?: NonNullable<IlinkOptions['timeouts']>
}

export const ilink = {
  name: 'ilink',
  schema,
  defaults: new URL('./defaults.yaml', import.meta.url),
  secrets: [],
  record: (section) => ({
    features: featuresOf(section),
    risk: 'none',
    needs: ['phone'],
    official: true,
    receives: ['media', 'quotes'],
  }),
  create: async (section, ports) => createIlink(section, ports),
  probe: probeIlink,
} satisfies ConnectorKind<IlinkSection, typeof schema>
