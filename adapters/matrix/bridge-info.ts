import type { PortalId } from '../../src/core/ids.ts'
import type { Json } from './json.ts'

/** What clients show as "bridged from" (MSC2346). The portal stands for the chat, whose id is nobody's business. */
export interface Bridged {
  readonly portal: PortalId
  readonly bot: string
  readonly owner: string
  /** What WeChat is called. */
  readonly network: string
  /** What the chat is called, and its picture. */
  readonly name: string
  readonly mxc?: string | undefined
}

/** The one that was agreed on, and the one that most clients read. */
export const bridgeTypes = ['m.bridge', 'uk.half-shot.bridge'] as const

export const bridgeKey = (portal: PortalId): string => `net.wechat-bridge/${portal}`

export function bridgeInfo({ portal, bot, owner, network, name, mxc }: Bridged): Json {
  return {
    bridgebot: bot,
    creator: owner,
    protocol: { id: 'wechat', displayname: network, external_url: 'https://weixin.qq.com/' },
    channel: { id: portal, displayname: name, ...(mxc !== undefined && { avatar_url: mxc }) },
  }
}

/** Who in a direct chat is neither of the two: clients leave them out where they name the room. */
export const servants = (...users: readonly string[]): Json => ({ service_members: users })
export const servantsType = 'io.element.functional_members'
