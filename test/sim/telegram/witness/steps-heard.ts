import { expect } from 'vitest'
import { until } from '../../../support/until.ts'
import { base64, mediaKinds, samples } from './samples.ts'
import type { Scene, Step } from './scene.ts'
import type { Heard } from './witness.ts'

/** What people do, as the client's own routing sorts it. */
export const heardSteps: readonly Step[] = [
  {
    says: 'asks for updates by itself, sorts every kind of message, and fetches its file',
    async run(at) {
      const { ann, chat, client } = at
      for (const kind of mediaKinds) await ann.sends(chat, kind, samples[kind])
      const location = { latitude: 52.5, longitude: 13.4 }
      await ann.gives(chat, { location })
      await ann.gives(chat, { venue: { location, title: 'Gate', address: 'Berlin' } })
      await ann.gives(chat, { contact: { phone_number: '+491', first_name: 'Bo' } })
      await ann.gives(chat, { dice: { emoji: '🎲', value: 4 } })
      const heard = await hearing(at, mediaKinds.length + 4)
      const others = ['location', 'venue', 'contact', 'dice']
      expect(heard.map((one) => one.kind)).toEqual([...mediaKinds, ...others])
      for (const { kind, file, chat: where, from } of heard) {
        expect({ where, from }).toEqual({ where: chat, from: ann.id })
        const sample = samples[kind as keyof typeof samples]
        if (sample) expect(await client.download({ file: file ?? '' })).toBe(base64(sample.bytes))
      }
    },
  },
  {
    says: 'cuts out what is marked in a text by UTF-16 units',
    async run(at) {
      const text = '😀 fett 👩‍👩‍👧 @ann_b https://a.org/ü #标签 +49 30 1234567 /help@x_bot'
      const bold = { type: 'bold', offset: 3, length: 4 } as const
      await at.ann.says(at.chat, text, { entities: [bold] })
      const [heard] = await hearing(at, 1)
      expect(heard?.text).toBe(text)
      expect(heard?.marks).toEqual([
        ['bold', 'fett'],
        ['mention', '@ann_b'],
        ['url', 'https://a.org/ü'],
        ['hashtag', '#标签'],
        ['phone_number', '+49 30 1234567'],
        ['bot_command', '/help@x_bot'],
      ])
    },
  },
  {
    says: 'knows commands, and what follows them',
    async run(at) {
      await at.ann.says(at.chat, '/start a1B2')
      await at.ann.says(at.chat, `/help@${at.sim.bot.username}`)
      await at.ann.says(at.chat, 'no /start')
      expect(at.sim.updates.length).toBe(4)
      const heard = await hearing(at, 3)
      expect(heard.map((one) => [one.kind, one.payload])).toEqual([
        ['command', 'a1B2'],
        ['command', ''],
        ['text', undefined],
      ])
    },
  },
  {
    says: 'hears of edits and presses, and answers them',
    async run(at) {
      const { ann, chat, client } = at
      const { message_id: own } = await ann.says(chat, 'one')
      await ann.edits(chat, own, 'two')
      const buttons = [[{ label: 'Yes', data: 'yes 1' }]]
      const asked = await client.text({ chat, text: 'Well?', buttons })
      const pressed = ann.taps(chat, asked.message_id, 'Yes')
      const heard = await hearing(at, 3)
      expect(heard.map(({ kind, text, from }) => [kind, text, from])).toEqual([
        ['text', 'one', ann.id],
        ['edited_message', 'two', ann.id],
        ['callback_query', 'yes 1', ann.id],
      ])
      const query = at.sim.updates.at(-1)?.callback_query?.id ?? ''
      expect(await client.answer({ query, text: 'Good' })).toBe(true)
      expect(await pressed).toEqual({ text: 'Good' })
    },
  },
  {
    says: 'hears that it was blocked, unblocked, taken in and put out',
    async run(at) {
      const { ann, chat } = at
      await ann.blocks()
      await ann.unblocks()
      const group = await ann.makesGroup('G', { type: 'group', admin: false })
      await ann.kicksBot(group)
      const heard = await hearing(at, 6)
      expect(heard.map((one) => [one.kind, one.chat])).toEqual([
        ['my_chat_member', chat],
        ['my_chat_member', chat],
        ['my_chat_member', group],
        ['new_chat_members', group],
        ['left_chat_member', group],
        ['my_chat_member', group],
      ])
    },
  },
  {
    says: 'hears that a group moved, and of both its numbers',
    async run(at) {
      const group = await at.ann.makesGroup('G', { type: 'group', admin: false })
      const moved = await at.ann.upgrades(group)
      const heard = await hearing(at, 4)
      expect(heard.slice(2).map((one) => [one.kind, one.chat])).toEqual([
        ['migrate_to_chat_id', group],
        ['migrate_from_chat_id', moved],
      ])
      expect(moved).toBeLessThan(-1_000_000_000_000)
      const all = at.sim.updates.map((one) => one.message)
      expect(all.find((one) => one?.migrate_to_chat_id)?.migrate_to_chat_id).toBe(moved)
      expect(all.find((one) => one?.migrate_from_chat_id)?.migrate_from_chat_id).toBe(group)
    },
  },
  {
    says: 'hears in which topic something was said',
    async run(at) {
      const { ann, chat } = at
      const forum = await ann.makesGroup('F', { type: 'forum' })
      const topic = await ann.makesTopic(forum, 'T')
      await ann.says(forum, 'there', { thread: topic })
      const own = await ann.makesTopic(chat, 'P')
      await ann.says(chat, 'here', { thread: own })
      const heard = await hearing(at, 7)
      const said = heard.filter((one) => one.kind === 'text' || one.kind === 'forum_topic_created')
      expect(said.map((one) => [one.kind, one.chat, one.thread])).toEqual([
        ['forum_topic_created', forum, topic],
        ['text', forum, topic],
        ['forum_topic_created', chat, own],
        ['text', chat, own],
      ])
    },
  },
  {
    says: 'hears of its own pins and topics as of those of others',
    async run(at) {
      const { client, chat } = at
      const { message_thread_id: thread } = await client.createTopic({ chat, name: 'T' })
      const { message_id: message } = await client.text({ chat, text: 'one' })
      await client.pin({ chat, message })
      const heard = await hearing(at, 2)
      expect(heard.map((one) => [one.kind, one.from])).toEqual([
        ['forum_topic_created', at.sim.bot.id],
        ['pinned_message', at.sim.bot.id],
      ])
      expect(heard[0]?.thread).toBe(thread)
    },
  },
  {
    says: 'hears of reactions once it asks for them',
    needs: 'reactions',
    async run(at) {
      await at.client.polls()
      const { message_id } = await at.client.text({ chat: at.chat, text: 'one' })
      await until(async () => {
        await at.ann.reacts(at.chat, message_id, '👍')
        return (await at.client.heard()).length > 0
      })
      await at.client.stops()
      const [heard] = await at.client.heard()
      expect(heard).toMatchObject({ kind: 'message_reaction', chat: at.chat, from: at.ann.id })
    },
  },
]

/** What the client heard by asking itself, once it is so many; by then it has confirmed them all. */
async function hearing({ client, sim }: Scene, count: number): Promise<readonly Heard[]> {
  await client.polls()
  const heard = await until(async () => {
    const told = await client.heard()
    return told.length >= count && told
  })
  await until(() => sim.waiting === 0)
  await client.stops()
  expect((await client.heard()).length).toBe(count)
  // telegraf deals with what it gets at once beside each other.
  return heard.toSorted((a, b) => a.update - b.update)
}
