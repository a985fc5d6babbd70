import { backoff } from '../core/backoff.ts'
import type { PortalId } from '../core/ids.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { Login } from '../ports/wechat.ts'
import type { Parts } from './parts.ts'
import type { Rooms } from './rooms.ts'

/** Shows on one hub where the login stands. A state, not a message: only the latest is worth showing. */
export interface View {
  show(login: Login): void
  /** Whether the hub can show anything at all now. */
  gate(open: boolean): void
  /** Keeps the hub showing the latest state until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export function createView(
  { clock, random, log }: Parts,
  adapter: HubAdapter,
  rooms: Rooms,
  management: PortalId,
  first: Login,
): View {
  let wanted: Login = first
  let shown: Login | undefined
  let isOpen = true
  let changed: () => void = () => undefined

  return {
    show(login) {
      wanted = login
      changed()
    },

    gate(open) {
      isOpen = open
      changed()
    },

    async run(signal) {
      let failures = 0
      while (!signal.aborted) {
        if (!isOpen) {
          await nextChange(signal)
          continue
        }
        const login = wanted
        try {
          if (login !== shown) {
            await rooms.room(management, signal)
            await adapter.showLogin(login, signal)
            shown = login
          }
          failures = 0
          if (wanted === shown) await nextChange(signal)
        } catch (error) {
          if (signal.aborted) return
          const fields = { hub: adapter.id, state: login.state, error: String(error) }
          log.warn(fields, 'the login state cannot be shown yet')
          const over = new AbortController()
          const both = AbortSignal.any([signal, over.signal])
          const wait = clock.sleep(backoff(++failures, random()), both).catch(() => undefined)
          // A newer state is not held up by the failure of an older one.
          await Promise.race([wait, nextChange(both)])
          over.abort()
        }
      }
    },
  }

  function nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      changed = resolve
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}
