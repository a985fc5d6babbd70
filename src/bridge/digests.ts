import { accountsRoom } from '../core/chat.ts'
import type { HubId } from '../core/ids.ts'
import { messageId } from '../core/ids.ts'
import type { Article, Message } from '../core/message.ts'
import type { Unit } from '../ports/store.ts'
import type { Digest } from './gathering.ts'
import { gathered, setGathered } from './gathering.ts'
import { mirror } from './mirror.ts'
import type { Parts } from './parts.ts'

/** How often it is looked whether it is time, in milliseconds. */
const lookMs = 30_000
/** Nothing waits longer: if it is due later, the clock has been set back. */
const longestMs = 26 * 3_600_000
/** Posts the articles of the day when it is time, until the signal aborts. What a stop left behind comes at the start. */
export async function runDigests(parts: Parts, signal: AbortSignal): Promise<void> {
  const { store, clock, seats, log } = parts
  while (!signal.aborted) {
    for (const seat of seats) {
      try {
        await store.unit((unit) => post(parts, unit, seat.adapter.id))
      } catch (error) {
        log.warn({ hub: seat.adapter.id, error: String(error) }, 'a digest was not posted yet')
      }
    }
    await clock.sleep(lookMs, signal).catch(() => undefined)
  }
}

async function post(parts: Parts, unit: Unit, hub: HubId): Promise<void> {
  const now = parts.clock.now()
  const digest = await gathered(unit, hub)
  if (!digest) return
  const isDue = digest.due <= now || digest.due - now > longestMs
  // Where articles are not gathered any more, nobody waits for the hour.
  const isOn = parts.seats.some(({ adapter, mps }) => adapter.id === hub && mps === 'digest')
  if (isOn && !isDue) return
  const message: Message = {
    // Not only when it was due: a digest that was given up and taken up again has two that are due at once.
    id: messageId(`digest/${hub}/${digest.due}/${now}`),
    aliases: [],
    account: accountsRoom.account,
    chat: accountsRoom.id,
    sender: { type: 'bridge' },
    at: now,
    mentionsMe: false,
    content: { kind: 'articles', articles: lines(digest) },
  }
  await unit.saveMessage(message)
  await mirror(parts, unit, message, undefined, undefined, { only: hub })
  await setGathered(unit, hub, undefined)
}

/** Those of one account together, under its name. */
function lines({ entries }: Digest): readonly Article[] {
  const names = [...new Set(entries.map(({ name }) => name))]
  return names.flatMap((name) => [
    { title: `▍${name}`, url: '' },
    ...entries
      .filter((entry) => entry.name === name)
      .flatMap(({ articles }) => articles.map(({ title, url }) => ({ title, url }))),
  ])
}
