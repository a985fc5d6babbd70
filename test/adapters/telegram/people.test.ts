import type { User } from '@grammyjs/types'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createCommandsMenu } from '../../../adapters/telegram/commands-menu.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { roomId } from '../../../src/core/ids.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { TelegramSim } from '../../sim/telegram/sim.ts'
import { memoryVault } from '../../support/ports.ts'
import { movableClock, type Stage, signal, stage } from './places-stage.ts'

let sim: TelegramSim
let vault: ReturnType<typeof memoryVault>
let clock: ReturnType<typeof movableClock>

const begin = () => stage(sim, { vault, clock })
const room = roomId('aaaaaaaaaaaa')
const ann = user(11, 'Ann')
const bob = user(22, 'Bob')
const mallory = user(33, '<b>M\u202eallory</b>\n')

function user(id: number, first_name: string): User {
  return { id, is_bot: false, first_name }
}
const codeOf = ({ people }: Stage) => people.claim('the_bot')?.code ?? ''
async function owned(): Promise<Stage> {
  const one = await begin()
  expect(await one.people.present(codeOf(one), ann)).toBe('owner')
  return one
}
const wordOf = (link: string) => new URL(link).searchParams.get('start') ?? ''

beforeEach(async () => {
  sim = await startTelegram({ limits: false })
  vault = memoryVault()
  clock = movableClock()
})
afterEach(() => sim.close())

test('whoever sends the code first owns the bot, also after a restart', async () => {
  const one = await begin()
  expect(one.people.owner()).toBeUndefined()
  const claim = one.people.claim('the_bot')
  expect(claim?.code).toMatch(/^[a-km-np-z2-9]{10}$/)
  expect(claim?.url).toBe(`https://t.me/the_bot?start=${claim?.code}`)
  // As a phone may write it.
  expect(await one.people.present(` ${claim?.code.toUpperCase()} `, ann)).toBe('owner')
  expect(one.changes()).toBeGreaterThan(0)
  for (const each of [one, await begin()]) {
    expect(each.people.owner()).toBe('11')
    expect(each.people.roleOf('11', room)).toBe('owner')
    expect(each.people.claim('the_bot')).toBeUndefined()
    expect(await each.people.present(claim?.code ?? '', bob)).toBe('wrong')
    // The same update once more.
    expect(await each.people.present(claim?.code ?? '', ann)).toBe('owner')
  }
})

test('of two who send the code at the same time one owns the bot', async () => {
  const one = await begin()
  const code = codeOf(one)
  const became = await Promise.all([one.people.present(code, ann), one.people.present(code, bob)])
  expect(became).toEqual(['owner', 'wrong'])
  expect(await one.people.list()).toEqual([{ id: '11', name: 'Ann', role: 'owner' }])
})

test('the code of an earlier start is worth nothing', async () => {
  const old = codeOf(await begin())
  const one = await begin()
  expect(codeOf(one)).not.toBe(old)
  expect(await one.people.present(old, ann)).toBe('wrong')
})

test('a code whose owner could not be kept makes nobody the owner', async () => {
  const one = await begin()
  const { set } = vault
  Object.assign(vault, { set: () => Promise.reject(new Error('disk full')) })
  await expect(one.people.present(codeOf(one), ann)).rejects.toThrow('disk full')
  expect(one.people.owner()).toBeUndefined()
  Object.assign(vault, { set })
  expect(await one.people.present(codeOf(one), ann)).toBe('owner')
})

test('after five wrong codes a stranger is not listened to any more; others are', async () => {
  const one = await begin()
  for (let tries = 0; tries < 5; tries++) {
    expect(await one.people.present('aaaaaaaaaa', mallory)).toBe('wrong')
  }
  expect(await one.people.present(codeOf(one), mallory)).toBe('none')
  expect(await one.people.stranger(mallory)).toBe(false)
  expect(one.people.owner()).toBeUndefined()
  expect(await one.people.present(codeOf(one), ann)).toBe('owner')
})

test('what cannot be a code is none, and costs no try', async () => {
  const one = await begin()
  for (const said of [
    '',
    'hello',
    'aaaaaaaaa',
    'aaaaaaaaaaa',
    'aaaaa aaaa',
    '0000000000',
    'ａａａａａａａａａａ',
  ]) {
    expect(await one.people.present(said, ann)).toBe('none')
  }
  expect(await one.people.present(codeOf(one), ann)).toBe('owner')
})

test('a stranger is told once, also over restarts, and a flood of them is not answered', async () => {
  const one = await owned()
  expect(await one.people.stranger(bob)).toBe(true)
  expect(await one.people.stranger(bob)).toBe(false)
  const other = await begin()
  expect(await other.people.stranger(bob)).toBe(false)
  let told = 0
  for (let id = 1000; id < 1060; id++) if (await other.people.stranger(user(id, 'x'))) told++
  expect(told).toBe(30)
  clock.forward(3_600_001)
  expect(await other.people.stranger(user(2000, 'x'))).toBe(true)
  expect(other.people.roleOf('22', room)).toBeUndefined()
})

test('an invitation makes one person a user, once, for ten minutes', async () => {
  const one = await owned()
  const link = await one.people.invitation('user')
  expect(link).toMatch(new RegExp(`^https://t\\.me/${sim.bot.username}\\?start=`))
  expect(await one.people.present(wordOf(link), bob)).toBe('user')
  expect(one.people.roleOf('22', room)).toBe('user')
  expect(await one.people.present(wordOf(link), mallory)).toBe('wrong')
  const old = wordOf(await one.people.invitation('relay'))
  clock.forward(10 * 60_000 + 1)
  expect(await one.people.present(old, mallory)).toBe('wrong')
  expect((await begin()).people.roleOf('22', room)).toBe('user')
})

test('the owner uses up no invitation, and nobody loses a right by one', async () => {
  const one = await owned()
  const word = wordOf(await one.people.invitation('relay'))
  expect(await one.people.present(word, ann)).toBe('none')
  await one.people.stranger(bob)
  await one.people.set('22', 'user')
  expect(await one.people.present(word, bob)).toBe('none')
  expect(one.people.roleOf('22', room)).toBe('user')
  expect(await one.people.present(word, mallory)).toBe('relay')
})

test('roles are given to those who were seen, and taken away; the owner stays', async () => {
  const one = await owned()
  expect(await one.people.set('22', 'user')).toBe(false)
  await one.people.stranger(bob)
  expect(await one.people.set('22', 'relay')).toBe(true)
  expect(await one.people.set('22', 'user')).toBe(true)
  one.people.seen(ann)
  expect(await one.people.set('11', 'user')).toBe(false)
  expect(await one.people.set('11', undefined)).toBe(false)
  const other = await begin()
  expect(await other.people.list()).toEqual([
    { id: '11', name: 'Ann', role: 'owner' },
    { id: '22', name: 'Bob', role: 'user' },
  ])
  expect(await other.people.set('22', undefined)).toBe(true)
  expect(other.people.roleOf('22', room)).toBeUndefined()
})

test('names are kept in step, on one line', async () => {
  const one = await owned()
  await one.people.stranger(mallory)
  await one.people.set('33', 'user')
  expect((await one.people.list())[1]?.name).toBe('<b>Mallory</b>')
  one.people.seen({ ...mallory, first_name: 'Mal' })
  await expect.poll(async () => (await one.people.list())[1]?.name).toBe('Mal')
  expect((await (await begin()).people.list())[1]?.name).toBe('Mal')
})

test('a room can let everyone write, and only that room', async () => {
  const one = await owned()
  await one.people.relay(room, true)
  for (const each of [one, await begin()]) {
    expect(each.people.roleOf('999', room)).toBe('relay')
    expect(each.people.roleOf('11', room)).toBe('owner')
    expect(each.people.roleOf('999', roomId('bbbbbbbbbbbb'))).toBeUndefined()
  }
  await one.people.relay(room, false)
  expect(one.people.roleOf('999', room)).toBeUndefined()
})

test('notes that cannot be read make nobody the owner', async () => {
  vault.entries.set('people', '{')
  await expect(begin()).rejects.toThrow()
})

test('the bot’s commands are set in both languages for the owner and for groups, and only when they change', async () => {
  const one = await begin()
  const owner = sim.user('Ann')
  await owner.starts()
  const set = () => sim.calls.filter(({ method }) => method === 'setMyCommands')
  const menu = createCommandsMenu({ ...one.base, people: one.people })
  await menu(signal)
  expect(set().map(({ params }) => params.language_code)).toEqual([undefined, 'zh'])
  await one.people.present(codeOf(one), user(owner.id, 'Ann'))
  sim.fails({ method: 'setMyCommands', what: { status: 500 } })
  await expect(menu(signal)).rejects.toBeInstanceOf(BridgeError)
  await menu(signal)
  await menu(signal)
  await createCommandsMenu({ ...one.base, people: one.people })(signal)
  const done = set().filter(({ ok }) => ok)
  expect(done).toHaveLength(6)
  const shown = done.slice(2).map(({ params }) => ({
    scope: JSON.stringify(params.scope),
    names: (params.commands as { command: string }[]).map(({ command }) => command),
  }))
  expect(shown[0]?.scope).toContain('all_group_chats')
  expect(shown[0]?.names).not.toContain('login')
  expect(shown[2]?.scope).toContain(String(owner.id))
  expect(shown[2]?.names).toEqual([
    ...['login', 'chats', 'link', 'unlink', 'mute', 'unmute', 'recall', 'resend', 'queue', 'dead'],
    ...['status', 'language', 'help', 'users', 'relay', 'logout'],
  ])
})
