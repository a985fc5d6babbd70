import { request } from 'undici'
import { clockSeen, ok, type Probed, problem, whyUnreached } from '../../src/core/finding.ts'
import type { ProbePorts } from '../../src/ports/connector-kind.ts'

/** Is web WeChat's login server there? No code is asked for. */
export async function probeWeb(
  { loginBase, userAgent }: { readonly loginBase: string; readonly userAgent: string },
  { clock, signal }: ProbePorts,
): Promise<Probed> {
  const { host } = new URL(loginBase)
  try {
    const answer = await request(loginBase, {
      method: 'GET',
      headers: { 'user-agent': userAgent },
      signal,
    })
    const clocks = clockSeen(host, answer.headers.date, clock.now())
    // What is in there does not matter, nor that it is cut off.
    answer.body.on('error', () => undefined).destroy()
    const findings = [ok(`微信网页版：${host} 连得上`, `Web WeChat: ${host} is there`)]
    return { findings, clocks }
  } catch (thrown) {
    signal.throwIfAborted()
    const code = whyUnreached(thrown)
    const unreached = problem(
      {
        zh: `微信网页版：连不上 ${host}（${code}）。`,
        en: `Web WeChat: ${host} cannot be reached (${code}).`,
      },
      {
        zh: '看看这台机器能不能上网、能不能解析这个名字，以及 wechat.web.loginBase 是否写对。',
        en: 'See whether this machine is online and can look up that name, and whether wechat.web.loginBase is right.',
      },
    )
    return { findings: [unreached], clocks: [] }
  }
}
