import { expect, test } from 'vitest'
import { createQuotas, type Quota } from '../../src/bridge/quotas.ts'
import type { Sender } from '../../src/core/chat.ts'
import { accountId, chatId, contactId, sendLine } from '../../src/core/ids.ts'
import { memoryLog, memoryVault, realClock } from '../support/ports.ts'

const account = accountId('ilink:bot')
const chat = chatId('ilink:bot/me')
const line = sendLine(chat)
const quota: Quota = { per: 'inbound', sends: 3, withinMs: 1_000 }
const patient: Quota = { ...quota, withinMs: 86_400_000 }
const contact: Sender = { type: 'contact', contact: { id: contactId('ilink:bot/me'), name: 'Me' } }

interface Stage {
  vault?: ReturnType<typeof memoryVault>
  now?: number
  of?: Quota
}

async function stage({ vault = memoryVault(), now = 5_000, of = quota }: Stage = {}) {
  const woken: string[] = []
  const time = { now }
  const clock = { ...realClock, now: () => time.now }
  const quotas = createQuotas(
    { vault, clock, log: memoryLog() },
    (each) => (each === account ? of : undefined),
    (each) => void woken.push(each),
  )
  await quotas.load(account)
  const heard = (at: number, sender: Sender = contact) =>
    quotas.heard({ account, chat, at, sender })
  return { quotas, woken, time, vault, heard }
}

test('after so many sends the line waits for the next message, and goes on with it', async () => {
  const { quotas, woken, heard } = await stage()
  await heard(1)
  expect(woken).toEqual([account])
  for (const _ of [1, 2]) quotas.spend(chat)
  expect(quotas.held()).toEqual(new Set())
  quotas.spend(chat)
  expect(quotas.held()).toEqual(new Set([line]))
  expect(quotas.heldBy(chat)).toBe(3)
  await heard(2)
  expect(quotas.held()).toEqual(new Set())
  expect(quotas.heldBy(chat)).toBeUndefined()
  expect(woken).toEqual([account, account])
})

test('what surely did not arrive counts for nothing', async () => {
  const { quotas, heard } = await stage()
  await heard(1)
  for (const _ of [1, 2]) quotas.spend(chat)
  const back = quotas.spend(chat)
  expect(quotas.held()).toEqual(new Set([line]))
  back()
  expect(quotas.held()).toEqual(new Set())
  const late = quotas.spend(chat)
  await heard(2)
  late()
  for (const _ of [1, 2, 3]) quotas.spend(chat)
  expect(quotas.held()).toEqual(new Set([line]))
})

test('a message that is told again, or that the account itself said, counts for nothing', async () => {
  const { quotas, heard } = await stage()
  await heard(7)
  for (const _ of [1, 2, 3]) quotas.spend(chat)
  await heard(7)
  await heard(6)
  await heard(8, { type: 'myself' })
  await heard(9, { type: 'system' })
  expect(quotas.held()).toEqual(new Set([line]))
})

test('when the last message is too old nothing goes out either', async () => {
  const { quotas, time, heard } = await stage()
  await heard(1)
  time.now += 1_000
  expect(quotas.held()).toEqual(new Set())
  time.now += 1
  expect(quotas.held()).toEqual(new Set([line]))
})

test('what WeChat says holds, whatever was counted', async () => {
  const { quotas, heard } = await stage()
  quotas.exhausted(chat)
  expect(quotas.held()).toEqual(new Set([line]))
  await heard(1)
  quotas.exhausted(chat)
  expect(quotas.heldBy(chat)).toBe(3)
  await heard(2)
  expect(quotas.held()).toEqual(new Set())
})

test('a refusal counts for a while: too fast is told as too much', async () => {
  const { quotas, time, heard } = await stage({ of: patient })
  await heard(1)
  quotas.spend(chat)
  quotas.exhausted(chat)
  expect(quotas.held()).toEqual(new Set([line]))
  time.now += 300_000
  expect(quotas.held()).toEqual(new Set())
})

test('a refusal that came before the message was replayed is over with it', async () => {
  const { quotas, woken, heard } = await stage()
  await heard(1)
  quotas.spend(chat)
  quotas.exhausted(chat)
  await heard(1)
  expect(woken).toHaveLength(2)
  expect(quotas.held()).toEqual(new Set())
  for (const _ of [1, 2]) quotas.spend(chat)
  expect(quotas.held()).toEqual(new Set([line]))
})

test('a message dated in the future does not keep the next ones from counting', async () => {
  const { quotas, time, heard } = await stage()
  await heard(9_000_000)
  for (const _ of [1, 2, 3]) quotas.spend(chat)
  time.now += 10
  await heard(time.now)
  expect(quotas.held()).toEqual(new Set())
})

test('what was counted is known after a restart', async () => {
  const { quotas, vault, heard } = await stage()
  await heard(1)
  for (const _ of [1, 2, 3]) quotas.spend(chat)
  await heard(2)
  quotas.spend(chat)
  quotas.exhausted(chat)
  await heard(3)
  for (const _ of [1, 2]) quotas.spend(chat)
  // A write that is waited for is behind those before it.
  await quotas.heard({ account, chat: chatId('ilink:bot/other'), at: 1, sender: contact })
  const again = await stage({ vault })
  expect(again.quotas.held()).toEqual(new Set())
  again.quotas.spend(chat)
  expect(again.quotas.held()).toEqual(new Set([line]))
})

test('accounts without such a quota are never held', async () => {
  const { quotas } = await stage()
  const free = chatId('wx:1/lin')
  for (const _ of Array.from({ length: 20 })) quotas.spend(free)
  quotas.exhausted(free)
  expect(quotas.held()).toEqual(new Set())
  expect(quotas.heldBy(free)).toBeUndefined()
})
