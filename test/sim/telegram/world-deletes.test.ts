import type { Message } from '@grammyjs/types'
import { describe, expect, it } from 'vitest'
import { worldStage } from './world-stage.ts'

const hours = 3_600_000

describe('deleting', () => {
  it('names what to delete', async () => {
    const { refused, chat } = await worldStage()
    expect(await refused('deleteMessages', { chat_id: chat, message_ids: [] })).toMatch(
      'not specified',
    )
  })

  it('takes a message away for everyone within two days', async () => {
    const { ok, refused, ann, chat, clock } = await worldStage()
    const send = async () =>
      (await ok<Message>('sendMessage', { chat_id: chat, text: 'a' })).message_id
    const [one, two] = [await send(), await send()]
    clock.at += 48 * hours
    expect(await ok('deleteMessage', { chat_id: chat, message_id: one })).toBe(true)
    expect(ann.sees(chat).map((each) => each.message_id)).toEqual([1, two])
    expect(await refused('deleteMessage', { chat_id: chat, message_id: one })).toBe(
      '400 Bad Request: message to delete not found',
    )
    clock.at += 1000
    expect(await refused('deleteMessage', { chat_id: chat, message_id: two })).toBe(
      "400 Bad Request: message can't be deleted for everyone",
    )
  })

  it('of what others wrote needs the right to, and then may be late', async () => {
    const { ok, refused, ann, clock } = await worldStage()
    const chat_id = await ann.makesGroup('G', { admin: false })
    const { message_id } = await ann.says(chat_id, '/a')
    clock.at += 100 * hours
    expect(await refused('deleteMessage', { chat_id, message_id })).toBe(
      "400 Bad Request: message can't be deleted",
    )
    await ann.promotesBot(chat_id, ['can_delete_messages'])
    await ok('deleteMessage', { chat_id, message_id })
  })

  it('leaves the message that made a topic', async () => {
    const { ok, refused, chat } = await worldStage()
    const { message_thread_id } = await ok<{ message_thread_id: number }>('createForumTopic', {
      chat_id: chat,
      name: 'T',
    })
    expect(await refused('deleteMessage', { chat_id: chat, message_id: message_thread_id })).toBe(
      "400 Bad Request: message can't be deleted",
    )
  })

  it('of many passes over what is not there', async () => {
    const { ok, refused, ann, chat } = await worldStage()
    await ann.says(chat, 'x')
    expect(await ok('deleteMessages', { chat_id: chat, message_ids: [2, 99] })).toBe(true)
    expect(ann.sees(chat)).toHaveLength(1)
    const many = Array.from({ length: 101 }, (_, i) => i)
    expect(await refused('deleteMessages', { chat_id: chat, message_ids: many })).toMatch(
      'too many',
    )
  })
})
