import { expect } from 'vitest'
import type { StoreCase } from '../store.ts'
import { chatOf, hikers, linChat } from './samples.ts'

export function settingCases(test: StoreCase): void {
  test('what was chosen for a chat is kept, changed and taken back', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, hikers])
      await unit.setSetting(linChat.id, 'recall', 'both')
      await unit.setSetting(linChat.id, 'other', 'x')
      await unit.setSetting(linChat.id, 'recall', 'off')
      await unit.setSetting(chatOf('unsaved').id, 'recall', 'notice')
    })
    await t.reopen()
    await t.store.unit(async (unit) => {
      expect(await unit.setting(linChat.id, 'recall')).toBe('off')
      expect(await unit.setting(linChat.id, 'other')).toBe('x')
      expect(await unit.setting(hikers.id, 'recall')).toBeUndefined()
      expect(await unit.setting(chatOf('unsaved').id, 'recall')).toBe('notice')
      await unit.setSetting(linChat.id, 'recall', undefined)
      await unit.setSetting(linChat.id, 'recall', undefined)
      expect(await unit.setting(linChat.id, 'recall')).toBeUndefined()
      expect(await unit.setting(linChat.id, 'other')).toBe('x')
    })
  })

  test('a merged chat brings along what was chosen for it, unless something else was', async (t) => {
    const old = chatOf('old')
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, old])
      await unit.setSetting(old.id, 'both', 'of the old')
      await unit.setSetting(old.id, 'one', 'of the old')
      await unit.setSetting(linChat.id, 'both', 'of the present')
      await unit.mergeChats(old.id, linChat.id)
    })
    await t.store.unit(async (unit) => {
      for (const { id } of [old, linChat]) {
        expect(await unit.setting(id, 'both')).toBe('of the present')
        expect(await unit.setting(id, 'one')).toBe('of the old')
      }
      await unit.setSetting(old.id, 'one', undefined)
      expect(await unit.setting(linChat.id, 'one')).toBeUndefined()
    })
  })
}
