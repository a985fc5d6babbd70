import { expect, it } from 'vitest'
import { remembered } from '../../../adapters/matrix/remembered.ts'
import { memoryVault } from '../../support/ports.ts'

it('reads an entry once, writes every one, and forgets what is dropped', async () => {
  const kept = memoryVault()
  const reads: string[] = []
  const vault = remembered({
    ...kept,
    get(name) {
      reads.push(name)
      return kept.get(name)
    },
  })
  kept.entries.set('old', '1')
  expect([await vault.get('old'), await vault.get('old')]).toEqual(['1', '1'])
  await vault.set('new', '2')
  expect(await vault.get('new')).toBe('2')
  expect(kept.entries.get('new')).toBe('2')
  expect(reads).toEqual(['old'])
  expect(await vault.get('none')).toBeUndefined()
  kept.entries.set('none', '3')
  expect(await vault.get('none')).toBe('3')
  await vault.drop('new')
  expect(await vault.get('new')).toBeUndefined()
  expect(kept.entries.has('new')).toBe(false)
})

it('does not take what was read before for what was written since', async () => {
  const kept = memoryVault()
  const gate = Promise.withResolvers<void>()
  const vault = remembered({
    ...kept,
    async get(name) {
      const text = await kept.get(name)
      await gate.promise
      return text
    },
  })
  kept.entries.set('one', 'before')
  const reading = vault.get('one')
  await vault.set('one', 'after')
  gate.resolve()
  await reading
  expect(await vault.get('one')).toBe('after')
})
