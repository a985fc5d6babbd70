import type { Chat } from '../core/chat.ts'
import type { AccountId } from '../core/ids.ts'
import { sendLine, weChatLane } from '../core/ids.ts'
import { placeOf } from '../core/queue.ts'
import type { Count, Standing, Wait, When } from '../core/queue-notice.ts'
import { minute } from '../core/words.ts'
import type { Unit } from '../ports/store.ts'
import type { Login } from '../ports/wechat.ts'
import type { Holds } from './holds.ts'
import type { Parts } from './parts.ts'
import type { Queues, QueueView } from './queue-view.ts'

/** How the line of one chat stands. */
export interface ChatLine {
  readonly waiting: Count
  /** Of the `nth` that waits, from 1. Without a time where nobody knows. */
  at(nth: number): Standing
  /** Why nothing of it goes out now. */
  readonly wait?: Exclude<Wait, { readonly why: 'pace' }>
}

/** What tells how things stand with what goes to WeChat. */
export interface Standings {
  /** Counts no further than `upTo`, nor more chats than a person waits for. */
  lineOf(unit: Unit, chat: Chat, upTo: number): Promise<ChatLine>
  /** Why nothing of an account goes out now. */
  stopped(view: QueueView | undefined, account: AccountId): ChatLine['wait']
  when(inMs: number): When
}

/** More chats than that are not looked at: behind so many, nobody needs to know the place. */
const linesAtOnce = 200

export function createStandings(
  parts: Pick<Parts, 'clock' | 'voice'>,
  queues: Pick<Queues, 'of'>,
  holds: Holds,
  login: (account: AccountId) => Login,
): Standings {
  const { clock, voice } = parts
  return { lineOf, stopped, when }

  async function lineOf(unit: Unit, chat: Chat, upTo: number): Promise<ChatLine> {
    const lane = weChatLane(chat.account)
    const portal = sendLine(chat.id)
    const waiting = await unit.waiting(lane, portal, upTo + 1)
    const all = await unit.lines(lane, linesAtOnce + 1, upTo)
    const moving = all.filter((line) => line.portal === portal || !holds.held().has(line.portal))
    const lines = moving.slice(0, linesAtOnce)
    const isCut = all.length > linesAtOnce
    const view = queues.of(lane)
    const wait = holding(chat) ?? stopped(view, chat.account)
    const chats = lines.length + (lines.some((line) => line.portal === portal) ? 0 : 1)
    return {
      waiting: counted(waiting, upTo),
      at(nth) {
        const place = placeOf(lines, portal, nth)
        const isKnown = view && !isCut && (wait === undefined || wait.why === 'rate')
        return {
          place: { count: place, ...(isCut && { more: true }) },
          ...(isKnown && { when: when(view.estimate(place, chats)) }),
        }
      },
      ...(wait && { wait }),
    }
  }

  function holding({ id }: Chat): ChatLine['wait'] {
    if (holds.heldBy(id)) return { why: 'doubt' }
    const sends = holds.quotaOf(id)
    return sends === undefined ? undefined : { why: 'quota', sends }
  }

  function stopped(view: QueueView | undefined, account: AccountId): ChatLine['wait'] {
    const now = login(account)
    if (now.state !== 'online' || now.account !== account) return { why: 'offline' }
    const closed = view?.closed()
    if (closed === undefined) return undefined
    const until = view?.allowance().pausedUntil
    if (closed === 'rate' && until !== undefined) {
      return { why: 'rate', when: when(until - clock.now()) }
    }
    return { why: closed === 'offline' ? 'offline' : 'trouble' }
  }

  function when(inMs: number): When {
    const now = clock.now()
    return { inMs: Math.max(0, inMs), at: minute(now + inMs, now, voice) }
  }
}

/** A number that was counted to one past `upTo`. */
export const counted = (count: number, upTo: number): Count =>
  count > upTo ? { count: upTo, more: true } : { count }
