import { request } from 'undici'
import {
  type ClockSeen,
  clockSeen,
  type Finding,
  ok,
  type Probed,
  problem,
  whyUnreached,
} from '../../src/core/finding.ts'
import type { ProbePorts } from '../../src/ports/connector-kind.ts'

/** Are the servers of the official bot there: that of the login, and that of pictures and files? No code is asked for. */
export async function probeIlink(
  { loginBase, cdnBase }: { readonly loginBase: string; readonly cdnBase: string },
  ports: ProbePorts,
): Promise<Probed> {
  const all = await Promise.all([
    tried('loginBase', loginBase, ports),
    tried('cdnBase', cdnBase, ports),
  ])
  return {
    findings: all.map(({ finding }) => finding),
    clocks: all.flatMap(({ clocks }) => clocks),
  }
}

async function tried(
  option: string,
  base: string,
  { clock, signal }: ProbePorts,
): Promise<{ readonly finding: Finding; readonly clocks: readonly ClockSeen[] }> {
  const { host } = new URL(base)
  try {
    // What it answers does not matter: that it does.
    const answer = await request(base, { method: 'GET', signal })
    const clocks = clockSeen(host, answer.headers.date, clock.now())
    // What is in there does not matter, nor that it is cut off.
    answer.body.on('error', () => undefined).destroy()
    return {
      finding: ok(`微信官方机器人：${host} 连得上`, `WeChat's official bot: ${host} is there`),
      clocks,
    }
  } catch (thrown) {
    signal.throwIfAborted()
    const code = whyUnreached(thrown)
    const finding = problem(
      {
        zh: `微信官方机器人：连不上 ${host}（${code}）。`,
        en: `WeChat's official bot: ${host} cannot be reached (${code}).`,
      },
      {
        zh: `看看这台机器能不能上网、能不能解析这个名字，以及 wechat.ilink.${option} 是否写对。`,
        en: `See whether this machine is online and can look up that name, and whether wechat.ilink.${option} is right.`,
      },
    )
    return { finding, clocks: [] }
  }
}
