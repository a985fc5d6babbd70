import { expect } from 'vitest'
import { samples, upload } from './samples.ts'
import type { Step } from './scene.ts'
import { ClientError } from './witness.ts'

/** What is refused wherever it comes from, and what is too fast (real-parts §4 points 1 and 6). */
export const refusalSteps: readonly Step[] = [
  {
    says: 'is refused with another token',
    async run(at) {
      const stranger = await at.again(`${at.sim.bot.id}:BBB${'x'.repeat(32)}`)
      await at.refused(stranger.me(), { code: 401, description: 'Unauthorized' })
    },
  },
  {
    says: 'is told that there is no such method, and may spell those there are as it likes',
    async run(at) {
      await at.refused(at.client.raw({ method: 'sendNothing', params: {} }), {
        code: 404,
        description: 'Not Found: method not found',
      })
      const params = { chat_id: String(at.chat), text: 'one' }
      await at.client.raw({ method: 'SENDmessage', params })
      expect(at.ann.sees(at.chat).at(-1)?.text).toBe('one')
      expect(at.sim.calls.at(-1)?.method).toBe('sendMessage')
    },
  },
  {
    says: 'is told that there is no such chat',
    run: (at) => at.bad(at.client.text({ chat: -5, text: 'one' }), 'chat not found'),
  },
  {
    says: 'is forbidden to speak to who blocked it',
    async run(at) {
      await at.ann.blocks()
      const description = 'Forbidden: bot was blocked by the user'
      await at.refused(at.client.text({ chat: at.chat, text: 'x' }), { code: 403, description })
      const photo = { chat: at.chat, kind: 'photo', file: upload(samples.photo) } as const
      await at.refused(at.client.file(photo), { code: 403, description })
      await at.ann.unblocks()
      at.agreed(await at.client.text({ chat: at.chat, text: 'x' }))
    },
  },
  {
    says: 'is forbidden to speak first, and where it was put out',
    async run(at) {
      const { ann, client, sim } = at
      const bo = sim.user('Bo')
      const group = await ann.makesGroup('G')
      await bo.joins(group)
      await at.refused(client.text({ chat: bo.id, text: 'x' }), {
        code: 403,
        description: "Forbidden: bot can't initiate conversation with a user",
      })
      await ann.kicksBot(group)
      await at.refused(client.text({ chat: group, text: 'x' }), {
        code: 403,
        description: 'Forbidden: bot was kicked from the supergroup chat',
      })
      const small = await ann.makesGroup('S', { type: 'group', admin: false })
      await ann.kicksBot(small)
      await at.refused(client.text({ chat: small, text: 'x' }), {
        code: 403,
        description: 'Forbidden: bot was kicked from the group chat',
      })
    },
  },
  {
    says: 'is told where a group went',
    async run(at) {
      const { ann, client } = at
      const group = await ann.makesGroup('G', { type: 'group', admin: false })
      const movedTo = await ann.upgrades(group)
      await at.refused(client.text({ chat: group, text: 'one' }), {
        code: 400,
        description: 'Bad Request: group chat was upgraded to a supergroup chat',
        movedTo,
      })
      at.agreed(await client.text({ chat: movedTo, text: 'one' }), movedTo)
    },
  },
  {
    says: 'is told for how long it has to be silent when it was too fast, and then may speak',
    options: { limits: true },
    async run(at) {
      const { chat, client, clock, sim } = at
      for (let i = 1; i <= 4; i++) await client.text({ chat, text: `${i}` })
      const flood = { code: 429, description: 'Too Many Requests: retry after 3', retryAfter: 3 }
      await at.refused(client.text({ chat, text: 'x' }), flood)
      await at.refused(client.file({ chat, kind: 'photo', file: upload(samples.photo) }), flood)
      clock.at += 2000
      await at.refused(client.text({ chat, text: 'x' }), {
        ...flood,
        description: 'Too Many Requests: retry after 1',
        retryAfter: 1,
      })
      clock.at += 1000
      at.agreed(await client.text({ chat, text: '5' }))
      expect(at.ann.sees(chat).map((one) => one.text)).toEqual(['/start', '1', '2', '3', '4', '5'])
      expect(sim.floods.length).toBe(3)
    },
  },
  {
    says: 'is told so of a whole group, too',
    options: { limits: true },
    async run(at) {
      const { ann, client, clock, sim } = at
      const group = await ann.makesGroup('G')
      for (let i = 0; i < 20; i++) {
        await client.text({ chat: group, text: `${i}` })
        clock.at += 1000
      }
      const error = await client.text({ chat: group, text: 'x' }).catch((thrown: unknown) => thrown)
      if (!(error instanceof ClientError)) throw error
      expect(error.said.retryAfter).toBe(40)
      expect(sim.calls.at(-1)).toMatchObject({ ok: false, code: 429 })
    },
  },
  {
    says: 'survives what is wrong on the other side',
    async run(at) {
      const { chat, client, sim } = at
      sim.fails({ method: 'sendMessage', what: { status: 502 } })
      await at.refused(client.text({ chat, text: 'one' }), {
        code: 502,
        description: 'Bad Gateway',
      })
      sim.fails({ method: 'sendMessage', what: { status: 429, retryAfter: 7 } })
      await at.refused(client.text({ chat, text: 'one' }), {
        code: 429,
        description: 'Too Many Requests: retry after 7',
        retryAfter: 7,
      })
      at.agreed(await client.text({ chat, text: 'one' }))
      expect(at.ann.sees(chat).map((one) => one.text)).toEqual(['/start', 'one'])
    },
  },
  {
    says: 'cannot know whether it was heard when no answer comes',
    async run(at) {
      const { ann, chat, client, sim, witness } = at
      sim.fails({ method: 'sendMessage', what: 'lost' })
      const lost = await client.text({ chat, text: 'one' }).catch((thrown: unknown) => thrown)
      expect(lost).toMatchObject({ said: witness.cut })
      expect(ann.sees(chat).map((one) => one.text)).toEqual(['/start', 'one'])
      sim.fails({ method: 'sendDocument', what: 'reset' })
      const file = upload({ bytes: Buffer.alloc(300_000, 7), name: 'x.bin' })
      const cut = await client
        .file({ chat, kind: 'document', file })
        .catch((thrown: unknown) => thrown)
      expect(cut).toMatchObject({ said: witness.cut })
      expect(ann.sees(chat).length).toBe(2)
      at.agreed(await client.file({ chat, kind: 'document', file }))
    },
  },
]
