import type { Database } from '../adapters/sql/open.ts'
import type { WebPorts } from '../adapters/web/options.ts'
import type { WeChatWebOptions } from '../adapters/wechat-web/connector.ts'
import { sandbox } from '../config/kinds.ts'
import type { Config } from '../config/schema.ts'
import type { Door } from './bridge/doors.ts'
import { BridgeError } from './core/errors.ts'
import type { ConnectorKind } from './ports/connector-kind.ts'
import type { DoorState } from './ports/doors.ts'
import { configError, type Tools } from './seats.ts'

export interface WeChatHow {
  readonly kinds: readonly ConnectorKind[]
  /** Where a login begins through the first door, where it is not as configured. */
  readonly loginBase: string | undefined
  readonly timings: WeChatWebOptions['timeouts']
}

/** The first door, which everyone has. Others are in `wechat.doors`. */
export const mainDoor = 'main'

/** The kind of connector behind the first door, as configured. */
export const mainKind = ({ wechat }: Config): string =>
  wechat.connector === sandbox ? 'web' : wechat.connector

/** The doors as the page shows them. */
export const doorViews = (
  { wechat }: Config,
  doors: readonly DoorState[],
): ReturnType<NonNullable<WebPorts['doors']>> =>
  doors.map(({ id, login }) => ({
    id,
    connector: id === mainDoor ? wechat.connector : (wechat.doors[id]?.connector ?? '?'),
    state: login.state,
    ...(login.state === 'online' && { name: login.me.name }),
  }))

/**
 * The ways into WeChat as configured, the first one first; each has a vault of its own. Rejects with a BridgeError of code
 * `config` where one cannot be used.
 */
export async function weChat(
  config: Config,
  database: Database,
  { clock, log, trace }: Tools,
  { kinds, loginBase, timings }: WeChatHow,
): Promise<readonly Door[]> {
  const { wechat } = config
  const isSandbox = wechat.connector === sandbox
  const main = mainKind(config)
  const section = {
    ...(wechat.sections[main] as object),
    ...(loginBase !== undefined && { loginBase }),
    // The sandbox's accounts are nobody's.
    ...(isSandbox && { acceptRisk: true }),
  }
  const doors: Door[] = [{ id: mainDoor, connector: await made('wechat.connector', main, section) }]
  for (const [id, { connector, options, alerts }] of Object.entries(wechat.doors)) {
    if (id === mainDoor)
      throw configError(`wechat.doors.${id}: this is what the first one is called`)
    const own = await made(`wechat.doors.${id}`, connector, options, id)
    doors.push({ id, connector: own, ...(alerts && { alerts }) })
  }
  return doors

  async function made(path: string, name: string, options: unknown, door?: string) {
    const kind = kinds.find((each) => each.name === name)
    if (!kind) throw configError(`${path}: there is no ${name}`)
    const vault = `wechat-${name}${door === undefined ? '' : `/${door}`}`
    const ports = {
      vault: database.vault(vault),
      clock,
      random: Math.random,
      log,
      ...(trace && { trace }),
    }
    try {
      return await kind.create(
        { ...(options as object), ...(timings && { timeouts: timings }) },
        ports,
      )
    } catch (error) {
      if (door === undefined || !(error instanceof BridgeError)) throw error
      throw new BridgeError(`${path}: ${error.message}`, error.failure, { cause: error })
    }
  }
}
