import { expect } from 'vitest'
import type { Step } from './scene.ts'

/** Chats, who is in them, and what is neither text nor file. */
export const chatSteps: readonly Step[] = [
  {
    says: 'learns what a chat is and who is in it',
    async run(at) {
      const { ann, client, sim } = at
      expect(await client.chat({ chat: at.chat })).toMatchObject({
        id: at.chat,
        type: 'private',
        first_name: 'Ann',
        username: 'ann_b',
      })
      const forum = await ann.makesGroup('论坛', { type: 'forum' })
      const bo = sim.user('Bo')
      await bo.joins(forum)
      expect(await client.chat({ chat: forum })).toMatchObject({
        id: forum,
        type: 'supergroup',
        title: '论坛',
        is_forum: true,
        permissions: { can_send_messages: true, can_pin_messages: false },
      })
      const statusOf = async (user: number) => (await client.member({ chat: forum, user })).status
      expect(await statusOf(ann.id)).toBe('creator')
      expect(await statusOf(bo.id)).toBe('member')
      await bo.leaves(forum)
      expect(await statusOf(bo.id)).toBe('left')
      const own = { chat: forum, user: sim.bot.id }
      expect(await client.member(own)).toMatchObject({
        status: 'administrator',
        user: { id: sim.bot.id, is_bot: true },
        can_manage_topics: true,
        can_pin_messages: true,
      })
      await ann.promotesBot(forum, ['can_pin_messages'])
      expect(await client.member(own)).toMatchObject({ status: 'administrator' })
      expect(await client.member(own)).not.toMatchObject({ can_manage_topics: true })
      const admins = await client.admins({ chat: forum })
      expect(admins.map((one) => one.user.id).toSorted()).toEqual([ann.id, sim.bot.id].toSorted())
    },
  },
  {
    says: 'pins a message, where it may',
    async run(at) {
      const { ann, client } = at
      const group = await ann.makesGroup('G')
      const { message_id: message } = await client.text({ chat: group, text: 'one' })
      expect(await client.pin({ chat: group, message })).toBe(true)
      expect(await client.chat({ chat: group })).toMatchObject({
        pinned_message: { message_id: message, text: 'one' },
      })
      await ann.promotesBot(group, [])
      await at.bad(
        client.pin({ chat: group, message }),
        'not enough rights to manage pinned messages in the chat',
      )
    },
  },
  {
    says: 'gives places, contacts, polls and dice',
    async run(at) {
      const { chat, client } = at
      const spot = await client.spot({ chat, latitude: 52.5163, longitude: 13.3777 })
      const location = { latitude: 52.5163, longitude: 13.3777 }
      expect(at.agreed(spot).location).toEqual(location)
      const named = { title: '门 <b>', address: 'Berlin' }
      const venue = await client.spot({ chat, ...location, ...named })
      expect(at.agreed(venue)).toMatchObject({ venue: { location, ...named }, location })
      const contact = await client.contact({ chat, phone: '+4930', name: '王五' })
      expect(at.agreed(contact).contact).toEqual({ phone_number: '+4930', first_name: '王五' })
      const poll = await client.poll({ chat, question: 'Well?', options: ['Yes', 'No'] })
      expect(at.agreed(poll).poll?.options.map((one) => one.text)).toEqual(['Yes', 'No'])
      const { dice } = at.agreed(await client.dice({ chat }))
      expect(dice?.value).toBeGreaterThan(0)
      expect(await client.typing({ chat })).toBe(true)
      await at.bad(client.spot({ chat, latitude: 91, longitude: 0 }), 'wrong location specified')
    },
  },
]
