import type { Message } from '@grammyjs/types'
import { describe, expect, it } from 'vitest'
import { until } from '../../support/until.ts'
import { lastUpdate, worldStage } from './world-stage.ts'

const text = 'a'

describe('a private chat', () => {
  it('begins with /start and its payload', async () => {
    const { sim } = await worldStage()
    const bob = sim.user('Bob', { language: 'zh-hans' })
    const chat = await bob.starts('CODE_1')
    expect(lastUpdate(sim)).toMatchObject({
      message: {
        text: '/start CODE_1',
        entities: [{ type: 'bot_command', offset: 0, length: 6 }],
        from: { id: bob.id, is_bot: false, language_code: 'zh-hans' },
        chat: { id: chat, type: 'private', first_name: 'Bob' },
      },
    })
  })

  it('takes nothing while the bot is blocked, and the bot is told', async () => {
    const { sim, ann, chat, ok, refused } = await worldStage()
    await ann.blocks()
    expect(lastUpdate(sim)).toMatchObject({
      my_chat_member: {
        old_chat_member: { status: 'member' },
        new_chat_member: { status: 'kicked' },
      },
    })
    for (const method of ['sendMessage', 'sendChatAction', 'createForumTopic'])
      expect(await refused(method, { chat_id: chat, text, action: 'typing' })).toBe(
        '403 Forbidden: bot was blocked by the user',
      )
    await expect(ann.says(chat, text)).rejects.toThrow('has blocked')
    await ann.unblocks()
    expect(lastUpdate(sim)).toMatchObject({
      my_chat_member: { new_chat_member: { status: 'member' } },
    })
    await ok('sendMessage', { chat_id: chat, text })
  })
})

describe('what people send', () => {
  it('reaches the bot as it is kept: files, albums, places, cards', async () => {
    const { sim, ann, chat, fetched, ok } = await worldStage()
    const bytes = Buffer.from('tgs')
    const sent = await ann.sends(chat, 'sticker', { bytes, sticker: 'animated', emoji: '😀' })
    expect(lastUpdate(sim)).toEqual({ message: sent })
    expect(sent.sticker).toMatchObject({
      is_animated: true,
      is_video: false,
      emoji: '😀',
      thumbnail: {},
    })
    const { file_path } = await ok<{ file_path: string }>('getFile', {
      file_id: sent.sticker?.file_id,
    })
    expect(file_path).toMatch(/\.tgs$/)
    expect(await (await fetched(file_path)).text()).toBe('tgs')
    const location = { latitude: 1, longitude: 2 }
    const venue = { location, title: 'T', address: 'A' }
    expect(await ann.gives(chat, { venue })).toMatchObject({ venue, location })
    const member = { kind: 'video' as const, file: { bytes } }
    const album = await ann.album(chat, [member, { ...member, caption: 'C #x' }])
    expect(album.map((one) => one.media_group_id)).toEqual([
      album[0]?.media_group_id,
      album[0]?.media_group_id,
    ])
    expect(album[1]).toMatchObject({ caption: 'C #x', caption_entities: [{ type: 'hashtag' }] })
    const animation = await ann.sends(chat, 'animation', { bytes, name: 'a.mp4' })
    expect(animation.document?.file_id).toBe(animation.animation?.file_id)
    expect(ann.bytesOf(animation)).toEqual(bytes)
  })

  it('answers a message of the same chat', async () => {
    const { ann, chat, ok } = await worldStage()
    const { message_id } = await ok<Message>('sendMessage', { chat_id: chat, text })
    expect(await ann.says(chat, 'b', { replyTo: message_id })).toMatchObject({
      reply_to_message: { message_id, text },
    })
  })

  it('is what a client lets them send, where they are', async () => {
    const { sim, ann, chat } = await worldStage()
    const bob = sim.user('Bob')
    await expect(bob.says(chat, text)).rejects.toThrow('is in no chat')
    await expect(ann.says(chat, 'x'.repeat(4097))).rejects.toThrow('No client sends')
    await expect(ann.says(chat, text, { thread: 99 })).rejects.toThrow('no topic 99')
    await expect(ann.says(chat, text, { replyTo: 99 })).rejects.toThrow('no message 99')
    const file = { bytes: Buffer.from('x') }
    const caption = 'x'.repeat(1025)
    await expect(ann.sends(chat, 'photo', file, { caption })).rejects.toThrow('No client sends')
    await expect(ann.sends(chat, 'song' as 'audio', file)).rejects.toThrow('There is no song')
    expect(() => ann.bytesOf(ann.sees(chat)[0] as Message)).toThrow('no file')
    expect(() => bob.sees(chat)).toThrow('is in no chat')
  })
})

describe('a group', () => {
  it('in which the bot never was is none to it', async () => {
    const { ann, sim, ok, refused } = await worldStage()
    const chat_id = await ann.makesGroup('G', { bot: false })
    await ann.says(chat_id, text)
    expect(sim.updates).toHaveLength(1)
    expect(await refused('sendMessage', { chat_id, text })).toBe('400 Bad Request: chat not found')
    await ann.addsBot(chat_id)
    await ok('sendMessage', { chat_id, text })
  })

  it('tells the bot that it was added, as what, and with which payload', async () => {
    const { sim, ann, ok } = await worldStage()
    const chat = await ann.makesGroup('G', { payload: 'P' })
    expect(chat).toBeLessThan(-1_000_000_000_000)
    const told = sim.updates
      .slice(1)
      .map(({ my_chat_member, message }) =>
        my_chat_member
          ? my_chat_member.new_chat_member.status
          : (message?.text ?? message?.new_chat_members?.[0]?.id),
      )
    expect(told).toEqual(['member', sim.bot.id, 'administrator', '/start@wechat_sim_bot P'])
    expect(await ok('getChat', { chat_id: chat })).toMatchObject({ type: 'supergroup', title: 'G' })
    const me = { chat_id: chat, user_id: sim.bot.id }
    expect(await ok('getChatMember', me)).toMatchObject({
      status: 'administrator',
      can_manage_topics: true,
      can_delete_messages: true,
    })
    const bob = sim.user('Bob')
    const member = (chat_id: number, user_id: number) => ok('getChatMember', { chat_id, user_id })
    expect(await member(chat, bob.id)).toMatchObject({ status: 'left', user: { id: bob.id } })
    await bob.joins(chat)
    expect(await member(chat, bob.id)).toMatchObject({ status: 'member' })
    expect(await member(ann.id, ann.id)).toMatchObject({ status: 'member' })
    expect(await member(ann.id, bob.id)).toMatchObject({ status: 'left' })
    expect(await ok('getChatMemberCount', { chat_id: chat })).toBe(3)
    expect(await ok('getChatMemberCount', { chat_id: ann.id })).toBe(2)
    expect(await ok('getChatAdministrators', { chat_id: chat })).toHaveLength(2)
  })

  it.each([
    ['group', 'group chat'],
    ['supergroup', 'supergroup chat'],
  ] as const)('(%s) is shut to a bot thrown out of it', async (type, kind) => {
    const { sim, ann, ok, refused } = await worldStage()
    const chat_id = await ann.makesGroup('G', { type })
    expect(ann.sees(chat_id)[0]).toHaveProperty(`${type}_chat_created`)
    await ann.kicksBot(chat_id)
    const isTold = sim.updates.some((one) => one.message?.left_chat_member?.id === sim.bot.id)
    expect(isTold).toBe(type === 'group')
    expect(lastUpdate(sim)).toMatchObject({
      my_chat_member: { new_chat_member: { status: 'kicked' } },
    })
    expect(await refused('sendMessage', { chat_id, text })).toBe(
      `403 Forbidden: bot was kicked from the ${kind}`,
    )
    const before = sim.updates.length
    await ann.says(chat_id, 'among us')
    expect(sim.updates).toHaveLength(before)
    await ann.addsBot(chat_id)
    await ok('sendMessage', { chat_id, text })
    await ok('leaveChat', { chat_id })
    expect(await refused('sendMessage', { chat_id, text })).toBe(
      `403 Forbidden: bot is not a member of the ${kind}`,
    )
  })

  it('becomes a supergroup, and says so to whoever uses the old number', async () => {
    const { sim, ann, ok, answer } = await worldStage()
    const old = await ann.makesGroup('G', { type: 'group' })
    expect(old).toBeGreaterThan(-1_000_000_000_000)
    const fresh = await ann.upgrades(old)
    expect(fresh).toBeLessThan(-1_000_000_000_000)
    expect(sim.updates.slice(-2).map((one) => one.message)).toMatchObject([
      { chat: { id: old, type: 'group' }, migrate_to_chat_id: fresh },
      { chat: { id: fresh, type: 'supergroup' }, migrate_from_chat_id: old },
    ])
    expect(await answer('sendMessage', { chat_id: old, text })).toMatchObject({
      error_code: 400,
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: fresh },
    })
    await ok('sendMessage', { chat_id: fresh, text })
    await expect(ann.says(old, text)).rejects.toThrow('became')
    await expect(ann.upgrades(fresh)).rejects.toThrow('no basic group')
    await ann.says(fresh, text)
  })

  it('tells of people who come and go', async () => {
    const { sim, ann } = await worldStage()
    const chat = await ann.makesGroup('G')
    const bob = sim.user('Bob')
    await expect(bob.joins(ann.id)).rejects.toThrow('no group')
    await bob.joins(chat)
    await bob.joins(chat)
    expect(lastUpdate(sim)).toMatchObject({ message: { new_chat_members: [{ id: bob.id }] } })
    await bob.leaves(chat)
    expect(sim.updates.at(-1)).toMatchObject({ message: { left_chat_member: { id: bob.id } } })
    await expect(bob.says(chat, text)).rejects.toThrow('is in no chat')
  })
})

it('who comes is told apart too, where the bot asked for it and is an administrator', async () => {
  const { sim, ann, ok } = await worldStage()
  await ok('getUpdates', { allowed_updates: ['chat_member'], offset: -1 })
  const [one, other] = [await ann.makesGroup('G'), await ann.makesGroup('H', { admin: false })]
  const bob = sim.user('Bob')
  await bob.joins(other)
  await bob.joins(one)
  expect(sim.updates.flatMap((each) => each.chat_member ?? [])).toMatchObject([
    { chat: { id: one }, new_chat_member: { status: 'member', user: { id: bob.id } } },
  ])
})

describe('a call about a chat', () => {
  it.each([
    ['getChatMember', { user_id: 5 }, 'invalid user_id specified'],
    ['getChatMember', {}, 'invalid user_id specified'],
    ['getChatAdministrators', {}, 'there are no administrators in the private chat'],
    ['leaveChat', {}, "private chat can't be left"],
  ])('%s %j is refused in private', async (method, params, why) => {
    const { chat, refused } = await worldStage()
    expect(await refused(method, { chat_id: chat, ...params })).toBe(`400 Bad Request: ${why}`)
  })
})

describe('a button', () => {
  const reply_markup = {
    inline_keyboard: [
      [{ text: 'Go', callback_data: 'go 1' }],
      [{ text: 'Web', url: 'https://a.cn' }],
    ],
  }

  it('is pressed, and answered once', async () => {
    const { sim, ann, chat, ok, refused } = await worldStage()
    const { message_id } = await ok<Message>('sendMessage', { chat_id: chat, text, reply_markup })
    const answer = ann.taps(chat, message_id, 'Go')
    const query = await until(() => sim.updates.at(-1)?.callback_query)
    expect(query).toMatchObject({
      data: 'go 1',
      from: { id: ann.id },
      message: { message_id, text },
    })
    const reply = { callback_query_id: query.id, text: 'Done' }
    expect(await refused('answerCallbackQuery', { ...reply, text: 'x'.repeat(201) })).toMatch(
      'MESSAGE_TOO_LONG',
    )
    await ok('answerCallbackQuery', reply)
    expect(await answer).toEqual({ text: 'Done' })
    expect(await refused('answerCallbackQuery', reply)).toBe(
      '400 Bad Request: query is too old and response timeout expired or query ID is invalid',
    )
  })

  it('is forgotten after a minute', async () => {
    const { sim, ann, chat, ok, refused, clock } = await worldStage()
    const { message_id } = await ok<Message>('sendMessage', { chat_id: chat, text, reply_markup })
    void ann.taps(chat, message_id, 'Go')
    clock.at += 60_001
    const callback_query_id = sim.updates.at(-1)?.callback_query?.id
    expect(await refused('answerCallbackQuery', { callback_query_id })).toMatch('query is too old')
  })

  it('is one that is there, and the bot’s', async () => {
    const { ann, chat, ok } = await worldStage()
    const { message_id } = await ok<Message>('sendMessage', { chat_id: chat, text, reply_markup })
    await expect(ann.taps(chat, message_id, 'Stop')).rejects.toThrow('only: Go, Web')
    await expect(ann.taps(chat, message_id, 'Web')).rejects.toThrow('does not hear')
  })
})

describe('a reaction of a person', () => {
  const allowed_updates = ['message', 'message_reaction']

  it('is told where the bot is an administrator or alone with them, if it asked', async () => {
    const { sim, ann, chat, ok } = await worldStage()
    await ann.reacts(chat, 1, '👍')
    expect(sim.updates).toHaveLength(1)
    await ok('getUpdates', { allowed_updates, offset: -1 })
    await ann.reacts(chat, 1, '👎')
    expect(lastUpdate(sim)).toMatchObject({
      message_reaction: {
        message_id: 1,
        old_reaction: [{ type: 'emoji', emoji: '👍' }],
        new_reaction: [{ type: 'emoji', emoji: '👎' }],
      },
    })
    await ann.reacts(chat, 1, '')
    expect(lastUpdate(sim)).toMatchObject({ message_reaction: { new_reaction: [] } })
    const group = await ann.makesGroup('G', { admin: false })
    const { message_id } = await ann.says(group, 'x')
    const before = sim.updates.length
    await ann.reacts(group, message_id, '👍')
    expect(sim.updates).toHaveLength(before)
  })
})
