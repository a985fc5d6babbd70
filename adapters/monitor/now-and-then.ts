import type { Clock } from '../../src/ports/clock.ts'

/** How long an answer holds, in milliseconds: nobody needs a login to ask, and each question costs the store. */
const holdsMs = 1_000

/** Asks at most once a second, however many want to know; one question at a time. What fails is asked anew. */
export function nowAndThen<T>(ask: () => Promise<T>, clock: Pick<Clock, 'steady'>) {
  let found: { readonly at: number; readonly answer: T } | undefined
  let asking: Promise<T> | undefined
  return (): Promise<T> => {
    if (found && clock.steady() - found.at < holdsMs) return Promise.resolve(found.answer)
    asking ??= ask()
      .then((answer) => {
        found = { at: clock.steady(), answer }
        return answer
      })
      .finally(() => {
        asking = undefined
      })
    return asking
  }
}
