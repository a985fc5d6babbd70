import { z } from 'zod'
import type { ConnectorKind } from '../../src/ports/connector-kind.ts'
import { createWeChatHttp, type WeChatHttpOptions } from './connector.ts'
import { everything, featuresOf } from './features.ts'
import { placeOf } from './listener.ts'
import { probeHttp } from './probe.ts'

const origin = z.string().refine(isOrigin, 'expected an origin like http://127.0.0.1:29393')
const size = z.number().int().min(1)

const schema = z.strictObject({
  gateway: origin.nullable(),
  secret: z.string().min(16, 'expected at least 16 characters').nullable(),
  listen: z
    .string()
    .refine((text) => placeOf(text) !== undefined, 'expected host:port')
    .nullable(),
  publicUrl: origin.nullable(),
  mediaHosts: z.array(
    z.string().refine((text) => hostOf(text) === text.toLowerCase(), 'expected host or host:port'),
  ),
  maxMediaBytes: size,
  maxText: size,
  maxImageBytes: size,
  maxVideoBytes: size,
  maxFileBytes: size,
})

/** `timings` is no option: tests cannot wait as long. */
export type HttpSection = z.infer<typeof schema> & {
  readonly timings?: WeChatHttpOptions['timings']
}

/** Whatever speaks the protocol of `docs/connector-http.md`. */
export const http = {
  name: 'http',
  schema,
  defaults: new URL('./defaults.yaml', import.meta.url),
  secrets: ['secret'],
  single: true,
  missing: ({ gateway, secret }) => [
    ...(gateway === null ? [{ option: 'gateway', why: 'expected where your gateway is' }] : []),
    ...(secret === null ? [{ option: 'secret', why: 'expected 16 characters or more' }] : []),
  ],
  record: (section) => ({
    features: featuresOf(section, everything),
    risk: 'behind',
    needs: ['gateway'],
    official: false,
    receives: ['media', 'recalls', 'quotes', 'members'],
    depends: true,
  }),
  create: async (section, ports) => {
    const connector = createWeChatHttp(optionsOf(section), ports)
    await connector.load()
    return connector
  },
  listens: ({ listen }) => (listen === null ? undefined : placeOf(listen)),
  // `missing` has made sure of both.
  probe: ({ gateway, secret }, ports) =>
    probeHttp({ gateway: gateway ?? '', secret: secret ?? '' }, ports),
} satisfies ConnectorKind<HttpSection, typeof schema>

function optionsOf(section: HttpSection): WeChatHttpOptions {
  const { gateway, secret, listen, publicUrl, timings, ...rest } = section
  const place = listen === null ? undefined : placeOf(listen)
  return {
    ...rest,
    gateway: gateway ?? '',
    secret: secret ?? '',
    ...(place && { listen: place }),
    ...(publicUrl !== null && { publicUrl }),
    ...(timings && { timings }),
  }
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, origin } = new URL(text)
  return (protocol === 'http:' || protocol === 'https:') && origin === text
}

function hostOf(text: string): string | undefined {
  const address = `https://${text}`
  return URL.canParse(address) ? new URL(address).host : undefined
}
