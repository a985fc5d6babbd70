import type { Point } from '../../src/ports/telemetry.ts'
import { Dice } from '../../src/sandbox/dice.ts'
import type { ProcessOptions } from './process.ts'

// What happens in a run of random kills, drawn from a seed before anything runs: a seed is the same plan again.

/** Something is said (`n` counts per place and direction, from 1), or what was said `back` messages ago is taken back. */
export type Act = { readonly towards: 'hub' | 'wechat'; readonly place: number } & (
  | { readonly kind: 'text' | 'quote' | 'picture' | 'file'; readonly n: number }
  | { readonly kind: 'recall'; readonly back: number }
)

/** How one life of the process ends. */
export type End =
  | { readonly how: 'point'; readonly kill: NonNullable<ProcessOptions['kill']> }
  /** So many milliseconds after its start. */
  | { readonly how: 'moment'; readonly ms: number }
  /** So many milliseconds after it was asked to stop. */
  | { readonly how: 'stop'; readonly ms: number }

export interface Plan {
  readonly acts: readonly Act[]
  /** The end of life number so and so. */
  end(life: number): End
}

/** How often each point is passed per message on the way to one side, about: 1, unless it is for something rarer. */
const points: Readonly<Record<'hub' | 'wechat', readonly (readonly [Point, number])[]>> = {
  hub: [
    ['beforeAccept', 1],
    ['afterAccept', 1],
    ['beforeSyncKey', 0.1],
    ['afterSyncKey', 0.1],
    ['afterRoom', 0.1],
    ['afterMedia', 0.03],
    ['forgetting', 0.01],
    ['afterSending', 1],
    ['afterSend', 1],
    ['beforeReceipt', 1],
    ['afterReceipt', 1],
  ],
  wechat: [
    ['beforeAccept', 1],
    ['afterAccept', 1],
    ['beforeConfirm', 1],
    ['afterConfirm', 1],
    ['afterMedia', 0.03],
    ['afterSending', 1],
    ['beforeCall', 1],
    ['afterCall', 1],
    ['afterSend', 1],
    ['beforeReceipt', 1],
    ['afterReceipt', 1],
  ],
}

export function planOf(seed: string, messages: number, kills: number, places: number): Plan {
  const dice = new Dice(`${seed} acts`)
  const counts = new Map<string, number>()
  const acts: Act[] = []
  for (let said = 0; said < messages; ) {
    const towards = dice.below(10) < 6 ? 'hub' : 'wechat'
    // A few chats are busy, and the others are not.
    const place = dice.below(dice.below(2) === 0 ? Math.min(4, places) : places)
    const line = `${towards} ${place}`
    const n = counts.get(line) ?? 0
    if (n > 5 && dice.below(60) === 0) {
      acts.push({ towards, place, kind: 'recall', back: dice.below(5) })
      continue
    }
    const media = dice.below(30) === 0
    const kind = media ? dice.pick(['picture', 'picture', 'file'] as const) : undefined
    const quote = dice.below(40) === 0 ? 'quote' : 'text'
    acts.push({ towards, place, kind: kind ?? quote, n: n + 1 })
    counts.set(line, n + 1)
    said++
  }
  const each = Math.max(2, Math.round(messages / kills / 2))
  return { acts, end: (life) => endOf(new Dice(`${seed} end ${life}`), each) }
}

/** `each`: about how many messages one life carries in one direction. */
function endOf(dice: Dice, each: number): End {
  const way = dice.below(20)
  if (way < 3) return { how: 'moment', ms: dice.below(1_000) }
  if (way < 5) return { how: 'stop', ms: dice.below(60) }
  const towards = dice.pick(['hub', 'wechat'] as const)
  const known = points[towards]
  const [point, often] = known[dice.below(known.length)] ?? ['afterSend', 1]
  // Early ones meet the recovery of what the last life left behind; the others make up for what these leave undone.
  const most = dice.below(4) === 0 ? 4 : Math.max(2, Math.round(3.5 * each * often))
  return { how: 'point', kill: { point, towards, nth: 1 + dice.below(most) } }
}
