import type { ChatId } from './ids.ts'

/** A wait of `ms`, and up to `jitterMs` more, in milliseconds. */
export interface Gap {
  readonly ms: number
  readonly jitterMs: number
}

/** How fast one account may send (architecture §7): what people report as safe. */
export interface PaceRules {
  /** Between two sends to the same chat, and between two to different ones. */
  readonly sameChat: Gap
  readonly otherChat: Gap
  /** Before media, in addition. */
  readonly media: Gap
  /** Sends in any window of that length. */
  readonly perMinute: number
  readonly perHour: number
  readonly perDay: number
  /** For so long after the first login of an account the three above are multiplied by `share`. */
  readonly newcomer: { readonly forMs: number; readonly share: number }
}

/** One try to send that was begun: when (milliseconds), to whom, and whether it carried media. */
export interface Spent {
  readonly at: number
  readonly chat: ChatId
  readonly media: boolean
}

/** At most `cap` sends in any `ms`: from one moment up to, not including, the one `ms` later. */
interface Window {
  readonly ms: number
  readonly cap: number
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/**
 * When the next send may begin, at the earliest (not before `now`). `past` is what was begun, oldest first, none of it
 * after `now`; until `newUntil` the account counts as new. `random` in [0, 1) is drawn once for each send. All times are
 * milliseconds of one clock.
 */
export function earliest(
  rules: PaceRules,
  past: readonly Spent[],
  next: Pick<Spent, 'chat' | 'media'>,
  now: number,
  newUntil: number,
  random: number,
): number {
  const after = Math.max(now, afterGaps(rules, past, next, random))
  const asNew = afterWindows(binding(rules, true), past, after)
  if (asNew < newUntil) return asNew
  return Math.max(newUntil, afterWindows(binding(rules, false), past, after))
}

/**
 * In how many milliseconds the `place`-th next send may begin (1 is the very next), where `chats` chats take turns and
 * no jitter is out of the ordinary. Beyond some thousand sends it goes by their average.
 */
export function estimate(
  rules: PaceRules,
  past: readonly Spent[],
  place: number,
  chats: number,
  now: number,
  newUntil: number,
): number {
  const known = past.slice()
  const names = ['one', 'other'] as unknown as readonly [ChatId, ChatId]
  const steps = Math.max(1, Math.min(Math.ceil(place), 2_000))
  let at = now
  for (let step = 0; step < steps; step++) {
    const chat = names[chats > 1 ? step % 2 : 0] ?? names[0]
    at = earliest(rules, known, { chat, media: false }, at, newUntil, 0.5)
    known.push({ at, chat, media: false })
  }
  return Math.max(0, ((at - now) * Math.max(1, place)) / steps)
}

/** How many of `past` count in each window at `now`, and how many may. */
export function usedOf(
  rules: PaceRules,
  past: readonly Spent[],
  now: number,
  isNew: boolean,
): Readonly<Record<'minute' | 'hour' | 'day', { readonly used: number; readonly of: number }>> {
  const caps = capsOf(rules, isNew)
  const used = (ms: number) => past.length - firstAfter(past, now - ms)
  return {
    minute: { used: used(minute), of: caps.perMinute },
    hour: { used: used(hour), of: caps.perHour },
    day: { used: used(day), of: caps.perDay },
  }
}

/** For how long a send has to be remembered, in milliseconds: what is older holds up nothing any more. */
export function memoryMs(rules: PaceRules): number {
  const windows = [...binding(rules, true), ...binding(rules, false)].map(({ ms }) => ms)
  const longest = ({ ms, jitterMs }: Gap) => ms + jitterMs
  const gaps = Math.max(longest(rules.sameChat), longest(rules.otherChat)) + longest(rules.media)
  return Math.max(...windows, gaps)
}

/** Of `past` (oldest first) the first after `time`: its index. */
export function firstAfter(past: readonly Spent[], time: number): number {
  let low = 0
  let high = past.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((past[middle]?.at ?? 0) > time) high = middle
    else low = middle + 1
  }
  return low
}

function afterGaps(
  rules: PaceRules,
  past: readonly Spent[],
  next: Pick<Spent, 'chat' | 'media'>,
  random: number,
): number {
  const wait = ({ ms, jitterMs }: Gap) => ms + Math.round(jitterMs * random)
  const media = next.media ? wait(rules.media) : 0
  const last = past.at(-1)
  if (!last) return Number.NEGATIVE_INFINITY
  if (last.chat === next.chat) return last.at + wait(rules.sameChat) + media
  const other = last.at + wait(rules.otherChat) + media
  // Somebody may have configured a longer gap within a chat than between two.
  if (wait(rules.sameChat) <= wait(rules.otherChat)) return other
  const same = past.findLast(({ chat }) => chat === next.chat)
  return same ? Math.max(other, same.at + wait(rules.sameChat) + media) : other
}

function afterWindows(
  windows: readonly Window[],
  past: readonly Spent[],
  earliest: number,
): number {
  let at = earliest
  for (const { ms, cap } of windows) {
    const freed = past[past.length - cap]
    if (freed) at = Math.max(at, freed.at + ms)
  }
  return at
}

/** The windows that hold up anything: what the shorter ones make impossible need not be remembered. */
function binding(rules: PaceRules, isNew: boolean): readonly Window[] {
  const { perMinute, perHour, perDay } = capsOf(rules, isNew)
  const windows: Window[] = [{ ms: minute, cap: perMinute }]
  if (perHour < 60 * perMinute) windows.push({ ms: hour, cap: perHour })
  if (perDay < Math.min(24 * perHour, 24 * 60 * perMinute)) windows.push({ ms: day, cap: perDay })
  return windows
}

function capsOf(
  rules: PaceRules,
  isNew: boolean,
): Pick<PaceRules, 'perMinute' | 'perHour' | 'perDay'> {
  const share = isNew ? rules.newcomer.share : 1
  const of = (cap: number) => Math.max(1, Math.floor(cap * share))
  return {
    perMinute: of(rules.perMinute),
    perHour: of(rules.perHour),
    perDay: of(rules.perDay),
  }
}
