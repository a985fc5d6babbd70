import { connect, createServer } from 'node:net'
import { type Config, telegramIsOn } from '../../../config/schema.ts'
import { type Finding, ok, problem } from '../../core/finding.ts'
import type { ConnectorKind } from '../../ports/connector-kind.ts'
import type { Check } from './check.ts'
import { waysOf } from './ways.ts'

/** Somewhere the bridge listens. */
export interface Place {
  /** The option that says so. */
  readonly option: string
  readonly host: string
  readonly port: number
}

/** Where the bridge listens, as configured. Port 0 is any free one. */
export function placesOf(config: Config, kinds: readonly ConnectorKind[]): readonly Place[] {
  const { matrix, monitor, telegram, web } = config
  const { host, port, url } = telegram.webhook
  return [
    ...(web.enabled ? [{ option: 'web.port', host: web.host, port: web.port }] : []),
    ...(matrix.enabled ? [{ option: 'matrix.listen.port', ...matrix.listen }] : []),
    ...(telegramIsOn(config) && url !== null
      ? [{ option: 'telegram.webhook.port', host, port }]
      : []),
    ...(monitor.port === null
      ? []
      : [{ option: 'monitor.port', host: monitor.host, port: monitor.port }]),
    ...waysOf(config, kinds).flatMap(({ option, kind, options }) => {
      const at = kind.listens?.(options)
      return at ? [{ option: `${option}.listen`, ...at }] : []
    }),
  ].filter((place) => place.port !== 0)
}

/** Is a place free for a bridge that does not run, or held by the one that does? */
export const placeCheck = (place: Place, isAlive: boolean): Check => ({
  name: { zh: `端口 ${place.port}`, en: `Port ${place.port}` },
  async run(signal) {
    const { option, host, port } = place
    if (isAlive) {
      if (await answers(place, signal)) {
        return [
          ok(`端口 ${port}（${option}）：桥在用`, `Port ${port} (${option}): the bridge has it`),
        ]
      }
      return [notHeld(place)]
    }
    const code = await whyNotFree(place)
    if (code === undefined) {
      return [ok(`端口 ${port}（${option}）：空闲`, `Port ${port} (${option}): free`)]
    }
    return [code === 'EADDRINUSE' ? taken(place) : cannot(place, code, host)]
  },
})

/** The system's word for why nobody can listen there now. Undefined: it is free. */
export function whyNotFree({
  host,
  port,
}: Pick<Place, 'host' | 'port'>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? String(error)))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

function answers({ host, port }: Place, signal: AbortSignal): Promise<boolean> {
  // What listens everywhere listens on this machine's own address too.
  const to = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return new Promise((resolve) => {
    const socket = connect(port, to)
    const end = (found: boolean) => {
      socket.destroy()
      resolve(found)
    }
    signal.addEventListener('abort', () => end(false), { once: true })
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

const taken = ({ option, host, port }: Place): Finding =>
  problem(
    {
      zh: `端口 ${port}（${option}）已经被别的程序占用。`,
      en: `Port ${port} (${option}) is taken by another program.`,
    },
    {
      zh: `停掉那个程序（ss -ltnp 'sport = :${port}'），或给 ${option} 换一个。也可能是另一个桥，比如沙盒。`,
      en: `Stop it (ss -ltnp 'sport = :${port}' shows it), or choose another ${option}. It may be another bridge on ${host}, like the sandbox.`,
    },
  )

function cannot({ option, port }: Place, code: string, host: string): Finding {
  const foreign = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
  return problem(
    {
      zh: `不能在 ${host}:${port}（${option}）上监听（${code}）。`,
      en: `Nobody can listen on ${host}:${port} (${option}) here (${code}).`,
    },
    foreign
      ? {
          zh: `${host} 不是这台机器的地址：换成 127.0.0.1，或 0.0.0.0（对网络打开）。`,
          en: `${host} is no address of this machine: name 127.0.0.1, or 0.0.0.0, which is open to the network.`,
        }
      : {
          zh: `给 ${option} 换一个 1024 以上的端口。`,
          en: `Choose another ${option}, above 1024.`,
        },
  )
}

const notHeld = ({ option, port }: Place): Finding =>
  problem(
    {
      zh: `桥在运行，但没有在端口 ${port}（${option}）上监听。`,
      en: `The bridge runs, and does not listen on port ${port} (${option}).`,
    },
    {
      zh: '它大概是用另一份配置启动的，或正在启动：重启它，或看它的日志。',
      en: 'Most likely it was started with another configuration, or is just starting: restart it, or look at its log.',
    },
  )
