import { describe, expect, it } from 'vitest'
import { personOf, roomName, roomTopic } from '../../../adapters/matrix/room-name.ts'
import { wordsOf } from '../../../adapters/matrix/words.ts'
import type { Chat } from '../../../src/core/chat.ts'
import { accountId, chatId } from '../../../src/core/ids.ts'

const words = wordsOf({ language: 'en' })
const friend: Chat = {
  id: chatId('wx:1/ann'),
  account: accountId('wx:1'),
  kind: 'friend',
  name: 'Ann',
}

describe('Rooms are called', () => {
  it('something, however long, empty or odd what WeChat says is', () => {
    for (const name of [
      '',
      ' ',
      '\u0000\u202e\n',
      '<b>x</b>',
      'x'.repeat(10_000),
      '😀'.repeat(5_000),
    ]) {
      const chat = { ...friend, name }
      const shown = roomName(chat, words)
      expect(shown.trim()).not.toBe('')
      expect(shown.length).toBeLessThan(300)
      expect(shown.isWellFormed()).toBe(true)
      expect((roomTopic({ ...chat, remark: 'R' }, words) ?? '').length).toBeLessThan(400)
      const told = roomTopic({ ...chat, kind: 'group', topic: name }, words) ?? ''
      expect(told.length).toBeLessThanOrEqual(2_000)
    }
  })
})

describe('A direct chat is with', () => {
  it('the person of the same account and id, and with nobody where the id says nothing of that', () => {
    expect(personOf(friend)).toBe('wx:1/ann')
    expect(personOf({ ...friend, kind: 'mp' })).toBe('wx:1/ann')
    for (const id of ['ann', 'wx:2/ann', 'wx:10/ann']) {
      expect(personOf({ ...friend, id: chatId(id) })).toBeUndefined()
    }
    for (const kind of ['group', 'self', 'management'] as const) {
      expect(personOf({ ...friend, kind })).toBeUndefined()
    }
  })
})
