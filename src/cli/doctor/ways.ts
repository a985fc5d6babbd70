import type { Config } from '../../../config/schema.ts'
import type { ConnectorKind } from '../../ports/connector-kind.ts'
import { mainDoor } from '../../we-chat.ts'

/** A way into WeChat, as configured. */
export interface Way {
  /** The name of its door. */
  readonly door: string
  /** Where its options stand. */
  readonly option: string
  readonly kind: ConnectorKind
  readonly options: unknown
}

/** The ways into WeChat as configured, the first one first. The sandbox is none. */
export function waysOf({ wechat }: Config, kinds: readonly ConnectorKind[]): readonly Way[] {
  const { connector, doors, sections } = wechat
  const all = [
    { door: mainDoor, option: `wechat.${connector}`, connector, options: sections[connector] },
    ...Object.entries(doors).map(([door, its]) => ({
      door,
      option: `wechat.doors.${door}.${its.connector}`,
      connector: its.connector,
      options: its.options,
    })),
  ]
  return all.flatMap(({ connector: name, ...way }) => {
    const kind = kinds.find((each) => each.name === name)
    return kind ? [{ ...way, kind }] : []
  })
}
