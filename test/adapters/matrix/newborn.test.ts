import { afterEach, describe, expect, it } from 'vitest'
import { createArrivals } from '../../../adapters/matrix/arrivals.ts'
import { createBackground } from '../../../adapters/matrix/background.ts'
import { names as namesOf } from '../../../adapters/matrix/ids.ts'
import { createNewborn } from '../../../adapters/matrix/newborn.ts'
import { createRoomBook } from '../../../adapters/matrix/room-book.ts'
import { eventId, type PortalId, portalId, roomId } from '../../../src/core/ids.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { HubEvent } from '../../../src/ports/hub.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

const portal = portalId('p1')
const room = roomId('!made:x')
const elsewhere = roomId('!elsewhere:x')
const names = namesOf('wechat_', 'wechatbot', 'x')
/** Nobody here needs longer than a moment for anything. */
const quick: Clock = { ...realClock, sleep: (ms, by) => realClock.sleep(Math.min(ms, 40), by) }

describe('Rooms that core does not know yet', () => {
  const stop: AbortController[] = []
  afterEach(() => {
    for (const one of stop.splice(0)) one.abort(new Error('the test ends'))
  })

  /** A bridge of which `core` is what its core knows; a restart has the same vault and homeserver. */
  const world = (vault = memoryVault(), aliases: Record<string, PortalId> = {}, clock?: Clock) => {
    const ended = new AbortController()
    stop.push(ended)
    const core = new Set<string>()
    const told: string[] = []
    const tell = async (event: HubEvent) => {
      told.push(`${event.id} ${core.has(event.room) ? 'known' : 'unknown'}`)
    }
    const background = createBackground(memoryLog())
    background.until(ended.signal)
    const time = clock ?? quick
    const arrivals = createArrivals({ vault, clock: time, tell, hand: async () => undefined })
    const book = createRoomBook(vault)
    const asked: string[] = []
    const newborn = createNewborn({
      vault,
      clock: time,
      names,
      book,
      background,
      arrivals,
      state: {
        async get(at) {
          asked.push(at)
          const named = aliases[at]
          return named && { alias: names.alias(named) }
        },
      },
      shown: async (at) => core.has(at),
    })
    const says = async (id: string, at = room) => {
      const event = { id: eventId(id), room: at, at: 1, type: 'command', from: '@a:x', words: [] }
      await newborn.look(at, ended.signal)
      if (await arrivals.passage(event as HubEvent, '{}', ended.signal)) {
        await tell(event as HubEvent)
      }
    }
    return { vault, core, told, book, newborn, says, asked, ended }
  }

  it('keep what is said in them until they are known, even before the making has ended', async () => {
    const { core, told, book, newborn, says } = world(memoryVault(), { [room]: portal })
    await newborn.begun(portal)
    const saying = says('$1')
    expect(told).toEqual([])
    await book.keep(portal, { room })
    core.add(room)
    await saying
    await until(() => told.length > 0, 'what was said')
    await says('$2')
    expect(told).toEqual(['$1 known', '$2 known'])
  })

  it('keep it across a crash, and it comes once', async () => {
    const aliases = { [room]: portal }
    const first = world(memoryVault(), aliases)
    await first.newborn.begun(portal)
    await first.says('$1')
    first.ended.abort(new Error('a crash'))
    expect(first.told).toEqual([])
    const next = world(first.vault, aliases)
    await next.newborn.resume()
    await next.says('$1')
    expect(next.told).toEqual([])
    await next.book.keep(portal, { room })
    next.core.add(room)
    await until(() => next.told.length > 0, 'what was said')
    expect(next.told).toEqual(['$1 known'])
    await until(() => !next.vault.entries.has('newborn'), 'nothing to be waited for')
    expect(next.vault.entries.has(`held/${room}`)).toBe(false)
  })

  it('keep nothing of other rooms, nor ask about them when none is being made', async () => {
    const { core, told, book, newborn, says, asked } = world(memoryVault(), { [room]: portal })
    await says('$1', elsewhere)
    expect(asked).toEqual([])
    await newborn.begun(portal)
    await says('$2', elsewhere)
    expect(told).toEqual(['$1 unknown', '$2 unknown'])
    // The room that a chat was in before bears its name still, and is not the one it has.
    await book.keep(portal, { room: elsewhere })
    await says('$3', room)
    expect(told.at(-1)).toBe('$3 unknown')
    core.add(elsewhere)
  })

  it('do not keep it for ever where they never become known', async () => {
    let later = 0
    const clock = { ...quick, steady: () => realClock.steady() + later }
    const { told, newborn, says } = world(memoryVault(), { [room]: portal }, clock)
    await newborn.begun(portal)
    await says('$1')
    expect(told).toEqual([])
    later = 11 * 60_000
    await until(() => told.length > 0, 'what was said')
    expect(told).toEqual(['$1 unknown'])
  })
})
