import type { Person } from './person.ts'
import type { AccountReading, LaneReading, Readings } from './ports/health.ts'

/** What is read of a person's part of the bridge. */
export type Read = Pick<Person, 'bridge' | 'database' | 'mediaBytes'>

/**
 * Reads what machines want to know, at `now` (milliseconds). The accounts are those of the first person; everything else
 * is of all who live here together, as nobody could tell whose it is without being told who there is.
 */
export async function readingsOf(
  first: Read,
  others: readonly Read[],
  now: number,
): Promise<Readings> {
  const all = await Promise.all([first, ...others].map((each) => readOne(each, now)))
  const sizes = [first, ...others].map(({ mediaBytes }) => mediaBytes())
  const counted = sizes.filter((size) => size !== undefined)
  return {
    lanes: joined(all.flatMap(({ lanes }) => lanes)),
    accounts: accountsOf(first),
    letters: all.reduce((sum, { letters }) => sum + letters, 0),
    ...(counted.length === sizes.length && {
      mediaBytes: counted.reduce((sum, size) => sum + size, 0),
    }),
  }
}

/** Every lane that runs, or has work. */
async function readOne({ bridge, database: { archive } }: Read, now: number) {
  const { lanes, nameOf } = bridge()
  const running = lanes().map(
    (lane): LaneReading => ({
      lane: lane.name,
      depth: 0,
      oldestMs: 0,
      ...(lane.state === 'held' && { epoch: lane.epoch }),
    }),
  )
  const working = (await archive.lanes()).map(
    ({ lane, queued, since }): LaneReading => ({
      lane: nameOf(lane),
      depth: queued,
      oldestMs: now - since,
    }),
  )
  return { lanes: [...running, ...working], letters: (await archive.depth()).dead }
}

/** One line for each name: what waits in all of them together, and the latest owner. */
function joined(lanes: readonly LaneReading[]): readonly LaneReading[] {
  const all = new Map<string, LaneReading>()
  for (const one of lanes) {
    const known = all.get(one.lane)
    const epochs = [one.epoch, known?.epoch].filter((epoch) => epoch !== undefined)
    all.set(one.lane, {
      lane: one.lane,
      depth: one.depth + (known?.depth ?? 0),
      // Never less than nothing: the clock may have been set back since.
      oldestMs: Math.max(one.oldestMs, known?.oldestMs ?? 0),
      ...(epochs.length > 0 && { epoch: Math.max(...epochs) }),
    })
  }
  return [...all.values()]
}

const accountsOf = ({ bridge }: Read): readonly AccountReading[] =>
  bridge()
    .doors()
    .map(({ id, login }) => ({ account: id, state: login.state }))
