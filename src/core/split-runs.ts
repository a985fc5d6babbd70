import type { Rich, Run } from './runs.ts'
import { split } from './split.ts'

/** A part is filled to at least this share before a run is cut for it; less than that is not worth the cut. */
const worthCutting = 0.3

/**
 * Runs as parts of at most `limit` UTF-16 units, each with its formatting; an address counts as well, as hubs may have to
 * show it. A name, a link or what is quoted is not cut as long as it fits into a part of its own.
 */
export function splitRuns(rich: Rich, limit: number): readonly Rich[] {
  const parts: Rich[] = []
  let runs: Run[] = []
  let room = limit
  const close = () => {
    if (runs.length > 0) parts.push(runs)
    runs = []
    room = limit
  }
  for (const run of rich) {
    const beside = run.href ? run.href.length + 3 : 0
    for (let rest = run.text; rest !== ''; ) {
      if (rest.length + beside <= room) {
        runs.push({ ...run, text: rest })
        room -= rest.length + beside
        break
      }
      const fits = rest.length <= limit && (run.quote || run.mention !== undefined)
      const isWhole = beside > 0 || fits || rest.length <= limit / 2
      if (runs.length > 0 && (isWhole || room < limit * worthCutting)) {
        close()
        continue
      }
      const [piece = rest] = split(rest, room)
      runs.push({ ...run, text: piece })
      rest = rest.slice(piece.length)
      close()
    }
  }
  close()
  return parts
}
