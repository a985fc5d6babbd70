import { expect } from 'vitest'
import { sendLine } from '../../../src/core/ids.ts'
import type { Send } from '../../../src/core/post.ts'
import type { StoreCase, StoreHarness } from '../store.ts'
import {
  chatOf,
  claim,
  first,
  refused as held,
  hikers,
  linChat,
  message,
  mine,
  nobody,
  noon,
  own,
  picture,
  receipt,
  send,
  toHub,
  toWeChat,
} from './samples.ts'

export function repeatCases(test: StoreCase): void {
  const to = (name: string, chat: string, change: Partial<Send> = {}): Send => {
    const { id } = chatOf(chat)
    return send(name, { chat: id, portal: sendLine(id), ...change })
  }
  const text = (words: string) => ({ body: { kind: 'text', text: words } }) as const
  const repeats = (t: StoreHarness, words: string, since = noon, upTo = 9) =>
    t.store.unit((unit) => unit.repeats(toWeChat, words, chatOf('self').id, since, upTo))

  test('the same text to other chats is counted once per chat, whatever became of it', async (t) => {
    await t.store.unit(async (unit) => {
      for (const [name, chat] of [
        ['1', 'a'],
        ['2', 'a'],
        ['3', 'b'],
        ['4', 'self'],
      ] as const) {
        await unit.enqueue(toWeChat, to(name, chat, text('Happy New Year!')), noon)
      }
      await unit.hold(toWeChat, to('5', 'c', text('Happy New Year!')), noon, held)
      await unit.enqueue(toWeChat, to('6', 'd', text('Happy New Year!')), noon - 1)
      await unit.enqueue(toWeChat, to('7', 'e', text('Happy Old Year!')), noon)
    })
    const lease = await own(t.store, toWeChat)
    const { seq } = await claim(t.store, lease)
    await t.store.unit((unit) => unit.deliver(lease, seq, receipt('msg')))
    expect(await repeats(t, 'Happy New Year!')).toBe(3)
    expect(await repeats(t, 'Happy New Year!', noon - 1)).toBe(4)
    expect(await repeats(t, 'Happy New Year!', noon, 2)).toBe(2)
    expect(await repeats(t, 'Happy Old Year!')).toBe(1)
    expect(await repeats(t, 'no one else')).toBe(0)
    const elsewhere = t.store.unit((unit) =>
      unit.repeats(toHub, 'Happy New Year!', chatOf('self').id, noon, 9),
    )
    expect(await elsewhere).toBe(0)
  })

  test('width, capitals, spaces and what cannot be seen make no other text', async (t) => {
    await t.store.unit((unit) =>
      unit.enqueue(toWeChat, to('1', 'a', text('ＨＡＰＰＹ 新年好　２０２７！\u200b')), noon),
    )
    expect(await repeats(t, 'happy  新年 好 2027!')).toBe(1)
    expect(await repeats(t, 'happy 新年好 2028!')).toBe(0)
  })

  test('takings-back and media repeat no text', async (t) => {
    await t.store.unit(async (unit) => {
      const back = { kind: 'recall', target: mine('x').id, part: 0 } as const
      await unit.enqueue(toWeChat, to('1', 'a', { body: back }), noon)
      await unit.enqueue(
        toWeChat,
        to('2', 'b', { body: { kind: 'media', media: picture('p') } }),
        noon,
      )
    })
    expect(await repeats(t, '')).toBe(0)
  })

  test('a text counts as what it was amended to', async (t) => {
    await t.store.unit((unit) => unit.enqueue(toWeChat, to('1', 'a', text('old')), noon))
    const lease = await own(t.store, toWeChat)
    const { seq } = (await t.store.unit((unit) => first(unit, lease)))!
    await t.store.unit((unit) => unit.amend(toWeChat, seq, to('1', 'a', text('new'))))
    expect(await repeats(t, 'old')).toBe(0)
    expect(await repeats(t, 'new')).toBe(1)
  })

  test('what was sent to either of two merged chats was sent to one', async (t) => {
    const old = chatOf('old')
    const words = { kind: 'text', text: 'the same' } as const
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, old, hikers])
      for (const chat of ['old', 'flying', 'lin']) {
        await unit.enqueue(toWeChat, { ...to(chat, chat), body: words }, noon)
      }
    })
    const lease = await own(t.store, toWeChat)
    const count = (chat: string) =>
      t.store.unit((unit) => unit.repeats(toWeChat, 'the same', chatOf(chat).id, noon, 9))
    // `flying` was never saved: it is a chat of its own, by its line.
    expect(await count('hikers')).toBe(3)
    const items = await t.store.unit((unit) => unit.ready(lease, noon, 9, nobody))
    const sent = items.find(({ job }) => job.message === message('old').id)!
    await t.store.unit(async (unit) => {
      await unit.markSending(lease, sent.seq, noon)
      await unit.deliver(lease, sent.seq, receipt('x'))
      await unit.mergeChats(old.id, linChat.id)
    })
    expect(await count('hikers')).toBe(2)
    expect(await count('lin')).toBe(1)
    expect(await count('old')).toBe(1)
  })

  test('what goes out while its chat is merged counts as sent to what that became', async (t) => {
    const old = chatOf('old')
    const words = { kind: 'text', text: 'the same' } as const
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, old, hikers])
      await unit.enqueue(toWeChat, { ...to('a', 'old'), body: words }, noon)
      await unit.enqueue(toWeChat, { ...to('b', 'lin'), body: words }, noon + 5_000)
    })
    const lease = await own(t.store, toWeChat)
    const flying = await claim(t.store, lease)
    await t.store.unit((unit) => unit.mergeChats(old.id, linChat.id))
    const count = (chat: string) =>
      t.store.unit((unit) => unit.repeats(toWeChat, 'the same', chatOf(chat).id, noon, 9))
    expect(await count('lin')).toBe(0)
    await t.store.unit((unit) => unit.deliver(lease, flying.seq, receipt('x')))
    expect(await count('lin')).toBe(0)
    expect(await count('hikers')).toBe(1)
    expect(await t.store.unit((unit) => unit.lines(toWeChat, 9, 9))).toHaveLength(1)
  })
}
