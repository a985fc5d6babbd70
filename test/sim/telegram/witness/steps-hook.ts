import { expect } from 'vitest'
import { until } from '../../../support/until.ts'
import type { Scene, Step } from './scene.ts'

/** Updates that are brought (real-parts §4 point 3). */
export const hookSteps: readonly Step[] = [
  {
    says: 'takes updates that are brought with its secret, each once and in order',
    async run(at) {
      const { ann, chat, client, sim } = at
      const url = await client.listens({ secret: 'our_secret-1' })
      await client.setHook({ url, secret: 'our_secret-1' })
      for (const text of ['one', 'two', 'three']) await ann.says(chat, text)
      await until(() => sim.waiting === 0)
      await until(async () => (await client.heard()).length >= 3)
      const heard = await client.heard()
      expect(heard.map((one) => one.text)).toEqual(['one', 'two', 'three'])
      expect(await client.hook()).toMatchObject({ url, pending_update_count: 0 })
      await client.stops()
    },
  },
  {
    says: 'takes nothing that is brought with another secret, and is told again until it does',
    async run(at) {
      const { ann, chat, client, sim } = at
      const url = await client.listens({ secret: 'right' })
      await client.setHook({ url, secret: 'wrong' })
      await ann.says(chat, 'one')
      const info = await until(async () => {
        const told = await client.hook()
        return told.last_error_message !== undefined && told
      })
      expect(info).toMatchObject({ url, pending_update_count: 1 })
      expect(info.last_error_message).toMatch(/^Wrong response from the webhook: 40[13] /)
      expect(info.last_error_date).toBe(at.clock.at / 1000)
      expect(await client.heard()).toEqual([])
      await client.setHook({ url, secret: 'right' })
      await until(async () => (await client.heard()).length === 1)
      // The answer is still on its way when the client has heard.
      await until(() => sim.waiting === 0)
      await client.stops()
    },
  },
  {
    says: 'cannot ask for updates while they are brought',
    async run(at) {
      await at.client.setHook({ url: 'http://127.0.0.1:9/' })
      await at.refused(at.client.updates({}), {
        code: 409,
        description:
          "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      })
      await at.client.dropHook({})
      expect(await at.client.updates({})).toEqual([])
      expect(await at.client.hook()).toMatchObject({ url: '', pending_update_count: 0 })
    },
  },
  {
    says: 'keeps what waits when it takes its address back, unless it says otherwise',
    async run(at) {
      const { client, sim } = at
      await at.ann.says(at.chat, 'one')
      await client.setHook({ url: 'http://127.0.0.1:9/' })
      await client.dropHook({})
      expect(sim.waiting).toBe(1)
      await client.dropHook({ drop: true })
      expect(sim.waiting).toBe(0)
    },
  },
  {
    says: 'can give no address or secret that is none',
    async run(at) {
      await isBad(at, 'ftp://127.0.0.1/', 'invalid webhook URL specified')
      await isBad(
        at,
        'http://example.org/',
        'bad webhook: An HTTPS URL must be provided for webhook',
      )
      const spaced = at.client.setHook({ url: 'http://127.0.0.1:9/', secret: 'a b' })
      await at.bad(spaced, 'secret token contains unallowed characters')
    },
  },
]

const isBad = (at: Scene, url: string, words: string) => at.bad(at.client.setHook({ url }), words)
