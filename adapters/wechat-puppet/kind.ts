import { readFile } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { z } from 'zod'
import type { ConnectorKind, ConnectorPorts } from '../../src/ports/connector-kind.ts'
import { createPuppet, type PuppetOptions } from './connector.ts'
import { misconfigured } from './fault.ts'
import { featuresOf } from './features.ts'
import { probePuppet } from './probe.ts'

const servicePackage = 'wechaty-puppet-service'
const packageName = /^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/
const size = z.number().int().min(1)

const schema = z.strictObject({
  package: z.string().regex(packageName, 'expected the name of an npm package').nullable(),
  endpoint: z.string().nullable(),
  token: z.string().min(1).nullable(),
  tls: z.enum(['auto', 'on', 'off']),
  caFile: z.string().min(1).nullable(),
  serverName: z.string().min(1).nullable(),
  options: z.record(z.string(), z.unknown()),
  ids: z.enum(['lasting', 'session']),
  account: z
    .string()
    .regex(/^[\w-]{1,40}$/, 'expected letters, digits, - and _')
    .nullable(),
  maxFileBytes: size,
  maxReceivedBytes: size,
})

/** `timings` and `execArgv` are no options: tests cannot wait as long, and lead a puppet to a WeChat of their own. */
export type PuppetSection = z.infer<typeof schema> & Pick<PuppetOptions, 'timings' | 'execArgv'>

export const puppet = {
  name: 'puppet',
  schema,
  defaults: new URL('./defaults.yaml', import.meta.url),
  secrets: ['token'],
  single: true,
  missing: (section) => [
    ...(isService(section) ? missingOfService(section) : []),
    ...(section.ids === 'session' && section.account === null
      ? [{ option: 'account', why: 'expected a name for the account, since ids are session' }]
      : []),
  ],
  record: (section) => ({
    features: featuresOf(section),
    risk: 'behind',
    needs: ['gateway', 'package'],
    official: false,
    receives: ['media', 'recalls', 'members'],
    depends: true,
  }),
  create: async (section, ports) => {
    const name = section.package ?? servicePackage
    if (!isInstalled(name)) throw absent(name)
    return createPuppet(await optionsOf(section, name, ports), ports)
  },
  probe: (section, { signal }) => {
    const name = section.package ?? servicePackage
    const endpoint = isService(section) ? addressOf(section.endpoint ?? '') : undefined
    return probePuppet(
      { package: name, installed: isInstalled(name), ...(endpoint && { endpoint }) },
      signal,
    )
  },
} satisfies ConnectorKind<PuppetSection, typeof schema>

type Section = z.infer<typeof schema>

const isService = ({ package: name }: Section) => name === null || name === servicePackage

function missingOfService({ endpoint, token }: Section) {
  const lacking: { readonly option: string; readonly why: string }[] = []
  if (endpoint === null || addressOf(endpoint) === undefined) {
    lacking.push({
      option: 'endpoint',
      why: 'expected the gateway as host:port; by the token alone a public server would be asked for it',
    })
  }
  if (token === null) lacking.push({ option: 'token', why: 'expected the token of the gateway' })
  return lacking
}

/** Undefined: it is no address. */
function addressOf(endpoint: string): { readonly host: string; readonly port: number } | undefined {
  const found = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(endpoint)
  const port = Number(found?.[2])
  return found && port > 0 && port < 65_536 ? { host: found[1] ?? '', port } : undefined
}

function isInstalled(name: string): boolean {
  try {
    return findPackageJSON(name, import.meta.url) !== undefined
  } catch {
    return false
  }
}

function absent(name: string): Error {
  const also = name === servicePackage ? '' : ' (with what it needs)'
  return misconfigured(
    `wechat.puppet: the npm package ${name} is not installed. It is optional; install it${also} where the bridge is: npm install ${name}`,
  )
}

async function optionsOf(
  section: PuppetSection,
  name: string,
  { log }: ConnectorPorts,
): Promise<PuppetOptions> {
  const service = name === servicePackage
  const { account, ids, maxFileBytes, maxReceivedBytes, timings, execArgv } = section
  return {
    package: name,
    service,
    entities: name === 'wechaty-puppet-wechat4u',
    options: service ? await serviceOptions(section, log) : section.options,
    ...(ids === 'session' && account !== null && { label: account }),
    maxFileBytes,
    maxReceivedBytes,
    ...(timings && { timings }),
    ...(execArgv && { execArgv }),
  }
}

async function serviceOptions(section: PuppetSection, log: ConnectorPorts['log']) {
  const [lacking] = missingOfService(section)
  if (lacking) throw misconfigured(`wechat.puppet.${lacking.option}: ${lacking.why}.`)
  const { token, caFile, serverName } = section
  const endpoint = section.endpoint ?? ''
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(addressOf(endpoint)?.host ?? '')
  const disable = section.tls === 'off' || (section.tls === 'auto' && isHere)
  if (disable && !isHere) {
    log.warn({}, 'Messages and the token go to the gateway unencrypted (wechat.puppet.tls is off)')
  }
  const caCert = caFile === null ? undefined : await certificates(caFile)
  // Said here, since the library would say the token with it.
  if (!disable && serverName === null && !/.+_/.test(token ?? '')) {
    throw misconfigured(
      "wechat.puppet.serverName: with TLS, expected the name in the gateway's certificate, or a token that begins with it and an underscore.",
    )
  }
  // A token without a name of a server in front is refused by the library, even where no certificate is looked at.
  const name = serverName ?? (disable && !/.+_/.test(token ?? '') ? 'insecure' : undefined)
  return {
    endpoint,
    token,
    tls: { disable, ...(caCert && { caCert }), ...(name && { serverName: name }) },
    ...section.options,
  }
}

async function certificates(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    throw misconfigured(`wechat.puppet.caFile: ${file} cannot be read.`, thrown)
  }
}
