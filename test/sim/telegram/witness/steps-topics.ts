import { expect } from 'vitest'
import { samples, upload } from './samples.ts'
import type { Scene, Step } from './scene.ts'

/** Topics, in private chats and in forums (real-parts §4 point 4). */
export const topicSteps: readonly Step[] = [
  {
    says: 'makes a topic in a private chat, and says everything there',
    run: (at) => livesIn(at, at.chat),
  },
  {
    says: 'makes a topic in a forum, and says everything there',
    run: async (at) => livesIn(at, await at.ann.makesGroup('F', { type: 'forum' })),
  },
  {
    says: 'closes and opens a topic of a forum',
    async run(at) {
      const { ann, client } = at
      const chat = await ann.makesGroup('F', { type: 'forum' })
      const thread = await topicIn(at, chat)
      await client.closeTopic({ chat, thread })
      expect(ann.topics(chat)).toEqual([{ thread, name: 'T', closed: true }])
      await at.bad(client.text({ chat, thread, text: 'one' }), 'TOPIC_CLOSED')
      await at.bad(client.closeTopic({ chat, thread }), 'TOPIC_NOT_MODIFIED')
      await client.reopenTopic({ chat, thread })
      at.agreed(await client.text({ chat, thread, text: 'one' }), chat)
    },
  },
  {
    says: 'cannot close a topic of a private chat',
    async run(at) {
      const thread = await topicIn(at, at.chat)
      await at.bad(at.client.closeTopic({ chat: at.chat, thread }), 'the chat is not a forum')
    },
  },
  {
    says: 'finds out that a topic is gone',
    async run(at) {
      const { ann, chat, client } = at
      const thread = await topicIn(at, chat)
      await client.deleteTopic({ chat, thread })
      expect(ann.topics(chat)).toEqual([])
      await at.bad(client.text({ chat, thread, text: 'one' }), 'message thread not found')
      await at.bad(client.renameTopic({ chat, thread, name: 'U' }), 'TOPIC_ID_INVALID')
      expect(ann.sees(chat).length).toBe(1)
    },
  },
  {
    says: 'makes no topic where there are none, or where it may not',
    async run(at) {
      const { ann, client, sim } = at
      const make = (chat: number, name = 'T') => client.createTopic({ chat, name })
      await at.bad(make(await ann.makesGroup('G')), 'the chat is not a forum')
      const forum = await ann.makesGroup('F', { type: 'forum', admin: false })
      await at.bad(make(forum), 'not enough rights to create a topic')
      await at.bad(make(at.chat, ' '), 'title must be non-empty')
      sim.setPrivateTopics(false)
      await at.bad(make(at.chat), 'the chat is not a forum')
    },
  },
]

const topicIn = async ({ client }: Scene, chat: number): Promise<number> =>
  (await client.createTopic({ chat, name: 'T' })).message_thread_id

async function livesIn(at: Scene, chat: number): Promise<void> {
  const { ann, client } = at
  const made = await client.createTopic({ chat, name: '张三 <b>' })
  expect(made).toMatchObject({ name: '张三 <b>', icon_color: expect.any(Number) })
  const thread = made.message_thread_id
  expect(ann.topics(chat)).toEqual([{ thread, name: '张三 <b>', closed: false }])

  const text = await client.text({ chat, thread, text: 'one' })
  const photo = await client.file({ chat, thread, kind: 'photo', file: upload(samples.photo) })
  const member = { kind: 'photo', file: upload(samples.photo) } as const
  const album = await client.album({ chat, thread, members: [member, member] })
  const spot = await client.spot({ chat, thread, latitude: 1, longitude: 2 })
  const reply = await client.text({ chat, thread, text: 'two', replyTo: text.message_id })
  for (const told of [text, photo, ...album, spot, reply]) {
    expect(told).toMatchObject({ message_thread_id: thread, is_topic_message: true })
    at.agreed(told, chat)
  }
  expect(ann.sees(chat, thread).length).toBe(7)
  expect(text.reply_to_message?.message_id).toBe(thread)
  expect(reply.reply_to_message?.message_id).toBe(text.message_id)
  // A reply goes where its message is.
  const there = await client.text({ chat, text: 'three', replyTo: text.message_id })
  expect(there.message_thread_id).toBe(thread)

  await client.renameTopic({ chat, thread, name: '李四' })
  expect(ann.topics(chat)).toEqual([{ thread, name: '李四', closed: false }])
  await at.bad(client.renameTopic({ chat, thread, name: '李四' }), 'TOPIC_NOT_MODIFIED')
}
