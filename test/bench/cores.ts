import { availableParallelism } from 'node:os'
import { execute } from '../support/execute.ts'

/** What `stage.say` is told when the cores could not be shared out. */
export type Shared = { readonly words: string }

/**
 * Gives a homeserver the first core and all others to this process and whatever it started beside it (`others`, by
 * pid). Python computes on one core at a time; where two processes wait for it, what is measured is the scheduler of
 * the machine: a program that only burns as much as the bridge does costs the raw side the same. It holds for both
 * sides of the comparison alike. Where there is no `taskset`, or one core only, everything stays as it is, and the
 * words say so.
 */
export async function ownCore(
  homeserver: number | undefined,
  others: readonly (number | undefined)[],
): Promise<Shared> {
  const cores = availableParallelism()
  if (cores < 2 || homeserver === undefined) return { words: 'all share one core' }
  const rest = cores === 2 ? '1' : `1-${cores - 1}`
  try {
    await pin('0', homeserver)
    for (const pid of [process.pid, ...others]) if (pid !== undefined) await pin(rest, pid)
  } catch {
    return { words: 'no taskset here: all share all cores' }
  }
  return { words: `the homeserver has core 0 to itself, all else ${rest}` }
}

/** All threads of a process; those it starts later follow. */
const pin = (cores: string, pid: number) =>
  execute('taskset', ['-a', '-c', '-p', cores, String(pid)])
