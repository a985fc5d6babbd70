import type { Database } from '../adapters/sql/open.ts'
import type { WeChatWebOptions } from '../adapters/wechat-web/connector.ts'
import { sandbox } from '../config/kinds.ts'
import type { Config } from '../config/schema.ts'
import type { ConnectorKind } from './ports/connector-kind.ts'
import type { WeChatConnector } from './ports/wechat.ts'
import { configError, type Tools } from './seats.ts'

export interface WeChatHow {
  readonly kinds: readonly ConnectorKind[]
  /** Where a login begins, where it is not as configured. */
  readonly loginBase: string | undefined
  readonly timings: WeChatWebOptions['timeouts']
}

/** The way into WeChat as configured. Rejects with a BridgeError of code `config` where it cannot be used. */
export async function weChat(
  { wechat }: Config,
  database: Database,
  { clock, log, trace }: Tools,
  { kinds, loginBase, timings }: WeChatHow,
): Promise<WeChatConnector> {
  const isSandbox = wechat.connector === sandbox
  const name = isSandbox ? 'web' : wechat.connector
  const kind = kinds.find((each) => each.name === name)
  if (!kind) throw configError(`wechat.connector: there is no ${name}`)
  const options = {
    ...(wechat.sections[name] as object),
    ...(loginBase !== undefined && { loginBase }),
    // The sandbox's accounts are nobody's.
    ...(isSandbox && { acceptRisk: true }),
    ...(timings && { timeouts: timings }),
  }
  return kind.create(options, {
    vault: database.vault(`wechat-${name}`),
    clock,
    random: Math.random,
    log,
    ...(trace && { trace }),
  })
}
