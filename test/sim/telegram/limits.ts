import { ApiError, type Call } from './method.ts'
import { json, text } from './params.ts'
import type { SimClock } from './sim.ts'

/**
 * How fast a bot may speak (real-parts §4 point 6, ecosystem §2.1), by the sim's clock:
 *
 * - a chat: one a second; four may come at once when it was quiet;
 * - a group: 20 in any minute, besides;
 * - everything together: 30 in any second.
 *
 * What is counted: `send*` that leave a message, copies and forwards, an album of n and a call with n messages as n.
 * Edits of messages count half in their chat and its minute, and whole in the second of everything; nobody outside
 * Telegram knows their price. Calls that are refused for another reason are not counted. Who goes too fast is refused
 * until `retry_after` has passed, whatever else happens meanwhile; asking in between does not make it longer.
 */
export interface Limits {
  /** Throws a 429. Returns how to take the count back, for a call that then comes to nothing. */
  admit(call: Call): () => void
}

const burst = 4
const group = { count: 20, perMs: 60_000, spareMs: 1000 }
const overall = { count: 30, perMs: 1000, spareMs: 100 }
/** Shorter ones Telegram hardly ever says of a single chat. */
const shortestChatMs = 3000

interface ChatState {
  tokens: number
  at: number
  readonly minute: Spent[]
  until: number
}

interface Spent {
  readonly at: number
  readonly cost: number
}

type Find = (id: string) => { readonly id: string; readonly group: boolean } | undefined

export function createLimits(clock: SimClock, find: Find): Limits {
  const chats = new Map<string, ChatState>()
  const second: Spent[] = []
  let until = 0

  return {
    admit(call) {
      const cost = costOf(call)
      const id = text(call, 'chat_id')
      if (!cost || id === undefined) return () => undefined
      const now = clock.now()
      const place = find(id) ?? { id, group: /^[-@]/.test(id) }
      const chat = stateOf(place.id, now)
      refuse(Math.max(until, chat.until), now)

      const all = wait(second, overall, cost.count, now)
      if (all > 0) until = now + all
      refuse(until, now)
      const own = Math.max(
        chat.tokens < Math.min(cost.weight, 1)
          ? Math.max(shortestChatMs, (1 - chat.tokens) * 1000)
          : 0,
        place.group ? wait(chat.minute, group, cost.weight, now) : 0,
      )
      if (own > 0) chat.until = now + own
      refuse(chat.until, now)

      const spent = { at: now, cost: cost.weight }
      const spentOfAll = { at: now, cost: cost.count }
      chat.tokens -= cost.weight
      chat.minute.push(spent)
      second.push(spentOfAll)
      return () => {
        chat.tokens = Math.min(burst, chat.tokens + cost.weight)
        remove(chat.minute, spent)
        remove(second, spentOfAll)
      }
    },
  }

  function stateOf(id: string, now: number): ChatState {
    const chat = chats.get(id) ?? { tokens: burst, at: now, minute: [], until: 0 }
    chats.set(id, chat)
    chat.tokens = Math.min(burst, chat.tokens + Math.max(0, now - chat.at) / 1000)
    chat.at = now
    return chat
  }
}

/** What a call counts: as messages, and in its chat. Undefined: nothing. */
function costOf(call: Call): { readonly count: number; readonly weight: number } | undefined {
  const { method } = call
  if (/^editMessage/.test(method)) return { count: 1, weight: 0.5 }
  if (method === 'sendChatAction' || !/^(send|copy|forward)[A-Z]/.test(method)) return undefined
  const count = Math.max(1, lengthOf(call, 'media'), lengthOf(call, 'message_ids'))
  return { count, weight: count }
}

/** Of a list; what is none counts as nothing here, and is the method's to refuse. */
function lengthOf(call: Call, name: string): number {
  try {
    const value = json(call, name)
    return Array.isArray(value) ? value.length : 0
  } catch {
    return 0
  }
}

/** How long until so much more fits into the window, in milliseconds; what never would is let in when it is empty. */
function wait(
  spent: Spent[],
  { count, perMs, spareMs }: typeof group,
  cost: number,
  now: number,
): number {
  while (spent[0] && spent[0].at <= now - perMs + spareMs) spent.shift()
  let sum = spent.reduce((total, one) => total + one.cost, 0)
  const room = Math.max(0, count - cost)
  for (const one of spent) {
    if (sum <= room) return 0
    sum -= one.cost
    if (sum <= room) return one.at + perMs - now
  }
  return 0
}

function refuse(until: number, now: number): void {
  if (until > now) throw flood(Math.ceil((until - now) / 1000))
}

/** 429, in Telegram's words. */
export const flood = (seconds: number): ApiError =>
  new ApiError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds })

function remove(list: Spent[], one: Spent): void {
  const at = list.indexOf(one)
  if (at >= 0) list.splice(at, 1)
}
