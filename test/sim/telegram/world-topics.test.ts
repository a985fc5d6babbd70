import type { ForumTopic, Message } from '@grammyjs/types'
import { describe, expect, it } from 'vitest'
import { lastUpdate, type WorldStage, worldStage } from './world-stage.ts'

const topicIn = async ({ ok }: WorldStage, chat: number, name = '张三') =>
  (await ok<ForumTopic>('createForumTopic', { chat_id: chat, name })).message_thread_id

describe.each(['private', 'forum'] as const)('a topic (%s)', (kind) => {
  async function setUp(options = {}) {
    const stage = await worldStage(options)
    const chat =
      kind === 'private' ? stage.chat : await stage.ann.makesGroup('F', { type: 'forum' })
    return { ...stage, chat }
  }

  it('is named by the message that made it, and its messages say so', async () => {
    const stage = await setUp()
    const { ok, ann, chat } = stage
    const thread = await topicIn(stage, chat)
    const sent = await ok<Message>('sendMessage', {
      chat_id: chat,
      message_thread_id: thread,
      text: 'a',
    })
    expect(sent).toMatchObject({ message_thread_id: thread, is_topic_message: true })
    // What answers nothing answers the message that made the topic, as on Telegram.
    expect(sent.reply_to_message).toMatchObject({
      message_id: thread,
      forum_topic_created: { name: '张三' },
    })
    expect(ann.topics(chat)).toEqual([{ thread, name: '张三', closed: false }])
    expect(ann.sees(chat, thread).map((one) => one.message_id)).toEqual([thread, sent.message_id])
    const said = await ann.says(chat, 'b', { thread })
    expect(said).toMatchObject({ message_thread_id: thread, is_topic_message: true })
    expect(lastUpdate(stage.sim)).toEqual({ message: said })
  })

  it('takes answers to what is in it without being named', async () => {
    const stage = await setUp()
    const { ok, ann, chat } = stage
    const thread = await topicIn(stage, chat)
    const { message_id } = await ann.says(chat, 'b', { thread })
    const reply_parameters = { message_id }
    const sent = await ok<Message>('sendMessage', { chat_id: chat, reply_parameters, text: 'a' })
    expect(sent).toMatchObject({ message_thread_id: thread, reply_to_message: { message_id } })
  })

  it('answers what is in another one from outside', async () => {
    const stage = await setUp()
    const { ok, ann, chat } = stage
    const [one, two] = [await topicIn(stage, chat), await topicIn(stage, chat, '李四')]
    const { message_id } = await ann.says(chat, 'b', { thread: one })
    const params = {
      chat_id: chat,
      message_thread_id: two,
      reply_parameters: { message_id },
      text: 'a',
    }
    const sent = await ok<Message>('sendMessage', params)
    expect(sent).not.toHaveProperty('reply_to_message')
    expect(sent).toMatchObject({ message_thread_id: two, external_reply: { message_id } })
  })

  it('gets another name, of the bot and of people, who are told of', async () => {
    const stage = await setUp()
    const { ok, refused, ann, chat, sim } = stage
    const thread = await topicIn(stage, chat)
    const edit = { chat_id: chat, message_thread_id: thread, name: 'New' }
    expect(await ok('editForumTopic', edit)).toBe(true)
    // A bot is told of what it does to topics itself, though never of what it says.
    expect(lastUpdate(sim)).toMatchObject({
      message: { from: { id: sim.bot.id }, forum_topic_edited: { name: 'New' } },
    })
    expect(await refused('editForumTopic', edit)).toBe('400 Bad Request: TOPIC_NOT_MODIFIED')
    expect(ann.sees(chat, thread).at(-1)?.forum_topic_edited).toEqual({ name: 'New' })
    const icon = { chat_id: chat, message_thread_id: thread, icon_custom_emoji_id: '5' }
    await ok('editForumTopic', icon)
    expect(await refused('editForumTopic', icon)).toBe('400 Bad Request: TOPIC_NOT_MODIFIED')
    expect(ann.sees(chat, thread).at(-1)?.forum_topic_edited).toEqual({ icon_custom_emoji_id: '5' })
    await ok('editForumTopic', { ...icon, icon_custom_emoji_id: '' })
    expect(ann.topics(chat)[0]?.name).toBe('New')
    await ann.renamesTopic(chat, thread, 'Newer')
    expect(lastUpdate(sim)).toMatchObject({
      message: { message_thread_id: thread, forum_topic_edited: { name: 'Newer' } },
    })
  })

  it('that a person deleted is gone with all that was in it, and nobody tells the bot', async () => {
    const stage = await setUp()
    const { refused, ann, chat, sim } = stage
    const other = await topicIn(stage, chat, '李四')
    const thread = await topicIn(stage, chat)
    const { message_id } = await ann.says(chat, 'b', { thread })
    const before = sim.updates.length
    await ann.deletesTopic(chat, thread)
    await expect(ann.deletesTopic(chat, thread)).rejects.toThrow('no topic')
    expect(sim.updates).toHaveLength(before)
    expect(ann.topics(chat).map((one) => one.thread)).toEqual([other])
    expect(ann.sees(chat, other)).toHaveLength(1)
    expect(ann.sees(chat, thread)).toEqual([])
    const there = { chat_id: chat, message_thread_id: thread }
    for (const [method, params, why] of [
      ['sendMessage', { text: 'a' }, 'message thread not found'],
      ['editForumTopic', { name: 'X' }, 'TOPIC_ID_INVALID'],
      ['deleteForumTopic', {}, 'TOPIC_ID_INVALID'],
      ['unpinAllForumTopicMessages', {}, 'TOPIC_ID_INVALID'],
      ['editMessageText', { message_id, text: 'a' }, 'message to edit not found'],
    ] as const)
      expect(await refused(method, { ...there, ...params })).toBe(`400 Bad Request: ${why}`)
  })

  it('is deleted by the bot', async () => {
    const stage = await setUp()
    const thread = await topicIn(stage, stage.chat)
    await stage.ok('deleteForumTopic', { chat_id: stage.chat, message_thread_id: thread })
    expect(stage.ann.topics(stage.chat)).toEqual([])
  })

  it.each([
    [{ name: ' ' }, 'title must be non-empty'],
    [{ name: 'x', icon_color: 5 }, 'invalid icon color specified'],
  ])('is not made of %j', async (params, why) => {
    const { refused, chat } = await setUp()
    expect(await refused('createForumTopic', { chat_id: chat, ...params })).toBe(
      `400 Bad Request: ${why}`,
    )
  })

  it('has a name of 128 characters', async () => {
    const stage = await setUp()
    await topicIn(stage, stage.chat, '😀'.repeat(200))
    expect(stage.ann.topics(stage.chat)[0]?.name).toBe('😀'.repeat(128))
  })
})

describe('topics of private chats', () => {
  it('are there only while the bot has them', async () => {
    const stage = await worldStage()
    const { ok, refused, sim, chat } = stage
    const thread = await topicIn(stage, chat)
    expect(await ok('getMe')).toMatchObject({ has_topics_enabled: true })
    sim.setPrivateTopics(false)
    expect(await ok('getMe')).toMatchObject({ has_topics_enabled: false })
    expect(await refused('createForumTopic', { chat_id: chat, name: 'x' })).toBe(
      '400 Bad Request: the chat is not a forum',
    )
    expect(
      await refused('sendMessage', { chat_id: chat, message_thread_id: thread, text: 'a' }),
    ).toBe('400 Bad Request: message thread not found')
  })

  it('cannot be closed', async () => {
    const stage = await worldStage()
    const thread = await topicIn(stage, stage.chat)
    for (const method of ['closeForumTopic', 'reopenForumTopic', 'closeGeneralForumTopic'])
      expect(await stage.refused(method, { chat_id: stage.chat, message_thread_id: thread })).toBe(
        '400 Bad Request: the chat is not a forum',
      )
    await expect(stage.ann.closesTopic(stage.chat, thread)).rejects.toThrow('cannot be closed')
  })

  it('that are deleted may let messages stray, as they once did', async () => {
    const stage = await worldStage({ straysFromTopics: true })
    const { ok, ann, chat } = stage
    const thread = await topicIn(stage, chat)
    await ann.deletesTopic(chat, thread)
    const sent = await ok<Message>('sendMessage', {
      chat_id: chat,
      message_thread_id: thread,
      text: 'a',
    })
    expect(sent).not.toHaveProperty('message_thread_id')
  })
})

describe('topics of a forum', () => {
  it('take nothing while they are closed, until they are opened', async () => {
    const stage = await worldStage()
    const { ok, refused, ann, sim } = stage
    const chat = await ann.makesGroup('F', { type: 'forum' })
    const thread = await topicIn(stage, chat)
    await ann.closesTopic(chat, thread)
    expect(lastUpdate(sim)).toMatchObject({
      message: { forum_topic_closed: {}, message_thread_id: thread },
    })
    const there = { chat_id: chat, message_thread_id: thread }
    expect(await refused('sendMessage', { ...there, text: 'a' })).toBe(
      '400 Bad Request: TOPIC_CLOSED',
    )
    expect(await refused('closeForumTopic', there)).toBe('400 Bad Request: TOPIC_NOT_MODIFIED')
    const bob = sim.user('Bob')
    await bob.joins(chat)
    await expect(bob.says(chat, 'b', { thread })).rejects.toThrow('is closed')
    await ok('reopenForumTopic', there)
    await ok('sendMessage', { ...there, text: 'a' })
  })

  it('are not the bot’s to make without the right to', async () => {
    const { ann, refused } = await worldStage()
    const chat = await ann.makesGroup('F', { type: 'forum', admin: false })
    const thread = await ann.makesTopic(chat, 'T')
    const there = { chat_id: chat, message_thread_id: thread, name: 'x' }
    for (const [method, what] of [
      ['createForumTopic', 'create a topic'],
      ['editForumTopic', 'edit the topic'],
      ['closeForumTopic', 'close or open the topic'],
      ['deleteForumTopic', 'delete the topic'],
      ['hideGeneralForumTopic', 'edit the topic'],
      ['unpinAllGeneralForumTopicMessages', 'manage pinned messages in the chat'],
    ] as const)
      expect(await refused(method, there)).toBe(`400 Bad Request: not enough rights to ${what}`)
    await ann.promotesBot(chat, ['can_pin_messages'])
    expect(await refused('createForumTopic', there)).toMatch('not enough rights')
  })

  it('are the bot’s to change where it made them, or manages all', async () => {
    const stage = await worldStage()
    const { ok, refused, ann } = stage
    const chat_id = await ann.makesGroup('F', { type: 'forum' })
    const theirs = { chat_id, message_thread_id: await ann.makesTopic(chat_id, 'T') }
    const own = { chat_id, message_thread_id: await topicIn(stage, chat_id) }
    await ok('editForumTopic', { ...theirs, name: 'by right' })
    await ann.promotesBot(chat_id, [])
    expect(await refused('editForumTopic', { ...theirs, name: 'x' })).toMatch('not enough rights')
    await ok('editForumTopic', { ...own, name: 'its own' })
    expect(ann.topics(chat_id).map((one) => one.name)).toEqual(['by right', 'its own'])
  })

  it('include General, which closes, hides and is renamed', async () => {
    const { ok, refused, ann } = await worldStage()
    const chat_id = await ann.makesGroup('F', { type: 'forum' })
    await ok('hideGeneralForumTopic', { chat_id })
    expect(await refused('hideGeneralForumTopic', { chat_id })).toMatch('TOPIC_NOT_MODIFIED')
    expect(await refused('sendMessage', { chat_id, text: 'a' })).toMatch('TOPIC_CLOSED')
    await ok('reopenGeneralForumTopic', { chat_id })
    await ok('sendMessage', { chat_id, text: 'a' })
    await ok('editGeneralForumTopic', { chat_id, name: 'Lobby' })
    expect(ann.sees(chat_id).at(-1)?.forum_topic_edited).toEqual({ name: 'Lobby' })
  })

  it('are none in a group without them, where threads are only answers', async () => {
    const { ok, refused, ann } = await worldStage()
    const chat_id = await ann.makesGroup('G')
    expect(await refused('createForumTopic', { chat_id, name: 'x' })).toMatch(
      'the chat is not a forum',
    )
    const { message_id } = await ann.says(chat_id, 'a')
    const said = await ann.says(chat_id, 'b', { replyTo: message_id })
    expect(said.message_thread_id).toBe(message_id)
    expect(said).not.toHaveProperty('is_topic_message')
    await ok('sendMessage', { chat_id, message_thread_id: message_id, text: 'c' })
  })
})
