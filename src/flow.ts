import type { Flow } from '../adapters/web/options.ts'
import type { DoorLine } from './bridge/doors-at-work.ts'
import type { Archive } from './ports/archive.ts'
import type { Clock } from './ports/clock.ts'

/**
 * How the lines towards WeChat go on. Nothing is known while nobody is logged in. Of several, what takes longest is told.
 */
export async function flowOf(
  lines: readonly DoorLine[],
  archive: Pick<Archive, 'lanes'>,
  clock: Pick<Clock, 'now'>,
  isOnly = lines.length === 1,
): Promise<Flow> {
  if (lines.length === 0) return {}
  const all = await archive.lanes()
  const now = clock.now()
  const each = lines.map(({ lane, view }) => {
    const { pausedUntil = 0 } = view.allowance()
    // Where there is but one, what waits for others counts too: it is all there is to wait for.
    const its = all.filter((one) => (isOnly ? one.lane.startsWith('wechat/') : one.lane === lane))
    const waiting = its.reduce((sum, { queued }) => sum + queued, 0)
    const goes = waiting > 0 && view.closed() !== 'offline'
    return { pausedUntil, emptyAt: goes ? now + view.estimate(waiting) : 0 }
  })
  const pausedUntil = Math.max(...each.map((one) => one.pausedUntil))
  const emptyAt = Math.max(...each.map((one) => one.emptyAt))
  return {
    ...(pausedUntil > now && { pausedUntil }),
    ...(emptyAt > 0 && { emptyAt }),
  }
}
