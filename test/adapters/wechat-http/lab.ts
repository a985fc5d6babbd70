import {
  createWeChatHttp,
  type WeChatHttpOptions,
} from '../../../adapters/wechat-http/connector.ts'
import type { Log } from '../../../src/ports/telemetry.ts'
import type { Vault } from '../../../src/ports/vault.ts'
import { realClock } from '../../support/ports.ts'

export const secret = 'sixteen letters!'

export const options = {
  secret,
  mediaHosts: [],
  maxMediaBytes: 50_000_000,
  maxText: 2000,
  maxImageBytes: 20_000_000,
  maxVideoBytes: 20_000_000,
  maxFileBytes: 20_000_000,
  timings: { beatMs: 300, firstPauseMs: 100, lastPauseMs: 400, pollMs: 2000, askMs: 3000 },
} satisfies Partial<WeChatHttpOptions>

export function connectorTo(
  more: Pick<WeChatHttpOptions, 'gateway'> & Partial<WeChatHttpOptions>,
  vault: Vault,
  log: Log,
) {
  const ports = { vault, log, clock: realClock, random: Math.random }
  return createWeChatHttp({ ...options, ...more }, ports)
}
