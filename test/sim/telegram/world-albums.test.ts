import type { Message } from '@grammyjs/types'
import { describe, expect, it } from 'vitest'
import { form, png, worldStage } from './world-stage.ts'

const photo = { bytes: png(1000, 500), name: 'a.png' }

describe('an album', () => {
  const attach = (type: string, name: string, more = {}) => ({
    type,
    media: `attach://${name}`,
    ...more,
  })

  it('is a message each, in order, of one group', async () => {
    const { ok, ann, chat } = await worldStage()
    const media = [
      attach('photo', 'a', { caption: '*b*', parse_mode: 'MarkdownV2' }),
      attach('video', 'b'),
    ]
    const files = { a: photo, b: { bytes: Buffer.from('v'), name: 'v.mp4' } }
    const sent = await ok<Message[]>('sendMediaGroup', form({ chat_id: chat, media }, files))
    expect(sent.map((one) => one.message_id)).toEqual([2, 3])
    expect(new Set(sent.map((one) => one.media_group_id)).size).toBe(1)
    expect(sent[0]?.media_group_id).toMatch(/^\d+$/)
    expect(sent[0]).toMatchObject({ caption: 'b', caption_entities: [{ type: 'bold' }] })
    expect(ann.sees(chat).slice(-2)).toEqual(sent)
  })

  const a = attach('photo', 'a')
  it.each([
    ['none', [], 'there are no messages to send'],
    ['one', [a], 'there are not enough messages to send as an album'],
    ['eleven', Array(11).fill(a), 'too many messages to send as an album'],
    [
      'mixed documents',
      [a, attach('document', 'a')],
      "document can't be mixed with other media types",
    ],
    ['mixed audio', [attach('audio', 'a'), a], "audio can't be mixed with other media types"],
    ['animations', [a, attach('animation', 'a')], 'type "animation" is not supported in an album'],
    ['nonsense', [a, 5], "can't parse InputMedia: expected an Object"],
    [
      'a missing part',
      [a, attach('photo', 'z')],
      'failed to send message #2 with the error message "wrong file identifier/HTTP URL specified"',
    ],
    [
      'a bad photo',
      [a, attach('photo', 'bad')],
      'failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"',
    ],
  ])('of %s is refused whole', async (_, media, why) => {
    const { refused, ann, chat } = await worldStage()
    const bad = { bytes: Buffer.from('bad'), name: 'bad.jpg' }
    const request = form({ chat_id: chat, media }, { a: photo, bad })
    expect(await refused('sendMediaGroup', request)).toBe(`400 Bad Request: ${why}`)
    expect(ann.sees(chat)).toHaveLength(1)
  })
})

it('an album has no buttons', async () => {
  const { refused, chat } = await worldStage()
  const member = { type: 'photo', media: 'attach://a' }
  const reply_markup = { inline_keyboard: [[{ text: 'x', callback_data: 'x' }]] }
  const request = form({ chat_id: chat, media: [member, member], reply_markup }, { a: photo })
  expect(await refused('sendMediaGroup', request)).toMatch('reply markup is not allowed')
})

describe('what is no file', () => {
  it('is given in its field', async () => {
    const { ok, chat } = await worldStage()
    const place = { latitude: 1.5, longitude: -2.5 }
    expect(await ok('sendLocation', { chat_id: chat, ...place })).toMatchObject({ location: place })
    expect(
      await ok('sendVenue', { chat_id: chat, ...place, title: 'T', address: 'A' }),
    ).toMatchObject({ location: place, venue: { location: place, title: 'T', address: 'A' } })
    expect(
      await ok('sendContact', { chat_id: chat, phone_number: '+1', first_name: 'B' }),
    ).toMatchObject({
      contact: { phone_number: '+1', first_name: 'B' },
    })
    expect(
      await ok('sendPoll', { chat_id: chat, question: 'Q', options: ['a', { text: 'b' }] }),
    ).toMatchObject({
      poll: { question: 'Q', options: [{ text: 'a', voter_count: 0 }, { text: 'b' }] },
    })
    expect(await ok('sendDice', { chat_id: chat })).toMatchObject({ dice: { emoji: '🎲' } })
  })

  it.each([
    ['sendLocation', { latitude: 91, longitude: 0 }, 'wrong location specified'],
    ['sendLocation', { latitude: 1 }, 'latitude or longitude is empty'],
    ['sendVenue', { latitude: 1, longitude: 0, title: 'T' }, 'venue address must be non-empty'],
    ['sendContact', { phone_number: '1' }, 'first name must be non-empty'],
    ['sendPoll', { question: 'Q', options: ['a'] }, 'poll must have at least 2 option'],
    ['sendPoll', { question: ' ', options: ['a', 'b'] }, 'poll question must be non-empty'],
    [
      'sendPoll',
      { question: 'x'.repeat(301), options: ['a', 'b'] },
      'poll question length must not exceed 300',
    ],
    ['sendPoll', { question: 'Q', options: ['a', ' '] }, 'poll options must be non-empty'],
    [
      'sendPoll',
      { question: 'Q', options: ['a', 'x'.repeat(101)] },
      'poll options length must not exceed 100',
    ],
    [
      'sendPoll',
      { question: 'Q', options: Array(13).fill('a') },
      "poll can't have more than 12 options",
    ],
    ['sendVenue', { latitude: 1, longitude: 0, address: 'A' }, 'venue title must be non-empty'],
    ['sendContact', { first_name: 'B' }, 'phone number must be non-empty'],
    ['sendDice', { emoji: 'x' }, 'wrong emoji specified'],
  ])('by %s with %j is refused', async (method, params, why) => {
    const { refused, chat } = await worldStage()
    expect(await refused(method, { chat_id: chat, ...params })).toBe(`400 Bad Request: ${why}`)
  })
})
