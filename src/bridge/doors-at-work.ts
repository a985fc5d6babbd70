import { BridgeError, toBridgeError } from '../core/errors.ts'
import type { Lane } from '../core/ids.ts'
import { accountId, weChatLane } from '../core/ids.ts'
import type { Login, WeChatSink } from '../ports/wechat.ts'
import type { Doors, OpenDoor } from './doors.ts'
import type { Download } from './keeping.ts'
import type { Parts } from './parts.ts'
import type { Queues, QueueView } from './queue-view.ts'

/** The line of the account that is online through a door. */
export interface DoorLine {
  readonly door: string
  readonly lane: Lane
  readonly view: QueueView
}

/**
 * Runs all connectors until the signal aborts. One that cannot go on is said to be offline, and the others go on; rejects
 * when that is true of all.
 */
export async function runDoors(
  { log }: Pick<Parts, 'log'>,
  doors: readonly OpenDoor[],
  sinkOf: (door: OpenDoor) => WeChatSink,
  signal: AbortSignal,
): Promise<void> {
  let running = doors.length
  const ends = await Promise.allSettled(
    doors.map(async (door) => {
      const sink = sinkOf(door)
      try {
        await door.connector.run(sink, signal)
      } catch (thrown) {
        running -= 1
        if (running === 0 || signal.aborted) throw thrown
        const { message } = toBridgeError(thrown)
        log.error({ door: door.id, reason: message }, 'a door cannot go on; the others do')
        await sink.login(ended(message)).catch((error: unknown) => {
          log.error({ door: door.id, error: String(error) }, 'that a door ended was not told')
        })
      }
    }),
  )
  // None is left running while what it uses is closed.
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}

const ended = (detail: string): Login => ({
  state: 'offline',
  reason: 'unreachable',
  detail,
  relogin: false,
})

/** What gets the bytes of an account, whose media are `source`. */
export function downloadAt(doors: Pick<Doors, 'of' | 'isHomeless'>, source: string): Download {
  const account = accountId(source.slice('wechat/'.length))
  return async (media, signal) => {
    if (!doors.isHomeless(account)) return doors.of(account).connector.download(media, signal)
    // It may be configured again, or another door may log in as this account.
    throw new BridgeError('The door this came through is not configured any more.', {
      code: 'session',
      heal: 'relogin',
      certain: true,
    })
  }
}

/** The lines towards WeChat of those that are online. */
export function linesOf(
  { all }: Pick<Doors, 'all'>,
  queues: Pick<Queues, 'of'>,
): readonly DoorLine[] {
  return all.flatMap(({ id, login }): DoorLine[] => {
    const now = login()
    if (now.state !== 'online') return []
    const lane = weChatLane(now.account)
    const view = queues.of(lane)
    return view ? [{ door: id, lane, view }] : []
  })
}
