/** What strangers can bring about as often as they like must not fill a log: it is told once in a while, with a count. */
export interface Seldom {
  /** It happened once more. How often it has since it was last told, this time with it; undefined: not to be told now. */
  again(now: number): number | undefined
}

/** The first time is told at once, all of the next `everyMs` with the first that comes after. `now` never goes back. */
export function createSeldom(everyMs = 60_000): Seldom {
  let next = Number.NEGATIVE_INFINITY
  let untold = 0
  return {
    again(now) {
      untold++
      if (now < next) return undefined
      const times = untold
      untold = 0
      next = now + everyMs
      return times
    },
  }
}
