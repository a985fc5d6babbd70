import { z } from 'zod'
import type { ConnectorKind } from '../../src/ports/connector-kind.ts'
import { createWeChatWeb, type WeChatWebOptions } from './connector.ts'
import { featuresOf } from './features.ts'
import { originOf } from './hosts.ts'
import { probeWeb } from './probe.ts'
import { officialExtspam } from './uos.ts'

const origin = z
  .string()
  .refine((text) => originOf(text) === text, 'expected an origin like https://host:port')
const size = z.number().int().min(1)

const schema = z.strictObject({
  loginBase: origin,
  qrBase: origin.nullable(),
  entryBase: origin.nullable(),
  fileBase: origin.nullable(),
  pushBase: origin.nullable(),
  desktop: z.boolean(),
  clientVersion: z.string().min(1),
  extspam: z.string().min(1).nullable(),
  userAgent: z.string().min(1),
  maxImageBytes: size,
  maxVideoBytes: size,
  maxFileBytes: size,
  acceptRisk: z.boolean(),
})

/** `timeouts` is no option: tests cannot wait as long. */
export type WebSection = z.infer<typeof schema> & {
  readonly timeouts?: WeChatWebOptions['timeouts']
}

/** Web WeChat, as configured. */
function optionsOf(section: WebSection): WeChatWebOptions {
  const { qrBase, entryBase, fileBase, pushBase, timeouts } = section
  return {
    loginBase: section.loginBase,
    ...(qrBase !== null && { qrBase }),
    ...(entryBase !== null && { entryBase }),
    ...(fileBase !== null && { fileBase }),
    ...(pushBase !== null && { pushBase }),
    ...(section.desktop && {
      desktop: {
        clientVersion: section.clientVersion,
        extspam: section.extspam ?? officialExtspam,
      },
    }),
    userAgent: section.userAgent,
    maxImageBytes: section.maxImageBytes,
    maxVideoBytes: section.maxVideoBytes,
    maxFileBytes: section.maxFileBytes,
    risk: !section.acceptRisk,
    ...(timeouts && { timeouts }),
  }
}

export const web = {
  name: 'web',
  schema,
  defaults: new URL('./defaults.yaml', import.meta.url),
  secrets: ['extspam'],
  record: (section) => ({
    features: featuresOf(section),
    risk: 'high',
    needs: ['phone'],
    official: false,
    receives: ['media', 'recalls', 'quotes', 'members'],
  }),
  create: async (section, ports) => createWeChatWeb(optionsOf(section), ports),
  probe: probeWeb,
} satisfies ConnectorKind<WebSection, typeof schema>
