import { toBridgeError } from '../../core/errors.ts'
import { type Finding, problem } from '../../core/finding.ts'
import type { Both } from '../../core/words.ts'

/** Something to be looked at, once. */
export interface Check {
  readonly name: Both
  /** How long it may take at least, in milliseconds, where it is more than usual; and what is said when that is not enough. */
  readonly patienceMs?: number
  readonly late?: Finding
  /** What it finds; a BridgeError it throws is a problem too, in its own words, which say what helps. */
  run(signal: AbortSignal): Promise<readonly Finding[]>
}

/** Never rejects: what takes longer than so many milliseconds, or fails by a fault of its own, is a problem that is told. */
export async function carriedOut(check: Check, usualMs: number): Promise<readonly Finding[]> {
  const ms = Math.max(usualMs, check.patienceMs ?? 0)
  const { name, late = tooLate(name, ms) } = check
  const signal = AbortSignal.timeout(ms)
  const over = Promise.withResolvers<readonly Finding[]>()
  signal.addEventListener('abort', () => over.resolve([late]), { once: true })
  try {
    return await Promise.race([check.run(signal), over.promise])
  } catch (thrown) {
    if (signal.aborted) return [late]
    const { failure, message } = toBridgeError(thrown)
    return [failure.code === 'bug' ? failed(name, message) : unwell(name, message)]
  }
}

const tooLate = ({ zh, en }: Both, ms: number): Finding =>
  problem(
    {
      zh: `${zh}：${ms / 1000} 秒内没有查完。`,
      en: `${en}: nothing came of it within ${ms / 1000} seconds.`,
    },
    {
      zh: '看看网络和磁盘，然后再试一次；--patience 秒数 可以多等一会儿。',
      en: 'Look at the network and the disk, and try again; --patience SECONDS waits longer.',
    },
  )

/** What somebody foresaw says its own cure. */
const unwell = ({ zh, en }: Both, why: string): Finding => ({
  level: 'problem',
  what: { zh: `${zh}：${why}`, en: `${en}: ${why}` },
})

const failed = ({ zh, en }: Both, why: string): Finding =>
  problem(
    { zh: `${zh}：没能检查（${why}）。`, en: `${en}: could not be checked (${why}).` },
    {
      zh: '这多半是桥自己的毛病，请报告它。',
      en: 'This is most likely a fault of the bridge: please report it.',
    },
  )
