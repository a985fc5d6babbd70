import type { Flow } from '../adapters/web/options.ts'
import type { QueueView } from './bridge/queue-view.ts'
import type { Archive } from './ports/archive.ts'
import type { Clock } from './ports/clock.ts'

/** How the line towards WeChat goes on. Nothing is known while nobody is logged in. */
export async function flowOf(
  line: QueueView | undefined,
  archive: Pick<Archive, 'lanes'>,
  clock: Pick<Clock, 'now'>,
): Promise<Flow> {
  if (!line) return {}
  const { pausedUntil } = line.allowance()
  const lanes = await archive.lanes()
  const waiting = lanes
    .filter(({ lane }) => lane.startsWith('wechat/'))
    .reduce((sum, { queued }) => sum + queued, 0)
  const goes = waiting > 0 && line.closed() !== 'offline'
  return {
    ...(pausedUntil !== undefined && pausedUntil > clock.now() && { pausedUntil }),
    ...(goes && { emptyAt: clock.now() + line.estimate(waiting) }),
  }
}
