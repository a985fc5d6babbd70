import { connect } from 'node:net'
import { type Finding, ok, type Probed, problem } from '../../src/core/finding.ts'

/** What a puppet needs to be there. */
export interface Needed {
  readonly package: string
  readonly installed: boolean
  /** Where its gateway is, if it has one. */
  readonly endpoint?: { readonly host: string; readonly port: number }
}

/** Is the package installed, and does anybody take calls where the gateway should be? It is not spoken to. */
export async function probePuppet(needed: Needed, signal: AbortSignal): Promise<Probed> {
  if (!needed.installed) return { findings: [absent(needed.package)], clocks: [] }
  const installed = ok(
    `Wechaty：${needed.package} 已安装`,
    `Wechaty: ${needed.package} is installed`,
  )
  if (!needed.endpoint) return { findings: [installed], clocks: [] }
  const { host, port } = needed.endpoint
  const code = await whyNot(host, port, signal)
  const gateway =
    code === undefined
      ? ok(`Wechaty：网关 ${host}:${port} 连得上`, `Wechaty: the gateway ${host}:${port} is there`)
      : away(`${host}:${port}`, code)
  return { findings: [installed, gateway], clocks: [] }
}

/** The system's word for why there is no connection. Undefined: there is. */
function whyNot(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port })
    const stop = () => {
      socket.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name))
  })
}

const absent = (name: string): Finding =>
  problem(
    {
      zh: `Wechaty：没有安装 npm 包 ${name}。`,
      en: `Wechaty: the npm package ${name} is not installed.`,
    },
    {
      zh: `在桥所在的文件夹里安装：npm install ${name}`,
      en: `Install it where the bridge is: npm install ${name}`,
    },
  )

const away = (where: string, code: string): Finding =>
  problem(
    {
      zh: `Wechaty：连不上网关 ${where}（${code}）。`,
      en: `Wechaty: the gateway ${where} cannot be reached (${code}).`,
    },
    {
      zh: '启动网关，或改正 wechat.puppet.endpoint。',
      en: 'Start the gateway, or mend wechat.puppet.endpoint.',
    },
  )
