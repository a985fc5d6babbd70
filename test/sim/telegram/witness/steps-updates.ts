import { expect } from 'vitest'
import { until } from '../../../support/until.ts'
import { type Scene, type Step, sameMessage } from './scene.ts'

/** Who the bot is, and how it asks what there is to hear (real-parts §4 points 1 and 2). */
export const updateSteps: readonly Step[] = [
  {
    says: 'learns who the bot is',
    async run({ client, sim }) {
      expect(await client.me()).toMatchObject({
        id: sim.bot.id,
        is_bot: true,
        first_name: sim.bot.name,
        username: sim.bot.username,
        can_join_groups: true,
        can_read_all_group_messages: true,
        supports_inline_queries: false,
      })
    },
  },
  {
    says: 'sees whether the bot has topics in private chats',
    needs: 'newest',
    options: { privateTopics: false },
    async run({ client, sim }) {
      expect(await client.me()).toMatchObject({ has_topics_enabled: false })
      sim.setPrivateTopics(true)
      expect(await client.me()).toMatchObject({ has_topics_enabled: true })
    },
  },
  {
    says: 'is told again what it has not confirmed, and never what it has',
    async run(at) {
      const { client, sim } = at
      await says(at, 'one', 'two', 'three')
      const first = await client.updates({})
      expect(first.map((one) => one.message?.text)).toEqual(['one', 'two', 'three'])
      expect(await client.updates({})).toEqual(first)
      expect(await client.updates({ limit: 1 })).toEqual(first.slice(0, 1))
      const ids = first.map((one) => one.update_id)
      expect(ids).toEqual([ids[0], (ids[0] ?? 0) + 1, (ids[0] ?? 0) + 2])
      expect(await client.updates({ offset: ids[1] ?? 0 })).toEqual(first.slice(1))
      expect(await client.updates({})).toEqual(first.slice(1))
      expect(await client.updates({ offset: (ids[2] ?? 0) + 1 })).toEqual([])
      expect(sim.waiting).toBe(0)
      sim.repeats(ids[0] ?? 0)
      expect(await client.updates({})).toEqual(first.slice(0, 1))
    },
  },
  {
    says: 'parses a message as it is',
    async run(at) {
      const { ann, chat, client, clock, witness } = at
      await ann.says(chat, 'Hallo @ann_b 😀 https://example.org/x')
      const [update] = await client.updates({})
      const message = update?.message
      expect(message).toMatchObject({
        date: clock.at / 1000,
        chat: { id: chat, type: 'private', first_name: 'Ann', username: 'ann_b' },
        from: { id: ann.id, is_bot: false, first_name: 'Ann', language_code: 'zh' },
      })
      const kept = ann.sees(chat).at(-1)
      if (!message || !kept) throw new Error('There is no message')
      sameMessage(witness, message, kept)
    },
  },
  {
    says: 'keeps only the newest with a negative offset',
    async run(at) {
      await says(at, 'one', 'two', 'three')
      const told = await at.client.updates({ offset: -2 })
      expect(told.map((one) => one.message?.text)).toEqual(['two', 'three'])
      expect(at.sim.waiting).toBe(2)
    },
  },
  {
    says: 'hears only of what it asks for',
    async run(at) {
      const { ann, chat, client } = at
      await client.updates({ allowed: ['edited_message'] })
      await says(at, 'one')
      await ann.edits(chat, ann.sees(chat).at(-1)?.message_id ?? 0, 'two')
      const told = await client.updates({})
      expect(told.map((one) => one.edited_message?.text)).toEqual(['two'])
      expect(told[0]?.edited_message?.edit_date).toBe(at.clock.at / 1000)
    },
  },
  {
    says: 'is kept waiting as long as it asked to be, and not once there is something',
    async run(at) {
      const before = performance.now()
      expect(await at.client.updates({ timeout: 1 })).toEqual([])
      expect(performance.now() - before).toBeGreaterThan(990)
      const asked = at.client.updates({ timeout: 20 })
      await says(at, 'one')
      expect(await asked).toMatchObject([{ message: { text: 'one' } }])
      expect(performance.now() - before).toBeLessThan(10_000)
    },
  },
  {
    says: 'is refused when another asks for updates meanwhile',
    async run(at) {
      let over = false
      const asked = at.client.updates({ timeout: 20 }).finally(() => {
        over = true
      })
      const refused = at.refused(asked, {
        code: 409,
        description:
          'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      })
      await until(async () => {
        await fetch(`${at.sim.apiRoot}/bot${at.sim.token}/getUpdates`)
        return over
      })
      await refused
    },
  },
]

/** Ann says so, one after the other. */
async function says({ ann, chat }: Scene, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await ann.says(chat, text)
}
