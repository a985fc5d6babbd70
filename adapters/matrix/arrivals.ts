import type { EventId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { createInTurn } from './in-turn.ts'
import type { RoomEvent } from './ingress.ts'
import { parse, record, text } from './json.ts'

/** Rooms in which the bridge is about to arrive, and what is said there until it has. */
export interface Arrivals {
  /** It will come there: what is said there is kept back. Safe to repeat. */
  expect(room: string): void
  /** It cannot come there yet, so that nothing is to be waited for. */
  waits(room: string): void
  /** It has come: what was kept back is told, after it what nobody told us of; then everything goes its way. */
  arrived(room: string, unheard: () => Promise<readonly RoomEvent[]>): Promise<void>
  /** It will not come there: what was kept back is nobody's. */
  refused(room: string): Promise<void>
  /** Before an event is told. False: it is kept back, durably, and told later. */
  passage(event: HubEvent, raw: string, signal: AbortSignal): Promise<boolean>
}

export interface ArrivalParts {
  readonly vault: Vault
  readonly clock: Clock
  /** Tells core, which keeps it. */
  tell(event: HubEvent, raw: string): Promise<void>
  /** As if the homeserver had told of it. */
  hand(event: RoomEvent): Promise<void>
}

/** Who comes at once is waited for: the homeserver has more patience than that. */
const patienceMs = 2_000
/** Nobody says more in a room where nobody else is. */
const mostHeld = 500

export function createArrivals({ vault, clock, tell, hand }: ArrivalParts): Arrivals {
  const inTurn = createInTurn()
  const expected = new Map<string, PromiseWithResolvers<void>>()
  const waiting = new Set<string>()
  /** What goes its way although the others wait. */
  const handed = new Set<EventId | string>()
  const place = (room: string) => `held/${room}`

  const heldIn = async (room: string) => {
    const entries = parse(await vault.get(place(room)))
    return (Array.isArray(entries) ? entries : []).flatMap((entry) => {
      const told = record(record(entry)?.told)
      const raw = text(record(entry)?.raw)
      // It was written by us: only what is damaged is not such an event.
      return told && raw ? [{ told: told as unknown as HubEvent, raw }] : []
    })
  }

  const open = (room: string) => {
    expected.get(room)?.resolve()
    expected.delete(room)
    waiting.delete(room)
  }

  return {
    expect(room) {
      waiting.delete(room)
      if (!expected.has(room)) expected.set(room, Promise.withResolvers())
    },
    waits: (room) => void waiting.add(room),

    arrived: (room, unheard) =>
      inTurn(room, async () => {
        const held = await heldIn(room)
        const known = new Set<string>(held.map(({ told }) => told.id))
        const missed = (await unheard()).filter(({ id }) => !known.has(id))
        const all = [
          ...held.map(({ told, raw }) => ({ at: told.at, go: () => tell(told, raw) })),
          ...missed.map((event) => ({ at: event.at, go: () => past(event) })),
        ]
        for (const { go } of all.sort((one, other) => one.at - other.at)) await go()
        await vault.drop(place(room))
        open(room)
      }),

    refused: (room) =>
      inTurn(room, async () => {
        await vault.drop(place(room))
        open(room)
      }),

    async passage(event, raw, signal) {
      const { room } = event
      const arrival = expected.get(room)
      if (!arrival || handed.has(event.id)) return true
      if (!waiting.has(room)) {
        const over = new AbortController()
        const late = clock.sleep(patienceMs, AbortSignal.any([signal, over.signal]))
        await Promise.race([arrival.promise, late]).catch(() => undefined)
        over.abort()
        // Nobody waits for the same a second time.
        if (expected.get(room) === arrival) waiting.add(room)
      }
      return inTurn(room, async () => {
        if (!expected.has(room)) return true
        const held = await heldIn(room)
        if (held.some(({ told }) => told.id === event.id)) return false
        const latest = [...held, { told: event, raw }].slice(-mostHeld)
        await vault.set(place(room), JSON.stringify(latest))
        return false
      })
    },
  }

  async function past(event: RoomEvent): Promise<void> {
    handed.add(event.id)
    try {
      await hand(event)
    } finally {
      handed.delete(event.id)
    }
  }
}
