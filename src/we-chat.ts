import type { Database } from '../adapters/sql/open.ts'
import { createWeChatWeb, type WeChatWebOptions } from '../adapters/wechat-web/connector.ts'
import { officialExtspam } from '../adapters/wechat-web/uos.ts'
import type { Config } from '../config/schema.ts'
import type { WeChatConnector } from './ports/wechat.ts'
import type { Tools } from './seats.ts'

export interface WeChatHow {
  /** Must a person accept what web login may cost? The sandbox's accounts are nobody's. */
  readonly risk: boolean
  readonly timings: WeChatWebOptions['timeouts']
}

/** Web WeChat as configured, or the sandbox at `loginBase`. */
export function weChat(
  config: Config,
  database: Database,
  { clock, log, trace }: Tools,
  loginBase: string | undefined,
  { risk, timings }: WeChatHow,
): WeChatConnector {
  const { web } = config.wechat
  const { qrBase, entryBase, fileBase, pushBase } = web
  return createWeChatWeb(
    {
      loginBase: loginBase ?? web.loginBase,
      ...(qrBase !== null && { qrBase }),
      ...(entryBase !== null && { entryBase }),
      ...(fileBase !== null && { fileBase }),
      ...(pushBase !== null && { pushBase }),
      ...(web.desktop && {
        desktop: { clientVersion: web.clientVersion, extspam: web.extspam ?? officialExtspam },
      }),
      userAgent: web.userAgent,
      maxImageBytes: web.maxImageBytes,
      maxVideoBytes: web.maxVideoBytes,
      maxFileBytes: web.maxFileBytes,
      risk,
      ...(timings && { timeouts: timings }),
    },
    {
      vault: database.vault('wechat-web'),
      clock,
      random: Math.random,
      log,
      ...(trace && { trace }),
    },
  )
}
