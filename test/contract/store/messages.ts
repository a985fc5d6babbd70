import { expect } from 'vitest'
import { management } from '../../../src/core/chat.ts'
import { accountId, chatId, contactId, hubId, portalId } from '../../../src/core/ids.ts'
import type { Message } from '../../../src/core/message.ts'
import type { Unit } from '../../../src/ports/store.ts'
import type { StoreCase, StoreHarness } from '../store.ts'
import {
  account,
  chatOf,
  event,
  hikers,
  hub,
  lin,
  linChat,
  message,
  mine,
  noon,
  recall,
  room,
} from './samples.ts'

export function messageCases(test: StoreCase): void {
  test('a message comes back as it was saved, hostile texts and all', async (t) => {
    const text = '<img src=x>\u0000\u0007"\'; drop table message; -- 👩‍👧 \ud800 ../../etc'
    const hostile = message('a', {
      chat: hikers.id,
      sender: { type: 'group', contact: { id: contactId("x' or 1=1"), name: text }, nick: text },
      content: { kind: 'text', text },
    })
    await t.store.unit(async (unit) => {
      await unit.saveChats([{ ...linChat, name: text }])
      await unit.saveMessage(hostile)
    })
    await t.reopen()
    await t.store.unit(async (unit) => {
      expect(await unit.message(hostile.id)).toEqual(hostile)
      expect(await unit.chat(linChat.id)).toEqual({ ...linChat, name: text })
    })
  })

  test('saving a message again keeps what is there', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(message('a'))
      await unit.saveMessage(message('a', { content: { kind: 'text', text: 'other words' } }))
      expect(await unit.message(message('a').id)).toEqual(message('a'))
    })
    expect(await t.archive.messages(linChat.id, 10)).toHaveLength(1)
  })

  test('chats are counted without the management room', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, hikers, management, hikers])
      expect(await unit.countChats()).toBe(2)
    })
  })

  test('recent chats are those in which people said something, latest first, page by page', async (t) => {
    const silent = chatOf('silent')
    const old = chatOf('old')
    const own = { ...chatOf('own', { kind: 'mp' }), id: chatId('bridge/own') }
    const notice = { kind: 'notice', notice: { type: 'help' } } as const
    const bridge = { sender: { type: 'bridge' }, content: notice } as const
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, hikers, silent, old, own, management])
      expect(await unit.recentChats(9, 0)).toEqual([])
      await unit.saveMessage(message('a'))
      await unit.saveMessage(message('b', { chat: old.id }))
      await unit.saveMessage(message('c', { chat: hikers.id, sender: { type: 'myself' } }))
      await unit.saveMessage(message('d', { chat: own.id }))
      await unit.saveMessage(message('e', { chat: management.id }))
      // What nobody said makes no chat, and moves none.
      await unit.saveMessage(message('f', { chat: silent.id, ...bridge }))
      await unit.saveMessage({ ...recall('g', ['a']), chat: silent.id })
      await unit.saveMessage(message('h', bridge))
      expect(await unit.recentChats(9, 0)).toEqual([hikers, old, linChat])
      expect(await unit.knownChats(9, 0)).toEqual([hikers, old, linChat, silent])
      await unit.mergeChats(old.id, linChat.id)
    })
    await t.reopen()
    await t.store.unit(async (unit) => {
      expect(await unit.recentChats(9, 0)).toEqual([hikers, linChat])
      expect(await unit.recentChats(1, 0)).toEqual([hikers])
      expect(await unit.recentChats(1, 1)).toEqual([linChat])
      expect(await unit.recentChats(1, 2)).toEqual([])
      expect(await unit.knownChats(2, 1)).toEqual([linChat, silent])
    })
  })

  const by = (t: StoreHarness, aliases: readonly string[], of = account) =>
    t.store.unit(async (unit) => (await unit.messageBy(of, aliases, linChat.id))?.id)

  test('a message is found by any alias; the first alias that names one wins', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(message('a', { aliases: ['a', 'new-a'] }))
      await unit.saveMessage(message('b', { aliases: ['b', 'a'] }))
    })
    expect(await by(t, ['a'])).toBe(message('a').id)
    expect(await by(t, ['new-a'])).toBe(message('a').id)
    expect(await by(t, ['nothing', 'b', 'a'])).toBe(message('b').id)
    expect(await by(t, ['nothing'])).toBeUndefined()
    expect(await by(t, [])).toBeUndefined()
    expect(await by(t, ['a'], accountId('wx:other'))).toBeUndefined()
  })

  test('a message of the same chat is preferred to one of another chat', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(message('far', { chat: hikers.id }))
      await unit.saveMessage(message('near'))
    })
    expect(await by(t, ['far', 'near'])).toBe(message('near').id)
    expect(await by(t, ['far'])).toBe(message('far').id)
  })

  test('the latest message is by this person, in this chat, recent, and said by a person', async (t) => {
    const at = (name: string, ms: number, change: Partial<Message> = {}) =>
      message(name, { at: noon + ms, ...change })
    const other = contactId('wx:314159/other')
    const who = { sender: { type: 'contact', contact: { id: other, name: '' } } } as const
    await t.store.unit(async (unit) => {
      await unit.saveMessage(at('late', 20))
      await unit.saveMessage(at('early', 10))
      await unit.saveMessage({ ...recall('recall', ['early']), at: noon + 30 })
      await unit.saveMessage(at('elsewhere', 40, { chat: hikers.id }))
      await unit.saveMessage(at('other', 50, who))
      await unit.saveMessage({ ...mine('mine'), at: noon + 5 })
      const notice = { kind: 'notice', notice: { type: 'help' } } as const
      await unit.saveMessage({ ...mine('notice', notice), at: noon + 60 })
    })
    const latest = (by: Parameters<Unit['latest']>[1], since: number) =>
      t.store.unit(async (unit) => (await unit.latest(linChat.id, by, noon + since))?.id)
    expect(await latest(lin.id, 0)).toBe(message('late').id)
    expect(await latest(lin.id, 21)).toBeUndefined()
    expect(await latest(other, 0)).toBe(message('other').id)
    expect(await latest('myself', 0)).toBe(message('mine').id)
    expect(await latest(contactId('nobody'), 0)).toBeUndefined()
    // What was taken back by one recall is not what another took back.
    await t.store.unit((unit) => unit.saveMessage(recall('again', ['late']), message('late').id))
    expect(await latest(lin.id, 0)).toBe(message('early').id)
  })

  test('a chat has one portal per hub, made once', async (t) => {
    await t.store.unit((unit) => unit.saveChats([linChat]))
    const portalOf = (name: string, fresh: string) =>
      t.store.unit((unit) => unit.portalOf(linChat.id, hubId(name), () => portalId(fresh)))
    expect(await portalOf('matrix', 'p1')).toEqual({ id: 'p1', hub: 'matrix', chat: linChat })
    await t.reopen()
    expect((await portalOf('matrix', 'p2')).id).toBe('p1')
    expect((await portalOf('web', 'p3')).id).toBe('p3')
    const unknown = t.store.unit((unit) => unit.portalOf(hikers.id, hub, () => portalId('p4')))
    await expect(unknown).rejects.toMatchObject({ failure: { code: 'bug' } })
  })

  test('a room belongs to one portal, and finds it with its chat as it is now', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, hikers])
      const portal = await unit.portalOf(linChat.id, hub, () => portalId('p1'))
      await unit.portalOf(hikers.id, hub, () => portalId('p2'))
      await unit.bindRoom(portal.id, room('!r:x'))
      await unit.bindRoom(portal.id, room('!r:x'))
      await unit.saveChats([{ ...linChat, name: 'renamed' }])
    })
    const found = await t.store.unit((unit) => unit.portalIn(hub, room('!r:x')))
    expect(found).toEqual({ id: 'p1', hub, chat: { ...linChat, name: 'renamed' }, room: '!r:x' })
    expect(await t.store.unit((unit) => unit.portal(portalId('p1')))).toEqual(found)
    expect(await t.store.unit((unit) => unit.portalIn(hubId('web'), room('!r:x')))).toBeUndefined()
    for (const thief of ['p2', 'nothing']) {
      const stolen = t.store.unit((unit) => unit.bindRoom(portalId(thief), room('!r:x')))
      await expect(stolen).rejects.toMatchObject({ failure: { code: 'bug' } })
    }
  })

  test('a message written in a room is joined to its event', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(mine('a'))
      await unit.joinEvent(mine('a').id, 1, hub, event('$second'))
      await unit.joinEvent(mine('a').id, 0, hub, event('$first'))
      await unit.joinEvent(mine('a').id, 0, hub, event('$first'))
    })
    await t.reopen()
    await t.store.unit(async (unit) => {
      expect(await unit.messageAt(hub, event('$second'))).toEqual(mine('a'))
      expect(await unit.messageAt(hubId('web'), event('$second'))).toBeUndefined()
      expect(await unit.eventOf(mine('a').id, hub)).toBe('$first')
      expect(await unit.eventOf(mine('a').id, hubId('wechat'))).toBeUndefined()
      expect(await unit.sentReceipt(mine('a').id, 0)).toBeUndefined()
    })
  })
}
