import type { Context } from 'hono'
import type { Clock } from '../../src/ports/clock.ts'
import type { Health } from './options.ts'

/** How long an answer holds, in milliseconds: nobody needs a login to ask, and each question costs the store. */
const holds = 1000

type Found = Pick<Health, 'ok' | 'ready'>

/** Answers `/healthz` and `/readyz`; what both say comes from one look at most a second. */
export function healthRoute(look: () => Promise<Health>, clock: Clock) {
  let found: { readonly at: number; readonly health: Found } | undefined
  let looking: Promise<Found> | undefined
  const ask = async (): Promise<Found> => {
    const age = found ? clock.now() - found.at : -1
    if (found && age >= 0 && age < holds) return found.health
    looking ??= look()
      .catch(() => ({ ok: false, ready: false }))
      .then((health) => {
        found = { at: clock.now(), health }
        looking = undefined
        return health
      })
    return looking
  }
  return (part: 'ok' | 'ready') => async (c: Context) => {
    const health = await ask()
    return c.json({ [part]: health[part] }, health[part] ? 200 : 503)
  }
}
