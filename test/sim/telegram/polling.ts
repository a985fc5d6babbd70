import type { Update } from '@grammyjs/types'
import { ApiError, bad, type Call } from './method.ts'
import { int, list, text } from './params.ts'
import type { Updates } from './updates.ts'

/** Asking for updates: one at a time, and never beside a webhook (real-parts §4 point 2). */
export interface Polling {
  /** `gone` aborts when the client has hung up. */
  getUpdates(call: Call, gone: AbortSignal): Promise<readonly Update[]>
  /** Ends a question that is held open, with 409 and this description. */
  end(why: string): void
}

/** Telegram holds a question open for so long at most. */
const longestSeconds = 50

export function createPolling(updates: Updates, hasWebhook: () => boolean): Polling {
  let end: (why: string) => void = () => undefined
  return {
    end: (why) => end(why),

    async getUpdates(call, gone) {
      if (hasWebhook())
        throw conflict(
          "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
      const asked = read(call)
      end('terminated by other getUpdates request; make sure that only one bot instance is running')
      if (asked.kinds) updates.allow(asked.kinds)
      settle(updates, asked.offset)
      const found = take(updates, asked.limit)
      if (found.length || asked.seconds === 0) return found
      await held(asked.seconds * 1000, gone)
      return gone.aborted ? [] : take(updates, asked.limit)
    },
  }

  /** Resolves when there is something, or when the time is over; rejects when somebody else asks. */
  function held(ms: number, gone: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (finish: () => void) => () => {
        clearTimeout(timer)
        unlisten()
        gone.removeEventListener('abort', leave)
        end = () => undefined
        finish()
      }
      const leave = over(resolve)
      const timer = setTimeout(leave, ms)
      const unlisten = updates.listen(leave)
      gone.addEventListener('abort', leave)
      end = (why) => over(() => reject(conflict(why)))()
      if (gone.aborted) leave()
    })
  }
}

interface Asked {
  readonly offset: number
  readonly limit: number
  readonly seconds: number
  readonly kinds: readonly string[] | undefined
}

function read(call: Call): Asked {
  return {
    offset: int(call, 'offset') ?? 0,
    limit: between(int(call, 'limit') ?? 100, 1, 100),
    seconds: between(int(call, 'timeout') ?? 0, 0, longestSeconds),
    kinds: kindsOf(call),
  }
}

/** `allowed_updates` of a call. Undefined: as before. */
export function kindsOf(call: Call): readonly string[] | undefined {
  if (text(call, 'allowed_updates') === undefined) return undefined
  const kinds = list(call, 'allowed_updates') ?? []
  if (!kinds.every((kind) => typeof kind === 'string'))
    throw bad("can't parse allowed updates: expected an Array of String")
  return kinds
}

/** A negative offset keeps that many of the newest, and forgets the rest. */
function settle(updates: Updates, offset: number): void {
  if (offset > 0) updates.confirm(offset)
  if (offset >= 0) return
  const first = updates.pending().at(offset)
  if (first) updates.confirm(first.update.update_id)
}

function take(updates: Updates, limit: number): readonly Update[] {
  const taken = updates.pending().slice(0, limit)
  for (const pending of taken) if (pending.again) updates.done(pending)
  return taken.map(({ update }) => update)
}

const between = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value))

const conflict = (why: string): ApiError => new ApiError(409, `Conflict: ${why}`)
