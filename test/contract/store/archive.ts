import { expect } from 'vitest'
import type { Send } from '../../../src/core/post.ts'
import type { Change, Delivery } from '../../../src/ports/archive.ts'
import type { StoreCase, StoreHarness } from '../store.ts'
import {
  chatOf,
  claim,
  hikers,
  linChat,
  lost,
  message,
  mine,
  noon,
  own,
  picture,
  post,
  recall,
  receipt,
  refused,
  send,
  toHub,
  toWeChat,
} from './samples.ts'

export function archiveCases(test: StoreCase): void {
  test('chats with messages come first, latest first, then the others by name', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([chatOf('z'), linChat, chatOf('b'), hikers, chatOf('a')])
      await unit.saveMessage(message('one'))
      await unit.saveMessage(message('two', { chat: hikers.id }))
      await unit.saveMessage(message('three', { chat: hikers.id, at: 1 }))
    })
    const entries = await t.archive.chats()
    expect(entries.map(({ chat }) => chat)).toEqual([
      hikers,
      linChat,
      chatOf('a'),
      chatOf('b'),
      chatOf('z'),
    ])
    expect(entries.map(({ last }) => last?.message.id.split('/')[1])).toEqual([
      'three',
      'one',
      undefined,
      undefined,
      undefined,
    ])
    expect(await t.archive.chat(hikers.id)).toEqual(hikers)
    expect(await t.archive.chat(chatOf('nobody').id)).toBeUndefined()
  })

  test('messages of a chat are read page by page, oldest first', async (t) => {
    const names = Array.from({ length: 1_203 }, (_, i) => `m${i}`)
    await t.store.unit(async (unit) => {
      for (const name of names) await unit.saveMessage(message(name))
      await unit.saveMessage(message('elsewhere', { chat: hikers.id }))
    })
    const read: string[] = []
    let before: number | undefined
    for (;;) {
      const page = await t.archive.messages(linChat.id, 600, before)
      if (page.length === 0) break
      read.unshift(...page.map(({ message }) => message.id.split('/')[1]!))
      before = page[0]!.seq
    }
    expect(read).toEqual(names)
  })

  test('a recalled message says so, and its recall says what it is about', async (t) => {
    const changes: Change[] = []
    await t.store.unit((unit) => unit.saveMessage(message('a')))
    expect(await t.archive.message(message('a').id)).toMatchObject({ recalled: false })
    t.archive.watch((change) => changes.push(change))
    await t.store.unit((unit) => unit.saveMessage(recall('r', ['a']), message('a').id))
    expect(changes).toEqual([
      { type: 'message', chat: linChat.id, message: recall('r', []).id },
      { type: 'message', chat: linChat.id, message: message('a').id },
    ])
    await t.reopen()
    const [original, notice] = await t.archive.messages(linChat.id, 10)
    expect(original).toMatchObject({ message: message('a'), recalled: true })
    expect(notice).toMatchObject({ about: message('a'), recalled: false })
  })

  test('an answer to a message is no recall of it', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(message('a'))
      await unit.saveMessage(message('b'), message('a').id)
      await unit.saveMessage(recall('unknown', ['gone']))
      await unit.saveMessage(recall('early', ['gone']), message('gone').id)
    })
    expect(await t.archive.message(message('a').id)).toMatchObject({ recalled: false })
    expect(await t.archive.message(message('b').id)).toMatchObject({ about: message('a') })
    expect(await t.archive.message(recall('unknown', []).id)).not.toHaveProperty('about')
    expect(await t.archive.message(recall('early', []).id)).not.toHaveProperty('about')
    expect(await t.archive.message(message('nothing').id)).toBeUndefined()
  })

  const seen = async (t: StoreHarness) => {
    const { delivery, resend } = (await t.archive.message(mine('a').id)) ?? {}
    return resend === undefined ? delivery : { delivery, resend }
  }

  test('my message shows how far it got, and tells each change', async (t) => {
    const states: (Delivery | undefined)[] = []
    const changes: Change[] = []
    t.archive.watch((change) => changes.push(change))
    const look = async () => states.push((await t.archive.message(mine('a').id))?.delivery)
    await t.store.unit((unit) => unit.saveMessage(mine('a')))
    await look()
    await t.store.unit((unit) => unit.enqueue(toWeChat, send('a'), noon))
    await look()
    const lease = await own(t.store, toWeChat)
    const { seq } = await claim(t.store, lease)
    await look()
    await t.store.unit((unit) => unit.retry(lease, seq, noon, lost))
    await look()
    await claim(t.store, lease)
    await t.store.unit((unit) => unit.deliver(lease, seq, receipt('msg-1')))
    await look()
    expect(states).toEqual([undefined, 'queued', 'sending', 'queued', 'sent'])
    expect(changes).toHaveLength(6)
    expect(new Set(changes.map((change) => JSON.stringify(change))).size).toBe(1)
  })

  test('the worst part of a message counts, and names what to resend', async (t) => {
    const parts: Send[] = [0, 1, 2].map((part) => send('a', { part }))
    await t.store.unit(async (unit) => {
      await unit.saveMessage(mine('a'))
      for (const part of parts) await unit.enqueue(toWeChat, part, noon)
    })
    const lease = await own(t.store, toWeChat)
    const claimed = () => claim(t.store, lease, t.clock.now() + 1_000)
    const sent = await claimed()
    await t.store.unit((unit) => unit.deliver(lease, sent.seq, receipt('msg-1')))
    expect(await seen(t)).toBe('queued')
    const unknown = await claimed()
    expect(await seen(t)).toBe('sending')
    await t.store.unit((unit) => unit.bury(lease, unknown.seq, 'unknown', lost))
    expect(await seen(t)).toEqual({ delivery: 'unknown', resend: unknown.seq })
    const dead = await claimed()
    await t.store.unit((unit) => unit.bury(lease, dead.seq, 'dead', refused))
    expect(await seen(t)).toEqual({ delivery: 'dead', resend: dead.seq })

    await t.store.unit((unit) => unit.requeue(dead.seq, noon))
    expect(await seen(t)).toEqual({ delivery: 'unknown', resend: unknown.seq })
    await t.store.unit((unit) => unit.settle(parts[1]!.key, receipt('msg-2')))
    expect(await seen(t)).toBe('queued')
  })

  test('posts and takings-back say nothing of a delivery', async (t) => {
    const changes: Change[] = []
    await t.store.unit((unit) => unit.saveMessage(mine('a')))
    t.archive.watch((change) => changes.push(change))
    await t.store.unit(async (unit) => {
      await unit.enqueue(toHub, post('a'), noon)
      await unit.enqueue(
        toWeChat,
        send('a', { body: { kind: 'recall', target: mine('a').id, part: 0 } }),
        noon,
      )
    })
    expect(await seen(t)).toBeUndefined()
    expect(changes).toEqual([])
  })

  test('a message whose media was given up says why, until it is asked for again', async (t) => {
    const shown = message('p', { content: { kind: 'image', media: picture('p') } })
    const missing = async () => (await t.archive.message(shown.id))?.missing
    await t.store.unit(async (unit) => {
      await unit.saveMessage(shown)
      await unit.wantMedia(picture('p'), noon)
    })
    expect(await t.archive.message(shown.id)).not.toHaveProperty('missing')
    await t.store.unit((unit) => unit.missMedia(picture('p').id, 'network', noon))
    expect(await missing()).toBeUndefined()
    await t.store.unit((unit) => unit.missMedia(picture('p').id, 'gone', undefined))
    expect(await missing()).toBe('gone')
    expect((await t.archive.messages(linChat.id, 5)).at(-1)?.missing).toBe('gone')
    await t.store.unit((unit) => unit.wantAgain(picture('p').id, noon))
    expect(await missing()).toBeUndefined()
  })

  test('until when a chat was read is kept, never goes back, and is told once', async (t) => {
    const changes: Change[] = []
    await t.store.unit((unit) => unit.saveChats([linChat]))
    t.archive.watch((change) => changes.push(change))
    const readAt = async () => (await t.archive.chats())[0]?.readAt
    expect((await t.archive.chats())[0]).not.toHaveProperty('readAt')
    for (const at of [noon, noon - 5, noon]) {
      await t.store.unit((unit) => unit.markRead(linChat.id, at))
      expect(await readAt()).toBe(noon)
    }
    await t.store.unit((unit) => unit.markRead(chatOf('nobody').id, noon))
    expect(changes).toEqual([{ type: 'chats' }])
    await t.store.unit((unit) => unit.saveChats([{ ...linChat, name: 'new' }]))
    await t.reopen()
    expect(await readAt()).toBe(noon)
  })

  test('saving a chat as it is tells nobody', async (t) => {
    const changes: Change[] = []
    t.archive.watch((change) => changes.push(change))
    await t.store.unit((unit) => unit.saveChats([linChat, hikers]))
    await t.store.unit((unit) => unit.saveChats([linChat, hikers]))
    await t.store.unit((unit) => unit.saveChats([linChat, { ...hikers, members: 9 }]))
    expect(changes).toEqual([{ type: 'chats' }, { type: 'chats' }])
  })
}
