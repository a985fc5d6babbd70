import { afterEach, expect, test } from 'vitest'
import { Trouble } from '../../../adapters/wechat-puppet/fault.ts'
import type { Host } from '../../../adapters/wechat-puppet/host.ts'
import { Inbox } from '../../../adapters/wechat-puppet/inbox.ts'
import { pump } from '../../../adapters/wechat-puppet/pump.ts'
import { Stay } from '../../../adapters/wechat-puppet/stay.ts'
import type { WeChatSink } from '../../../src/ports/wechat.ts'
import { Facts } from '../../contract/connector/bench.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { ports } from './lab.ts'

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

type Answer = (op: string, args: readonly unknown[]) => unknown

async function world(answer: Answer) {
  const vault = memoryVault()
  const clock = {
    ...ports().clock,
    sleep: async () => new Promise<void>((go) => setTimeout(go, 5)),
  }
  const given = { ...ports(vault), clock }
  const inbox = await Inbox.open(vault)
  const facts = new Facts()
  const stop = new AbortController()
  const sink: WeChatSink = {
    login: (login) => facts.login(login),
    chats: async (chats) => void (await facts.keepChats(chats)),
    message: (message, raw) => facts.message(message, raw),
    echo: async () => undefined,
    read: async () => undefined,
    doubts: async () => undefined,
    merge: async () => undefined,
  }
  const stay = await Stay.open(sink, inbox, given, undefined, stop.signal)
  const host = {
    isOver: false,
    call: async (op: string, args: readonly unknown[]) => answer(op, args),
  } as unknown as Host
  const live = (signal: AbortSignal) => stay.whenLive(signal)
  const isLive = () => stay.isLive
  const parts = { ...given, inbox, sink, live, isLive, entities: false }
  const pumping = pump(parts, stop.signal).catch(() => undefined)
  ends.push(() => {
    stop.abort()
    return pumping
  })
  return { vault, facts, stay, host }
}

const late = () => {
  throw new Trouble({ kind: 'late', message: 'no answer in time', sent: 'maybe' })
}

const said = (id: string) => ({
  messageId: id,
  said: { id, type: 7, text: id, talkerId: 'lin', listenerId: 'me', timestamp: Date.now() },
})

test('a login is told although nobody says whose it is, and the disk fails at first', async () => {
  const { vault, facts, stay, host } = await world(() => {
    throw new Trouble({ kind: 'gone', message: 'away', sent: 'maybe' })
  })
  const set = vault.set.bind(vault)
  let failures = 3
  vault.set = async (name, text) => {
    if (failures-- > 0) throw new Error('the disk is full')
    await set(name, text)
  }
  stay.hear(host, 'login', { contactId: 'me' })
  await until(() => facts.last()?.state === 'online', 'being online')
  failures = 2
  stay.hear(host, 'logout', { contactId: 'me', data: 'bye' })
  await until(() => facts.last()?.state === 'offline', 'being offline')
})

test('a message that never comes does not hold up the next', async () => {
  const { facts, stay, host } = await world((op) => (op === 'messagePayload' ? late() : undefined))
  stay.hear(host, 'login', { contactId: 'me' })
  stay.hear(host, 'message', { messageId: 'lost' })
  stay.hear(host, 'message', said('next'))
  await facts.said('next')
})

test('what comes while nobody is online is written down', async () => {
  const { vault, stay, host } = await world(() => undefined)
  stay.hear(host, 'message', said('early'))
  await until(() => vault.entries.get('inbox')?.includes('early'), 'it being written')
})

test('the words of a library are not told to a room', async () => {
  const { facts, stay } = await world(() => undefined)
  await stay.away({ kind: 'puppet', message: 'no such token: verysecret', sent: 'no' })
  expect(facts.last()).toMatchObject({ state: 'offline', reason: 'unreachable' })
  expect(JSON.stringify(facts.logins)).not.toContain('verysecret')
})
