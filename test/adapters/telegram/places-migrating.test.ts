import { afterEach, beforeEach, expect, test } from 'vitest'
import { management } from '../../../src/core/chat.ts'
import { roomId } from '../../../src/core/ids.ts'
import type { Vault } from '../../../src/ports/vault.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../../sim/telegram/sim.ts'
import { memoryVault } from '../../support/ports.ts'
import {
  a,
  b,
  chatOf,
  managing,
  ownedBy,
  roomOf,
  type Stage,
  signal,
  stage,
  textsIn,
} from './places-stage.ts'

let sim: TelegramSim
let me: SimUser
let vault: Vault
let broken = false
let one: Stage

const group = (chat: number) => roomId(String(chat))

beforeEach(async () => {
  sim = await startTelegram({ limits: false })
  me = sim.user('Ann')
  const kept = memoryVault()
  broken = false
  vault = {
    ...kept,
    async set(name, text) {
      if (broken) throw new Error('the disk is full')
      await kept.set(name, text)
    },
  }
  one = await stage(sim, { vault })
  await ownedBy(one, me)
  await one.places.ensure(managing, management, signal)
  await one.places.ensure(a, chatOf('Alice'), signal)
  await one.places.ensure(b, chatOf('Bob'), signal)
})
afterEach(() => sim.close())

test('a migration that could not be kept at first is followed at the next try', async () => {
  const chat = await me.makesGroup('G', { type: 'group' })
  await one.places.link(a, group(chat))
  await one.hears()
  const up = await me.upgrades(chat)
  broken = true
  await expect(one.posts(a, 'while the disk is full')).rejects.toThrow()
  broken = false
  await one.posts(a, 'after')
  expect(textsIn(me, up)).toContain('after')
  expect((await stage(sim, { vault })).places.located(roomOf(a))).toMatchObject({
    chat: String(up),
  })
})

test('a chat that is moved while a group migrates stays where it was moved to', async () => {
  const chat = await me.makesGroup('G', { type: 'group' })
  await one.places.link(a, group(chat))
  await one.hears()
  await me.upgrades(chat)
  await Promise.all([one.hears(), one.places.move(a, 'private')])
  expect(await one.places.of(a)).toMatchObject({ kind: 'private' })
  const next = await stage(sim, { vault })
  expect(await next.places.of(a)).toMatchObject({ kind: 'private' })
})

test('a group that turns out to be the one another chat was linked to by now is only that one’s', async () => {
  const chat = await me.makesGroup('G', { type: 'group' })
  await one.places.link(a, group(chat))
  await one.hears()
  const up = await me.upgrades(chat)
  // What Telegram told of it was lost.
  await one.places.link(b, group(up))
  await one.posts(b, 'from Bob')
  await one.posts(a, 'from Alice')
  expect(textsIn(me, up)).toContain('from Bob')
  expect(textsIn(me, up)).not.toContain('from Alice')
  expect(await one.places.of(a)).toMatchObject({ kind: 'private' })
  expect(await one.places.of(b)).toMatchObject({ kind: 'linked' })
})
