import { describe, expect, it } from 'vitest'
import { createBackground } from '../../../adapters/matrix/background.ts'
import { createFarewells, type Farewell } from '../../../adapters/matrix/farewells.ts'
import { names as namesOf } from '../../../adapters/matrix/ids.ts'
import type { Membership } from '../../../adapters/matrix/membership.ts'
import { roomWords } from '../../../adapters/matrix/room-words.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { type PortalId, portalId, type RoomId, roomId } from '../../../src/core/ids.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

const names = namesOf('wechat_', 'wechatbot', 'x')
const never = new AbortController().signal

describe('Rooms that are to be left', () => {
  const world = (vault = memoryVault()) => {
    const left: string[] = []
    const stuck = new Set<string>()
    const gates = new Map<string, PromiseWithResolvers<void>>()
    const membership: Partial<Membership> = {
      of: async (_, room) => (left.includes(room) ? 'leave' : 'join'),
      all: async () => [names.bot],
      remove: async () => undefined,
      async leave(_, room) {
        await gates.get(room)?.promise
        if (stuck.has(room)) {
          throw new BridgeError('no', { code: 'bug', heal: 'retry', certain: true })
        }
        left.push(room)
      },
    }
    const farewells = createFarewells({
      homeserver: { call: async () => ({}) },
      state: { get: async () => undefined, put: async () => undefined },
      membership: membership as Membership,
      space: { exclude: async () => undefined },
      names,
      owner: '@alice:x',
      roomWords: () => roomWords({ language: 'en' }),
      vault,
      background: createBackground(memoryLog()),
      log: memoryLog(),
      forget: async () => false,
    })
    return { vault, left, stuck, gates, farewells }
  }
  const farewell = (name: string): Farewell => ({
    room: room(name),
    portal: of(name),
    how: 'leave',
  })
  const room = (name: string): RoomId => roomId(`!${name}:x`)
  const of = (name: string): PortalId => portalId(name)

  it('do not stop each other: what cannot be left is left at another start', async () => {
    const { vault, left, stuck, farewells } = world()
    stuck.add(room('b'))
    await farewells.add(['a', 'b', 'c'].map(farewell))
    await farewells.go()
    await until(() => left.length === 2, 'two to be left')
    expect(left).toEqual([room('a'), room('c')])
    await until(() => !vault.entries.get('farewells')?.includes(room('c')), 'the note')
    const next = world(vault)
    await next.farewells.go()
    await until(() => !vault.entries.has('farewells'), 'nothing left')
    expect(next.left).toEqual([room('b')])
  })

  it('keep a new room of one portal waiting for that one’s only', async () => {
    const { left, gates, farewells } = world()
    await farewells.add(['a', 'b', 'c', 'd'].map(farewell))
    const gate = Promise.withResolvers<void>()
    gates.set(room('a'), gate)
    gates.set(room('c'), Promise.withResolvers())
    await farewells.go()
    const mine = farewells.finish(of('d'), never)
    gate.resolve()
    await mine
    expect(left).toContain(room('d'))
    expect(left).not.toContain(room('c'))
    await farewells.finish(of('nobody'), never)
  })
})
