import { expect } from 'vitest'
import type { Chat } from '../../../src/core/chat.ts'
import { accountId, hubId, type PortalId, portalId, sendLine } from '../../../src/core/ids.ts'
import type { Message } from '../../../src/core/message.ts'
import type { Send } from '../../../src/core/post.ts'
import type { Unit } from '../../../src/ports/store.ts'
import type { StoreCase, StoreHarness } from '../store.ts'
import {
  chatOf,
  claim,
  event,
  hikers,
  hub,
  lin,
  linChat,
  lost,
  message,
  mine,
  noon,
  own,
  post,
  readyNames,
  receipt,
  refused,
  room,
  send,
  toHub,
  toWeChat,
} from './samples.ts'

const doubtful = chatOf('doubtful')
const web = hubId('web')
const written = (name: string, chat: Chat): Message => ({ ...mine(name), chat: chat.id })
const sendTo = (name: string, chat: Chat, change: Partial<Send> = {}): Send =>
  send(name, { chat: chat.id, portal: sendLine(chat.id), ...change })

/** A portal with a room, named alike. */
async function open(t: StoreHarness, chat: Chat, name: string, on = hub): Promise<PortalId> {
  await t.store.unit(async (unit) => {
    await unit.saveChats([chat])
    await unit.portalOf(chat.id, on, () => portalId(name))
    await unit.bindRoom(portalId(name), room(`!${name}`))
  })
  return portalId(name)
}

const merge = (t: StoreHarness, from: Chat, into: Chat) =>
  t.store.unit((unit) => unit.mergeChats(from.id, into.id))

export function mergingCases(test: StoreCase): void {
  test('what was said in either is one conversation, in the order it came', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, doubtful])
      await unit.saveMessage(message('a'))
      await unit.saveMessage(message('b', { chat: doubtful.id }))
      await unit.saveMessage(message('c'))
      await unit.joinEvent(message('b').id, 0, hub, event('$b'))
    })
    await merge(t, doubtful, linChat)
    await t.reopen()
    const all = await t.archive.messages(linChat.id, 10)
    expect(all.map((one) => one.message)).toEqual([message('a'), message('b'), message('c')])
    expect(await t.archive.messages(doubtful.id, 10)).toEqual([])
    await t.store.unit(async (unit) => {
      expect(await unit.messageBy(linChat.account, ['b'], linChat.id)).toEqual(message('b'))
      expect(await unit.messageAt(hub, event('$b'))).toEqual(message('b'))
      expect(await unit.latest(linChat.id, lin.id, 0)).toEqual(message('c'))
    })
  })

  test('the merged one is no chat any more, and saving it does not bring it back', async (t) => {
    const changes: unknown[] = []
    await t.store.unit((unit) => unit.saveChats([linChat, doubtful]))
    await merge(t, doubtful, linChat)
    t.archive.watch((change) => changes.push(change))
    await t.store.unit((unit) => unit.saveChats([{ ...doubtful, name: 'back' }]))
    await t.reopen()
    expect((await t.archive.chats()).map(({ chat }) => chat)).toEqual([linChat])
    expect(await t.archive.chat(doubtful.id)).toBeUndefined()
    expect(changes).toEqual([])
    await t.store.unit(async (unit) => {
      expect(await unit.countChats()).toBe(1)
      expect(await unit.chat(doubtful.id)).toBeUndefined()
      expect(await unit.mergedInto(doubtful.id)).toBe(linChat.id)
      expect(await unit.mergedInto(linChat.id)).toBeUndefined()
      expect(await unit.mergedInto(chatOf('nobody').id)).toBeUndefined()
    })
  })

  test('its old room leads to the chat it became; posts that wait still go there', async (t) => {
    const old = await open(t, doubtful, 'old')
    const present = await open(t, linChat, 'present')
    await t.store.unit((unit) => unit.enqueue(toHub, post('a', 'x'), noon))
    await t.store.unit((unit) => unit.enqueue(toHub, { ...post('b'), portal: old }, noon))
    await merge(t, doubtful, linChat)
    await t.store.unit(async (unit) => {
      expect(await unit.portalIn(hub, room('!old'))).toMatchObject({ id: present, chat: linChat })
      expect(await unit.portalIn(hub, room('!present'))).toMatchObject({ id: present })
      expect(await unit.portal(old)).toEqual({ id: old, hub, chat: doubtful, room: room('!old') })
      const fresh = () => portalId('never')
      expect(await unit.portalOf(doubtful.id, hub, fresh)).toMatchObject({ id: present })
    })
    expect(await readyNames(t.store, await own(t.store))).toEqual(['b', 'a'])
  })

  test('where the chat has no room yet, the old room is its room from now on', async (t) => {
    const old = await open(t, doubtful, 'old', web)
    await open(t, linChat, 'present')
    await merge(t, doubtful, linChat)
    await t.store.unit(async (unit) => {
      const portal = { id: old, hub: web, chat: linChat, room: room('!old') }
      expect(await unit.portalIn(web, room('!old'))).toEqual(portal)
      expect(await unit.portalOf(linChat.id, web, () => portalId('never'))).toEqual(portal)
      expect((await unit.portalIn(hub, room('!present')))?.chat).toEqual(linChat)
    })
  })

  test('what was announced in either holds, and what the chat that stays knows goes before', async (t) => {
    const group = { ...doubtful, kind: 'group', topic: 'at nine' } as const
    const topicOf = async (into: Chat) => {
      await t.store.unit((unit) => unit.saveChats([group, into]))
      await merge(t, group, into)
      await t.reopen()
      return t.store.unit(async (unit) => (await unit.chat(into.id))?.topic)
    }
    expect(await topicOf({ ...hikers, name: 'as it was' })).toBe('at nine')
    await t.store.unit(async (unit) => {
      expect(await unit.chat(hikers.id)).toEqual({ ...hikers, name: 'as it was', topic: 'at nine' })
    })
    const other = { ...chatOf('other'), kind: 'group', topic: 'at ten' } as const
    const more = { ...group, id: chatOf('more').id }
    await t.store.unit((unit) => unit.saveChats([more, other]))
    await merge(t, more, other)
    expect((await t.archive.chat(other.id))?.topic).toBe('at ten')
  })

  test('a portal is found where there is one, also under the name that ended, and none is made', async (t) => {
    const present = await open(t, linChat, 'present')
    await t.store.unit((unit) => unit.saveChats([doubtful]))
    const found = (chat: Chat, on = hub) =>
      t.store.unit(async (unit) => (await unit.portalAlready(chat.id, on))?.id)
    expect([await found(doubtful), await found(linChat, web)]).toEqual([undefined, undefined])
    expect([await found(linChat), await found(chatOf('nobody'))]).toEqual([present, undefined])
    await merge(t, doubtful, linChat)
    expect(await found(doubtful)).toBe(present)
  })

  test('waiting sends go to the end of the other line, in their order, under its name', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, doubtful])
      for (const name of ['a', 'b']) {
        await unit.saveMessage(written(name, doubtful))
        await unit.enqueue(toWeChat, sendTo(name, doubtful), noon)
      }
      await unit.enqueue(toWeChat, sendTo('c', linChat), noon)
    })
    await merge(t, doubtful, linChat)
    const lease = await own(t.store, toWeChat)
    const seen: string[] = []
    for (let step = 1; step <= 3; step++) {
      const item = await claim(t.store, lease, noon + step * 1_000)
      t.clock.set(noon + step * 1_000)
      expect(item.job).toMatchObject({ chat: linChat.id, portal: sendLine(linChat.id) })
      expect(item.portal).toBe(sendLine(linChat.id))
      expect(item.since).toBe(noon)
      seen.push(item.job.key)
      await t.store.unit((unit) => unit.deliver(lease, item.seq, receipt(`msg-${step}`)))
    }
    expect(seen).toEqual(['c', 'a', 'b'].map((name) => send(name).key))
    await t.store.unit(async (unit) => {
      expect(await unit.depth()).toEqual({ queued: 0, dead: 0 })
      expect(await unit.nextDue(lease, new Set())).toBeUndefined()
    })
  })

  test('what is being sent meanwhile settles as it is', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, doubtful])
      for (const name of ['a', 'b']) {
        await unit.saveMessage(written(name, doubtful))
        await unit.enqueue(toWeChat, sendTo(name, doubtful), noon)
      }
    })
    const lease = await own(t.store, toWeChat)
    const flying = await claim(t.store, lease)
    const changes: unknown[] = []
    await merge(t, doubtful, linChat)
    t.archive.watch((change) => changes.push(change))
    expect(await t.store.unit((unit) => unit.uncertain(lease))).toHaveLength(1)
    await t.store.unit((unit) => unit.deliver(lease, flying.seq, receipt('msg-1')))
    expect(changes).toEqual([{ type: 'message', chat: linChat.id, message: mine('a').id }])
    const next = await claim(t.store, lease)
    expect(next.job).toMatchObject({ chat: linChat.id, message: mine('b').id })
    await t.store.unit((unit) => unit.deliver(lease, next.seq, receipt('msg-2')))
    expect(await t.store.unit((unit) => unit.nextDue(lease, new Set()))).toBeUndefined()
  })

  test('what comes back from being sent waits in the other line, before what came later', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, doubtful])
      for (const name of ['a', 'b']) await unit.enqueue(toWeChat, sendTo(name, doubtful), noon)
    })
    const lease = await own(t.store, toWeChat)
    const flying = await claim(t.store, lease)
    await merge(t, doubtful, linChat)
    await t.store.unit((unit) => unit.retry(lease, flying.seq, noon + 5_000, lost))
    expect(await readyNames(t.store, lease, noon + 4_999)).toEqual([])
    const [again] = await t.store.unit((unit) => unit.ready(lease, noon + 5_000, 9, new Set()))
    expect(again?.job).toEqual({ ...sendTo('a', linChat), key: flying.job.key })
    expect(again?.portal).toBe(sendLine(linChat.id))
  })

  test('what comes back into a line while another of it is under way is not stranded there', async (t) => {
    const lease = await own(t.store, toWeChat)
    const both = async (name: string) => {
      const from = chatOf(`from-${name}`)
      await t.store.unit(async (unit) => {
        await unit.saveChats([linChat, from])
        await unit.enqueue(toWeChat, sendTo(`${name}1`, from), noon)
        await unit.enqueue(toWeChat, sendTo(`${name}2`, linChat), noon)
      })
      const first = await claim(t.store, lease)
      const second = await claim(t.store, lease)
      await merge(t, from, linChat)
      await t.store.unit((unit) => unit.retry(lease, first.seq, noon, lost))
      return second
    }
    const ends: Record<string, (unit: Unit, seq: number) => Promise<unknown>> = {
      deliver: (unit, seq) => unit.deliver(lease, seq, receipt('msg')),
      bury: (unit, seq) => unit.bury(lease, seq, 'dead', refused),
      retry: (unit, seq) => unit.retry(lease, seq, noon + 60_000, lost),
    }
    for (const [name, end] of Object.entries(ends)) {
      const { seq } = await both(name)
      expect(await readyNames(t.store, lease)).toEqual([])
      await t.store.unit((unit) => end(unit, seq))
      expect(await readyNames(t.store, lease, noon + 60_000)).toEqual([`${name}1`])
      const back = await claim(t.store, lease, noon + 60_000)
      await t.store.unit((unit) => unit.deliver(lease, back.seq, receipt(`late-${name}`)))
    }
  })

  test('what was given up is sent to the chat it became when it is asked for again', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, doubtful])
      await unit.enqueue(toWeChat, sendTo('before', doubtful), noon)
      await unit.enqueue(toWeChat, sendTo('during', doubtful), noon)
    })
    const lease = await own(t.store, toWeChat)
    const before = await claim(t.store, lease)
    await t.store.unit((unit) => unit.bury(lease, before.seq, 'dead', refused))
    const during = await claim(t.store, lease)
    await merge(t, doubtful, linChat)
    await t.store.unit((unit) => unit.bury(lease, during.seq, 'unknown', lost))
    for (const { seq } of [before, during]) {
      expect(await t.store.unit((unit) => unit.requeue(seq, noon))).toBe(true)
      const item = await claim(t.store, lease)
      expect(item.job).toMatchObject({ chat: linChat.id, portal: sendLine(linChat.id) })
      await t.store.unit((unit) => unit.deliver(lease, item.seq, receipt(`msg-${seq}`)))
    }
    expect(await t.store.unit((unit) => unit.nextDue(lease, new Set()))).toBeUndefined()
  })

  test('merging again, the other way round, or into itself changes nothing', async (t) => {
    await open(t, doubtful, 'old')
    await open(t, linChat, 'present')
    await merge(t, doubtful, linChat)
    const changes: unknown[] = []
    t.archive.watch((change) => changes.push(change))
    await merge(t, doubtful, linChat)
    await merge(t, linChat, doubtful)
    await merge(t, linChat, linChat)
    await merge(t, doubtful, doubtful)
    expect(changes).toEqual([])
    expect((await t.archive.chats()).map(({ chat }) => chat)).toEqual([linChat])
  })

  test('a chain of merges ends where the last one does', async (t) => {
    const [a, b, c] = [chatOf('a'), chatOf('b'), chatOf('c')] as const
    const portals = [await open(t, a, 'a'), await open(t, b, 'b'), await open(t, c, 'c')]
    await t.store.unit((unit) => unit.saveMessage(message('said', { chat: a.id })))
    await t.store.unit((unit) => unit.enqueue(toWeChat, sendTo('x', a), noon))
    await merge(t, a, b)
    await merge(t, b, c)
    await t.store.unit(async (unit) => {
      for (const from of [a, b]) expect(await unit.mergedInto(from.id)).toBe(c.id)
      for (const name of ['a', 'b', 'c']) {
        expect(await unit.portalIn(hub, room(`!${name}`))).toMatchObject({ id: portals[2] })
      }
      expect((await unit.message(message('said').id))?.chat).toBe(c.id)
    })
    const lease = await own(t.store, toWeChat)
    expect((await claim(t.store, lease)).job).toMatchObject({ chat: c.id })
    // Into something merged already is into what that became.
    await t.store.unit((unit) => unit.saveChats([doubtful]))
    await merge(t, doubtful, a)
    expect(await t.store.unit((unit) => unit.mergedInto(doubtful.id))).toBe(c.id)
  })

  test('chats that were never saved, or of two accounts, are not merged', async (t) => {
    const stranger = { ...chatOf('stranger'), account: accountId('wx:other') }
    await t.store.unit((unit) => unit.saveChats([linChat, stranger]))
    for (const [from, into] of [
      [doubtful, linChat],
      [linChat, doubtful],
      [stranger, linChat],
    ] as const) {
      await expect(merge(t, from, into)).rejects.toMatchObject({ failure: { code: 'bug' } })
    }
  })

  test('rooms that show one chat by now are known as such, and no others', async (t) => {
    const from = await open(t, doubtful, 'from')
    const into = await open(t, linChat, 'into')
    await open(t, doubtful, 'only', web)
    const pairs = () => t.store.unit((unit) => unit.mergedRooms(hub))
    expect(await pairs()).toEqual([])
    await merge(t, doubtful, linChat)
    await t.reopen()
    expect(await pairs()).toEqual([{ from, into }])
    expect(await t.store.unit((unit) => unit.mergedRooms(web))).toEqual([])
    await t.store.unit((unit) => unit.unbindRoom(from))
    expect(await pairs()).toEqual([])
  })

  test('a portal can lose its room, and get another', async (t) => {
    const portal = await open(t, linChat, 'one')
    const at = (name: string) => t.store.unit((unit) => unit.portalIn(hub, room(name)))
    await t.store.unit((unit) => unit.unbindRoom(portal))
    expect(await at('!one')).toBeUndefined()
    expect(await t.store.unit((unit) => unit.portal(portal))).toEqual({
      id: portal,
      hub,
      chat: linChat,
    })
    await t.store.unit((unit) => unit.bindRoom(portal, room('!two')))
    expect((await at('!two'))?.id).toBe(portal)
    await t.store.unit((unit) => unit.unbindRoom(portalId('nobody')))
  })

  test('reading marks of a merged chat are its successor’s', async (t) => {
    await t.store.unit((unit) => unit.saveChats([linChat, doubtful]))
    await merge(t, doubtful, linChat)
    await t.store.unit((unit) => unit.markRead(doubtful.id, noon))
    expect(await t.archive.chats()).toEqual([{ chat: linChat, readAt: noon }])
  })

  test('the last words of a chat are those of people', async (t) => {
    const said = () => t.store.unit((unit) => unit.lastSaid(hikers.id))
    expect(await said()).toBeUndefined()
    await t.store.unit(async (unit) => {
      await unit.saveMessage(message('a', { chat: hikers.id }))
      await unit.saveMessage(message('b', { chat: hikers.id, sender: { type: 'myself' }, at: 1 }))
      await unit.saveMessage(message('c', { chat: hikers.id, sender: { type: 'system' } }))
      const pat = { kind: 'pat', text: 'x' } as const
      await unit.saveMessage(message('d', { chat: hikers.id, content: pat }))
    })
    expect((await said())?.id).toBe(message('b').id)
  })
}
