import { expect, test } from 'vitest'
import { Inbox } from '../../../adapters/wechat-puppet/inbox.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

const entry = (name: string) => ({ self: 'me', name: 'message', payload: { messageId: name } })
const never = new AbortController().signal

test('what was refused, and what came behind it, is there after a crash', async () => {
  const vault = memoryVault()
  const inbox = await Inbox.open(vault)
  inbox.add(entry('one'))
  await inbox.first(never)
  await inbox.stuck()
  inbox.add(entry('two'))
  await until(() => vault.entries.get('inbox')?.includes('two'), 'it being written')
  const again = await Inbox.open(vault)
  expect(await again.first(never)).toMatchObject({ payload: { messageId: 'one' } })
  await again.done()
  const third = await Inbox.open(vault)
  expect(await third.first(never)).toMatchObject({ payload: { messageId: 'two' } })
  await third.done()
  expect(vault.entries.get('inbox')).toBe('{"entries":[]}')
})

test('what is kept at once is never written down', async () => {
  const vault = memoryVault()
  const inbox = await Inbox.open(vault)
  inbox.add(entry('one'))
  await inbox.first(never)
  await inbox.done()
  await inbox.save()
  expect(vault.entries.size).toBe(0)
})

test('what comes while something is being written is written once', async () => {
  const vault = memoryVault()
  let writes = 0
  const set = vault.set.bind(vault)
  const counting = Object.assign(vault, {
    set: async (name: string, text: string) => {
      writes += 1
      await set(name, text)
    },
  })
  const inbox = await Inbox.open(counting)
  inbox.add(entry('one'))
  const first = inbox.stuck()
  for (const name of ['two', 'three', 'four']) inbox.add(entry(name))
  await first
  await inbox.save()
  expect(writes).toBeLessThanOrEqual(2)
  expect(vault.entries.get('inbox')).toContain('four')
})
