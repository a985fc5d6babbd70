import { type Finding, note, ok, type Probed, problem } from '../../src/core/finding.ts'
import type { ProbePorts } from '../../src/ports/connector-kind.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { GatewayClient } from './client.ts'
import { GatewayFault } from './faults.ts'
import { capabilities, login, type WireLogin } from './wire.ts'

/** Is the gateway there, does it take our signature, and is anybody logged in? No login is begun. */
export async function probeHttp(
  { gateway, secret }: { readonly gateway: string; readonly secret: string },
  { clock, signal }: ProbePorts,
): Promise<Probed> {
  const client = new GatewayClient(gateway, secret, clock, silent)
  // Whoever asks says how long, by the signal.
  const question = { method: 'GET', patienceMs: 600_000 } as const
  try {
    await client.ask({ ...question, path: '/v1/capabilities' }, capabilities, signal)
    const there = ok(
      `网关 ${gateway} 在，并且接受签名`,
      `The gateway ${gateway} is there, and takes the signature`,
    )
    const stands = await client.ask({ ...question, path: '/v1/login' }, login, signal)
    return { findings: [there, standing(stands)], clocks: [] }
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof GatewayFault)) throw thrown
    return { findings: [faulty(gateway, thrown)], clocks: [] }
  } finally {
    await client.close()
  }
}

function standing(stands: WireLogin): Finding {
  if (stands.state === 'online') {
    return ok('网关：微信已登录', 'The gateway: WeChat is logged in')
  }
  return note({
    zh: '网关：微信还没有登录。',
    en: 'The gateway: WeChat is not logged in.',
  })
}

function faulty(gateway: string, { kind, status, error }: GatewayFault): Finding {
  if (kind === 'status' && status === 401) {
    return problem(
      {
        zh: `网关 ${gateway} 不接受桥的签名。`,
        en: `The gateway ${gateway} does not take the bridge's signature.`,
      },
      {
        zh: '两边的 wechat.http.secret 要一样，两边的时钟相差不能超过五分钟。',
        en: 'wechat.http.secret must be the same on both sides, and the clocks no more than five minutes apart.',
      },
    )
  }
  if (kind === 'status' || kind === 'garbage') {
    const what = status === undefined ? '' : ` (HTTP ${status}${error ? ` ${error}` : ''})`
    return problem(
      {
        zh: `${gateway} 上回答的不像一个网关${what}。`,
        en: `What answers at ${gateway} does not speak the protocol of a gateway${what}.`,
      },
      {
        zh: '看看 wechat.http.gateway 是否写对，网关是否说 docs/connector-http.md 里的协议。',
        en: 'See whether wechat.http.gateway is right, and the gateway speaks what docs/connector-http.md says.',
      },
    )
  }
  return problem(
    {
      zh: `连不上网关 ${gateway}（${kind}）。`,
      en: `The gateway ${gateway} cannot be reached (${kind}).`,
    },
    {
      zh: '启动网关，或改正 wechat.http.gateway。',
      en: 'Start the gateway, or mend wechat.http.gateway.',
    },
  )
}

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
