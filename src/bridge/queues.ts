import type { Lane } from '../core/ids.ts'
import type { Log } from '../ports/telemetry.ts'
import type { Pause, Queues, QueueView } from './queue-view.ts'

/** The lines towards WeChat, for those who want to know how they stand. */
export function createQueues(log: Log): Queues & {
  add(lane: Lane, view: QueueView): void
  /** Resolves when all listeners are through. Never rejects. */
  paused(pause: Pause): Promise<void>
} {
  const views = new Map<Lane, QueueView>()
  const listeners: ((pause: Pause) => Promise<void>)[] = []
  return {
    of: (lane) => views.get(lane),
    onPause: (listener) => void listeners.push(listener),
    add: (lane, view) => void views.set(lane, view),
    async paused(pause) {
      for (const listener of listeners) {
        try {
          await listener(pause)
        } catch (error) {
          log.error({ lane: pause.lane, error: String(error) }, 'a back-off was not told')
        }
      }
    },
  }
}
