import { type PuppetSection, puppet } from '../../../adapters/wechat-puppet/kind.ts'
import type { ConnectorPorts } from '../../../src/ports/connector-kind.ts'
import type { Vault } from '../../../src/ports/vault.ts'
import type { WeChatConnector } from '../../../src/ports/wechat.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'

export const defaults: PuppetSection = {
  package: null,
  endpoint: null,
  token: null,
  tls: 'auto',
  caFile: null,
  serverName: null,
  options: {},
  ids: 'lasting',
  account: null,
  maxFileBytes: 104_857_600,
  maxReceivedBytes: 1_073_741_824,
}

export const fast = { ping: 1_000, answer: 5_000, echo: 2_000, retry: 500 }

export function ports(vault: Vault = memoryVault(), log = memoryLog()): ConnectorPorts {
  return { vault, clock: realClock, random: () => 0.2, log }
}

export function connectorTo(
  gateway: { readonly endpoint: string; readonly token: string },
  given: ConnectorPorts = ports(),
  more: Partial<PuppetSection> = {},
): Promise<WeChatConnector> {
  const { endpoint, token } = gateway
  return puppet.create({ ...defaults, endpoint, token, timings: fast, ...more }, given)
}
