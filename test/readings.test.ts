import { expect, test } from 'vitest'
import type { LaneNow } from '../src/bridge/lane-book.ts'
import { laneNames } from '../src/bridge/lane-names.ts'
import { hubId, hubLane, type Lane, weChatLane } from '../src/core/ids.ts'
import type { DoorState } from '../src/ports/doors.ts'
import { type Read, readingsOf } from '../src/readings.ts'
import { secondAccount } from './bridge/harness.ts'
import { account } from './core/samples.ts'

const now = 1_700_000_000_000
const web = hubLane(hubId('web'))
const held = (name: string, epoch: number): LaneNow => ({ name, state: 'held', epoch })

interface Part {
  readonly lanes: readonly LaneNow[]
  readonly work?: readonly {
    readonly lane: Lane
    readonly queued: number
    readonly since: number
  }[]
  readonly dead?: number
  readonly bytes?: number
  readonly doors?: readonly DoorState[]
}

const part = ({ lanes, work = [], dead = 0, bytes, doors = [] }: Part) =>
  ({
    bridge: () => ({
      lanes: () => lanes,
      doors: () => doors,
      nameOf: laneNames({ of: (id) => ({ id: id === account ? 'main' : 'work' }) as never }),
    }),
    database: { archive: { lanes: async () => work, depth: async () => ({ queued: 0, dead }) } },
    mediaBytes: () => bytes,
  }) as unknown as Read

test('every lane that runs is there, with what waits in it; one that does not run, if it has work', async () => {
  const first = part({
    lanes: [held('web', 2), { name: 'matrix', state: 'stopped' }, held('wechat/main', 5)],
    work: [
      { lane: web, queued: 4, since: now - 9_000 },
      { lane: weChatLane(account), queued: 1, since: now + 5_000 },
      { lane: weChatLane(secondAccount), queued: 2, since: now - 1_000 },
    ],
    dead: 3,
    bytes: 77,
    doors: [{ id: 'main', login: { state: 'scanned' } }],
  })
  expect(await readingsOf(first, [], now)).toEqual({
    lanes: [
      { lane: 'web', depth: 4, oldestMs: 9_000, epoch: 2 },
      { lane: 'matrix', depth: 0, oldestMs: 0 },
      // Its clock was ahead when it was written.
      { lane: 'wechat/main', depth: 1, oldestMs: 0, epoch: 5 },
      { lane: 'wechat/work', depth: 2, oldestMs: 1_000 },
    ],
    accounts: [{ account: 'main', state: 'scanned' }],
    letters: 3,
    mediaBytes: 77,
  })
})

test('those who live here are counted together, and only the first person’s accounts are told', async () => {
  const first = part({
    lanes: [held('matrix', 2)],
    work: [{ lane: hubLane(hubId('matrix')), queued: 1, since: now - 10 }],
    dead: 1,
    bytes: 10,
    doors: [{ id: 'main', login: { state: 'offline', reason: 'loggedOut', relogin: true } }],
  })
  const other = part({
    lanes: [held('matrix', 7)],
    work: [{ lane: hubLane(hubId('matrix')), queued: 2, since: now - 900 }],
    dead: 2,
    bytes: 5,
    doors: [{ id: 'main', login: { state: 'scan', qr: 'x' } as never }],
  })
  expect(await readingsOf(first, [other], now)).toEqual({
    lanes: [{ lane: 'matrix', depth: 3, oldestMs: 900, epoch: 7 }],
    accounts: [{ account: 'main', state: 'offline' }],
    letters: 3,
    mediaBytes: 15,
  })
  // Half of a sum is no sum.
  const counting = part({ lanes: [] })
  expect(await readingsOf(first, [counting], now)).not.toHaveProperty('mediaBytes')
})
