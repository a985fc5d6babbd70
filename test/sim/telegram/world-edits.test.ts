import type { Message } from '@grammyjs/types'
import { describe, expect, it } from 'vitest'
import { form, lastUpdate, png, worldStage } from './world-stage.ts'

const notModified =
  '400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message'
const keyboard = { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] }
const photo = { bytes: png(90, 50), name: 'a.png' }

describe('an edit', () => {
  it('gives the message as it is then, and people see it', async () => {
    const { ok, ann, chat, clock, sim } = await worldStage()
    const text = 'a *b*'
    const sent = await ok<Message>('sendMessage', { chat_id: chat, text, reply_markup: keyboard })
    const { message_id } = sent
    clock.at += 4000
    const edited = await ok<Message>('editMessageText', {
      chat_id: chat,
      message_id,
      text,
      parse_mode: 'MarkdownV2',
      reply_markup: keyboard,
    })
    expect(edited).toMatchObject({ text: 'a b', date: sent.date, edit_date: sent.date + 4 })
    expect(ann.sees(chat).at(-1)).toEqual(edited)
    expect(sim.updates).toHaveLength(1)
    const plain = await ok<Message>('editMessageText', { chat_id: chat, message_id, text: 'c' })
    expect(plain).not.toHaveProperty('entities')
    expect(plain).not.toHaveProperty('reply_markup')
  })

  it('that changes nothing is refused', async () => {
    const { ok, refused, chat } = await worldStage()
    const { message_id } = await ok<Message>('sendMessage', {
      chat_id: chat,
      text: 'a',
      reply_markup: keyboard,
    })
    const same = { chat_id: chat, message_id, text: ' a', reply_markup: keyboard }
    expect(await refused('editMessageText', same)).toBe(notModified)
    expect(await refused('editMessageReplyMarkup', { ...same, text: undefined })).toBe(notModified)
    await ok('editMessageReplyMarkup', { chat_id: chat, message_id })
    expect(await refused('editMessageReplyMarkup', { chat_id: chat, message_id })).toBe(notModified)
  })

  it('is of what the message has', async () => {
    const { ok, refused, ann, chat } = await worldStage()
    const { message_id: worded } = await ok<Message>('sendMessage', { chat_id: chat, text: 'a' })
    const { message_id: shown } = await ok<Message>('sendPhoto', form({ chat_id: chat }, { photo }))
    const { message_id: theirs } = await ann.says(chat, 'x')
    for (const [method, message_id, why] of [
      ['editMessageText', shown, 'there is no text in the message to edit'],
      ['editMessageCaption', worded, 'there is no caption in the message to edit'],
      ['editMessageText', theirs, "message can't be edited"],
      ['editMessageText', 99, 'message to edit not found'],
      ['editMessageReplyMarkup', 99, 'message to edit not found'],
      ['editMessageCaption', shown, 'message is not modified'],
    ] as const)
      expect(await refused(method, { chat_id: chat, message_id, text: 'b' })).toMatch(
        `400 Bad Request: ${why}`,
      )
    const captioned = await ok<Message>('editMessageCaption', {
      chat_id: chat,
      message_id: shown,
      caption: 'C',
    })
    expect(captioned).toMatchObject({ caption: 'C', photo: [{}] })
    const long = { chat_id: chat, message_id: shown, caption: 'x'.repeat(1025) }
    expect(await refused('editMessageCaption', long)).toMatch('message caption is too long')
    const empty = { chat_id: chat, message_id: worded, text: '' }
    expect(await refused('editMessageText', empty)).toMatch('message text is empty')
  })

  it('puts another file into a message, and its caption away', async () => {
    const { ok, refused, ann, chat } = await worldStage()
    const { message_id } = await ok<Message>(
      'sendPhoto',
      form({ chat_id: chat, caption: 'C' }, { photo }),
    )
    const media = { type: 'document', media: 'attach://f' }
    const file = { bytes: Buffer.from('x'), name: 'n' }
    const edited = await ok<Message>(
      'editMessageMedia',
      form({ chat_id: chat, message_id, media }, { f: file }),
    )
    expect(edited).not.toHaveProperty('photo')
    expect(edited).not.toHaveProperty('caption')
    expect(ann.bytesOf(ann.sees(chat).at(-1) as Message)).toEqual(file.bytes)
    const voice = { type: 'voice', media: 'attach://f' }
    expect(
      await refused(
        'editMessageMedia',
        form({ chat_id: chat, message_id, media: voice }, { f: file }),
      ),
    ).toMatch('invalid value of "type"')
  })
})

it('a message by way of the bot, or without new content, is not there to be edited', async () => {
  const { ok, refused, chat } = await worldStage()
  expect(await refused('editMessageText', { inline_message_id: 'x', text: 'a' })).toMatch(
    'MESSAGE_ID_INVALID',
  )
  const { message_id } = await ok<Message>('sendPhoto', form({ chat_id: chat }, { photo }))
  expect(await refused('editMessageMedia', { chat_id: chat, message_id })).toMatch(
    "can't parse InputMedia",
  )
})

it('a member of an album stays of its kind', async () => {
  const { ok, refused, chat } = await worldStage()
  const member = { type: 'photo', media: 'attach://a' }
  const [first] = await ok<Message[]>(
    'sendMediaGroup',
    form({ chat_id: chat, media: [member, member] }, { a: photo }),
  )
  const edit = (type: string) =>
    form(
      { chat_id: chat, message_id: first?.message_id ?? 0, media: { ...member, type } },
      { a: photo },
    )
  expect(await refused('editMessageMedia', edit('document'))).toMatch("can't be edited")
  expect(await ok('editMessageMedia', edit('video'))).toMatchObject({ video: {} })
})

describe('the same message once more', () => {
  it('is copied without its sender or forwarded with them, and keeps its file', async () => {
    const { ok, ann, chat } = await worldStage()
    const { message_id, document } = await ann.sends(
      chat,
      'document',
      { bytes: Buffer.from('x') },
      { caption: 'C' },
    )
    const from = { chat_id: chat, from_chat_id: chat, message_id }
    const copied = await ok<Message>('copyMessage', from)
    expect(Object.keys(copied)).toEqual(['message_id'])
    expect(ann.sees(chat).at(-1)).toMatchObject({ document, caption: 'C', from: { is_bot: true } })
    expect(ann.sees(chat).at(-1)).not.toHaveProperty('forward_origin')
    await ok('copyMessage', { ...from, caption: '' })
    expect(ann.sees(chat).at(-1)?.caption).toBeUndefined()
    const forwarded = await ok<Message>('forwardMessage', from)
    expect(forwarded).toMatchObject({ document, forward_origin: { sender_user: { id: ann.id } } })
  })

  it('is one that is there and says something', async () => {
    const { ok, refused, chat } = await worldStage()
    const { message_thread_id: made } = await ok<{ message_thread_id: number }>(
      'createForumTopic',
      { chat_id: chat, name: 'T' },
    )
    for (const [method, message_id, why] of [
      ['copyMessage', 99, 'message to copy not found'],
      ['forwardMessage', 99, 'message to forward not found'],
      ['copyMessage', made, "message can't be copied"],
      ['forwardMessage', made, "message can't be forwarded"],
    ] as const)
      expect(await refused(method, { chat_id: chat, from_chat_id: chat, message_id })).toBe(
        `400 Bad Request: ${why}`,
      )
  })

  it('is an album again when it was one', async () => {
    const { ok, ann, chat } = await worldStage()
    const member = { kind: 'photo' as const, file: { bytes: png(9, 9) } }
    const album = await ann.album(chat, [member, member])
    const message_ids = album.map((one) => one.message_id)
    await ok('copyMessages', { chat_id: chat, from_chat_id: chat, message_ids })
    const groups = ann
      .sees(chat)
      .slice(-2)
      .map((one) => one.media_group_id)
    expect(groups[0]).toBe(groups[1])
    expect(groups[0]).not.toBe(album[0]?.media_group_id)
  })
})

describe('many messages at once', () => {
  it.each([
    [[], 'message identifiers are not specified'],
    [Array.from({ length: 101 }, (_, i) => i + 1), 'too many message identifiers specified'],
    [[2, 1], 'message identifiers must be in a strictly increasing order'],
    [[98, 99], 'there are no messages to forward'],
  ])('like %j are refused', async (message_ids, why) => {
    const { refused, chat } = await worldStage()
    const from = { chat_id: chat, from_chat_id: chat, message_ids }
    for (const method of ['copyMessages', 'forwardMessages'])
      expect(await refused(method, from)).toBe(`400 Bad Request: ${why}`)
  })
})

describe('pinning', () => {
  it('shows in the chat, and needs the right to', async () => {
    const { ok, refused, ann } = await worldStage()
    const chat_id = await ann.makesGroup('G', { admin: false })
    const { message_id } = await ok<Message>('sendMessage', { chat_id, text: 'a' })
    expect(await refused('pinChatMessage', { chat_id, message_id })).toBe(
      '400 Bad Request: not enough rights to manage pinned messages in the chat',
    )
    await ann.promotesBot(chat_id, ['can_pin_messages'])
    await ok('pinChatMessage', { chat_id, message_id })
    expect(ann.sees(chat_id).at(-1)?.pinned_message).toMatchObject({ message_id })
    expect(await ok('getChat', { chat_id })).toMatchObject({ pinned_message: { text: 'a' } })
    const second = await ok<Message>('sendMessage', { chat_id, text: 'b' })
    await ok('pinChatMessage', { chat_id, message_id: second.message_id })
    await ok('unpinChatMessage', { chat_id, message_id })
    expect(await refused('unpinChatMessage', { chat_id, message_id })).toMatch('not found')
    await ok('deleteMessages', { chat_id, message_ids: [second.message_id] })
    await ok('pinChatMessage', { chat_id, message_id })
    expect(await ok('getChat', { chat_id })).toMatchObject({ pinned_message: { text: 'a' } })
    await ok('unpinChatMessage', { chat_id })
    expect(await refused('unpinChatMessage', { chat_id })).toMatch('message to unpin not found')
    expect(await refused('pinChatMessage', { chat_id, message_id: 99 })).toMatch(
      'message to pin not found',
    )
    expect(await ok('getChat', { chat_id })).not.toHaveProperty('pinned_message')
  })
})

describe('a reaction', () => {
  it('of the bot is one that there is, on a message that is there', async () => {
    const { ok, refused, sim, chat } = await worldStage()
    const react = (message_id: number, ...emojis: string[]) => ({
      chat_id: chat,
      message_id,
      reaction: emojis.map((emoji) => ({ type: 'emoji', emoji })),
    })
    await ok('setMessageReaction', react(1, '👍'))
    expect(sim.updates).toHaveLength(1)
    expect(await refused('setMessageReaction', react(1, '🧨'))).toMatch('REACTION_INVALID')
    expect(await refused('setMessageReaction', react(1, '👍', '👎'))).toMatch('REACTIONS_TOO_MANY')
    expect(await refused('setMessageReaction', react(9, '👍'))).toMatch(
      'message to react not found',
    )
  })
})

describe('a person', () => {
  it('edits, of which the bot hears, and deletes, of which it does not', async () => {
    const { ann, chat, sim, clock } = await worldStage()
    const { message_id, date } = await ann.says(chat, 'see /help')
    clock.at += 3000
    const edited = await ann.edits(chat, message_id, 'see @wechat_sim_bot')
    expect(edited).toMatchObject({ edit_date: date + 3, entities: [{ type: 'mention' }] })
    expect(lastUpdate(sim)).toEqual({ edited_message: edited })
    const picture = await ann.sends(chat, 'photo', { bytes: png(9, 9) }, { caption: 'a' })
    expect(await ann.edits(chat, picture.message_id, 'b')).toMatchObject({
      caption: 'b',
      photo: [{}],
    })
    const before = sim.updates.length
    await ann.deletes(chat, message_id)
    expect(sim.updates).toHaveLength(before)
    expect(ann.sees(chat).map((one) => one.message_id)).not.toContain(message_id)
  })
})
