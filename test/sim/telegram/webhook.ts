import type { Update } from '@grammyjs/types'
import { Agent } from 'undici'
import { bad, type Call } from './method.ts'
import { bool, int, text } from './params.ts'
import { kindsOf, type Polling } from './polling.ts'
import type { SimClock } from './sim.ts'
import type { Pending, Updates } from './updates.ts'
import { type Delivery, deliver, type Target } from './webhook-delivery.ts'

/** Updates that are brought (real-parts §4 point 3). */
export interface Webhook {
  readonly isSet: boolean
  setWebhook(call: Call): true
  deleteWebhook(call: Call): true
  getWebhookInfo(): Record<string, unknown>
  /** Brings nothing until `resume`, which is also how it begins. */
  pause(): void
  resume(): void
}

export interface WebhookParts {
  readonly clock: SimClock
  readonly updates: Updates
  endPolling: Polling['end']
  /** Does what the answer to a delivery asks for. */
  reply(delivery: Delivery): void
}

/**
 * Waits between attempts, in real milliseconds: the first failure is tried again at once, then ever later. Telegram's are
 * whole seconds, and grow much longer.
 */
const firstWaitMs = 50
const longestWaitMs = 2000

interface Active extends Target {
  readonly agent: Agent
  /** Updates of one chat come one after the other, those of others beside them. */
  readonly lanes: Map<string, Lane>
  sending: number
}

interface Lane {
  busy: boolean
  fails: number
}

export function createWebhook({ clock, updates, endPolling, reply }: WebhookParts): Webhook {
  let active: Active | undefined
  let paused = true
  let lastError: { readonly date: number; readonly message: string } | undefined
  updates.listen(pump)

  return {
    get isSet() {
      return active !== undefined
    },

    setWebhook(call) {
      const url = text(call, 'url')
      const target = url === undefined ? undefined : targetOf(call, url)
      const kinds = kindsOf(call)
      if (kinds) updates.allow(kinds)
      if (bool(call, 'drop_pending_updates')) updates.clear()
      stop()
      lastError = undefined
      active = target && begun(target)
      if (active) endPolling('terminated by setWebhook request')
      pump()
      return true
    },

    deleteWebhook(call) {
      if (bool(call, 'drop_pending_updates')) updates.clear()
      stop()
      active = undefined
      lastError = undefined
      return true
    },

    getWebhookInfo: () => ({
      url: active?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: updates.pending().length,
      ...(active && { max_connections: active.connections, ip_address: '127.0.0.1' }),
      ...(lastError && { last_error_date: lastError.date, last_error_message: lastError.message }),
      ...(updates.allowed && { allowed_updates: updates.allowed }),
    }),

    pause() {
      paused = true
      stop()
      if (active) active = begun(active)
    },

    resume() {
      paused = false
      pump()
    },
  }

  /** What is under way is broken off, and still waits. */
  function stop(): void {
    void active?.agent.destroy()
  }

  /** Begins whatever may begin now. */
  function pump(): void {
    const hook = active
    if (!hook || paused) return
    for (const pending of updates.pending()) {
      if (hook.sending >= hook.connections) return
      const name = laneOf(pending.update)
      const lane = hook.lanes.get(name) ?? { busy: false, fails: 0 }
      if (lane.busy) continue
      hook.lanes.set(name, lane)
      void bring(hook, lane, pending)
    }
  }

  async function bring(hook: Active, lane: Lane, pending: Pending): Promise<void> {
    lane.busy = true
    hook.sending++
    const delivery = await deliver(hook, pending.update, hook.agent)
    hook.sending--
    if (hook !== active) return
    if (delivery.failed === undefined) {
      lane.busy = false
      lane.fails = 0
      updates.done(pending)
      reply(delivery)
    } else {
      lastError = { date: Math.floor(clock.now() / 1000), message: delivery.failed }
      const waitMs = delivery.retryAfterMs ?? backOff(lane.fails++)
      const again = () => {
        lane.busy = false
        pump()
      }
      setTimeout(again, waitMs).unref()
    }
    pump()
  }
}

const begun = ({ url, secret, connections }: Target): Active => ({
  url,
  ...(secret !== undefined && { secret }),
  connections,
  agent: new Agent({ connections }),
  lanes: new Map(),
  sending: 0,
})

const backOff = (fails: number): number =>
  fails === 0 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (fails - 1))

/** Who an update is about. */
function laneOf(update: Update): string {
  const { update_id, ...kinds } = update
  const about = Object.values(kinds)[0] as
    | { readonly chat?: { readonly id: number }; readonly from?: { readonly id: number } }
    | undefined
  return String(about?.chat?.id ?? about?.from?.id ?? update_id)
}

function targetOf(call: Call, url: string): Target {
  const secret = text(call, 'secret_token')
  if (secret !== undefined && secret.length > 256) throw bad('secret token is too long')
  if (secret !== undefined && !/^[\w-]+$/.test(secret))
    throw bad('secret token contains unallowed characters')
  const connections = Math.min(100, Math.max(1, int(call, 'max_connections') ?? 40))
  return { url: checked(url), connections, ...(secret !== undefined && { secret }) }
}

/** Plain HTTP only to this machine, which is where tests listen; and nothing outside of it can be found from here. */
function checked(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw bad('invalid webhook URL specified')
  if (['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname)) return url
  if (parsed.protocol === 'http:')
    throw bad('bad webhook: An HTTPS URL must be provided for webhook')
  throw bad('bad webhook: Failed to resolve host: Name or service not known')
}
