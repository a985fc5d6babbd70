import type { WeChatHttpOptions } from '../../../adapters/wechat-http/connector.ts'
import { Facts, type Running, runConnector } from '../../contract/connector/bench.ts'
import { freePort } from '../../support/free-port.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { FullGateway, type FullOptions, signed } from './full-gateway.ts'
import { type Garbler, garbler } from './garbler.ts'
import { connectorTo } from './lab.ts'

/** A gateway that can do everything, and a connector that is online through it. */
export interface Stage extends AsyncDisposable {
  readonly gateway: FullGateway
  readonly proxy: Garbler
  readonly bridge: string
  readonly log: ReturnType<typeof memoryLog>
  readonly vault: ReturnType<typeof memoryVault>
  readonly one: Running
  start(): Running
  post(body: unknown, more?: PostOptions): Promise<Answer>
}

export interface PostOptions {
  readonly headers?: Record<string, string>
  readonly time?: number
  readonly path?: string
  readonly method?: string
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

export async function stage(
  more: Partial<FullOptions> & { readonly options?: Partial<WeChatHttpOptions> } = {},
): Promise<Stage> {
  const port = await freePort()
  const bridge = `http://127.0.0.1:${port}`
  const { options, ...rest } = more
  const gateway = new FullGateway({ events: 'push', media_by: 'url', bridge, ...rest })
  gateway.login = { state: 'online', account: { id: 'wxid_me', name: '我' } }
  await gateway.start()
  const proxy = await garbler(() => gateway.port)
  const vault = memoryVault()
  const log = memoryLog()
  const at = { gateway: proxy.origin, listen: { host: '127.0.0.1', port }, ...options }
  const running: Running[] = []
  const start = () => {
    const one = runConnector(connectorTo(at, vault, log), new Facts())
    running.push(one)
    return one
  }
  const one = start()
  await until(() => one.facts.last()?.state === 'online', 'being online')
  await until(() => one.facts.chats.size >= 2, 'the chats')
  return {
    gateway,
    proxy,
    bridge,
    log,
    vault,
    one,
    start,
    async post(body, { headers, time, path = '/v1/events', method = 'POST' } = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const own = headers ?? signed(method, path, text, time)
      const answer = await fetch(`${bridge}${path}`, { method, body: text, headers: own })
      return { status: answer.status, text: await answer.text(), headers: answer.headers }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((each) => each.stop()))
      await gateway.close()
      await proxy.close()
    },
  }
}
