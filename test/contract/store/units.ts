import { expect } from 'vitest'
import { BridgeError } from '../../../src/core/errors.ts'
import type { Unit } from '../../../src/ports/store.ts'
import type { StoreCase } from '../store.ts'
import { hub, linChat, message, noon, own, post, readyNames, toHub } from './samples.ts'

export function unitCases(test: StoreCase): void {
  test('a source is told that it gave the same event before, also after a restart', async (t) => {
    const accept = (source: string) =>
      t.store.unit((unit) => unit.accept(source, 'e1', 'raw', noon))
    expect(await accept('matrix')).toBe(true)
    expect(await accept('matrix')).toBe(false)
    expect(await accept('web')).toBe(true)
    await t.reopen()
    expect(await accept('matrix')).toBe(false)
  })

  test('a rejecting unit leaves nothing behind and tells nobody', async (t) => {
    const told: unknown[] = []
    t.store.onWork((lane) => told.push(lane))
    t.archive.watch((change) => told.push(change))
    const trouble = new Error('the bridge changed its mind')
    const unit = t.store.unit(async (unit) => {
      await unit.accept('matrix', 'e1', 'raw', noon)
      await unit.saveChats([linChat])
      await unit.saveMessage(message('a'))
      await unit.portalOf(linChat.id, hub, () => post('a').portal)
      await unit.enqueue(toHub, post('a'), noon)
      throw trouble
    })
    await expect(unit).rejects.toBe(trouble)

    expect(told).toEqual([])
    expect(await t.archive.chats()).toEqual([])
    expect(await t.archive.message(message('a').id)).toBeUndefined()
    expect(await t.archive.depth()).toEqual({ queued: 0, dead: 0 })
    expect(await readyNames(t.store, await own(t.store))).toEqual([])
    expect(await t.store.unit((unit) => unit.accept('matrix', 'e1', 'raw', noon))).toBe(true)
  })

  test('units never overlap, and begin in the order they were asked for', async (t) => {
    const steps: string[] = []
    const unit = (name: string) =>
      t.store.unit(async (unit) => {
        steps.push(`${name} begins`)
        const before = await unit.countChats()
        await unit.saveChats([{ ...linChat, id: message(name).chat, name }])
        await unit.countChats()
        expect(await unit.countChats()).toBeGreaterThanOrEqual(before)
        steps.push(`${name} ends`)
      })
    await Promise.all(['a', 'b', 'c'].map(unit))
    expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  test('a reader sees nothing of a unit that has not committed', async (t) => {
    let read: Promise<unknown> | undefined
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat])
      read = t.archive.chat(linChat.id)
      await unit.saveChats([{ ...linChat, name: 'later' }])
    })
    expect(await read).toEqual({ ...linChat, name: 'later' })
  })

  test('listeners are told after the commit, each once, and one that throws harms nobody', async (t) => {
    const told: string[] = []
    t.store.onWork(() => {
      throw new Error('a broken listener')
    })
    t.store.onWork((lane) => told.push(lane))
    const stop = t.archive.watch((change) => told.push(change.type))
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat])
      await unit.saveMessage(message('a'))
      await unit.enqueue(toHub, post('a'), noon)
      await unit.enqueue(toHub, post('b'), noon)
      expect(told).toEqual([])
    })
    expect(told.toSorted()).toEqual(['chats', toHub, 'message'].toSorted())

    stop()
    told.length = 0
    await t.store.unit((unit) => unit.saveMessage(message('b')))
    expect(told).toEqual([])
  })

  test('a unit that was kept beyond its end can do nothing', async (t) => {
    let kept: Unit | undefined
    await t.store.unit(async (unit) => {
      kept = unit
    })
    await expect(Promise.resolve().then(() => kept?.saveChats([linChat]))).rejects.toThrow(
      BridgeError,
    )
    expect(await t.archive.chats()).toEqual([])
  })

  test('a failed statement fails its unit, even when its error was caught', async (t) => {
    const unit = t.store.unit(async (unit) => {
      await unit.saveChats([linChat])
      await unit.accept('matrix', null as never, 'raw', noon).catch(() => {})
      await unit.saveMessage(message('a'))
    })
    await expect(unit).rejects.toThrow(BridgeError)
    expect(await t.archive.chats()).toEqual([])
    expect(await t.archive.message(message('a').id)).toBeUndefined()
  })

  test('what was asked for before closing is done, what comes after is refused', async (t) => {
    const before = t.store.unit((unit) => unit.saveChats([linChat]))
    const closing = t.store.close()
    const after = t.store.unit((unit) => unit.saveChats([{ ...linChat, name: 'late' }]))
    await expect(after).rejects.toMatchObject({ failure: { code: 'server', certain: true } })
    await before
    await closing
    await t.reopen()
    expect(await t.archive.chat(linChat.id)).toEqual(linChat)
  })
}
