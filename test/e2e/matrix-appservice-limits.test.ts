import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMatrixHub } from '../../adapters/matrix/hub.ts'
import { createPatient } from '../../adapters/matrix/patient.ts'
import { hubId, mintPortalId } from '../../src/core/ids.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import { contact, friend, noMedia, textPost, unique } from '../contract/hub-posts.ts'
import { memoryLog, memoryVault, realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { lossyProxy } from './lossy-proxy.ts'
import { listener, type Stage, stage } from './matrix-appservice-stage.ts'
import type { MatrixUser } from './matrix-user.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse(
  'a Synapse with its own limits, for us too, and without logins for application services',
  () => {
    const never = new AbortController().signal
    let on: Stage
    let alice: MatrixUser

    beforeAll(async () => {
      on = await stage({
        limits: 'default',
        registered: (yaml) =>
          `${yaml.replace('rate_limited: false', 'rate_limited: true')}\nio.element.msc4190: true\n`,
      })
      alice = await on.synapse.user('alice')
    })
    afterAll(() => on?.drop())

    it('is sent everything in the end by who is patient, each once', async () => {
      const service = on.service()
      const one = listener(service, alice.id, on.log)
      const leave = await one.enter()
      const said = memoryLog()
      const patient = createPatient(service.homeserver, {
        clock: realClock,
        random: Math.random,
        log: said,
      })
      const room = String(
        (
          await patient.call(
            {
              method: 'POST',
              path: '/_matrix/client/v3/createRoom',
              body: { invite: [alice.id], preset: 'private_chat' },
              what: 'make a room',
            },
            never,
          )
        ).room_id,
      )
      await alice.join(room)
      // The bot itself is never limited, its ghosts are.
      const ghost = service.names().me
      const body = {
        type: 'm.login.application_service',
        username: ghost.slice(1).split(':')[0],
        inhibit_login: true,
      }
      const path = '/_matrix/client/v3/register'
      await patient.call({ method: 'POST', path, body, what: 'register' }, never)
      await service.membership.admit(ghost, room, never)
      const words = Array.from({ length: 14 }, (_, n) => `patient ${n}`)
      await Promise.all(
        words.map((body, n) =>
          patient.call(
            {
              method: 'PUT',
              as: ghost,
              path: `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/p${n}`,
              body: { msgtype: 'm.text', body },
              what: 'say it',
            },
            never,
          ),
        ),
      )
      const events = await alice.events(room)
      const there = events
        .filter(({ type }) => type === 'm.room.message')
        .map(({ content }) => content.body)
      expect(there.map(String).sort()).toEqual([...words].sort())
      expect(said.text()).toContain('asks for a slower pace')
      await alice.say(room, 'and back')
      await until(() => one.said.includes('and back'), 'what she said')
      await leave()
    })

    it('is never asked for a login', async () => {
      const proxy = await lossyProxy(on.synapse.url, () => false)
      const log = memoryLog()
      const hub = createMatrixHub(
        on.service({ url: proxy.url, log }),
        {
          id: hubId('matrix'),
          owner: alice.id,
          rate: {
            concurrency: 1,
            lane: { count: 10, perMs: 1000 },
            bucket: { count: 10, perMs: 1000 },
          },
          language: 'en',
        },
        { vault: memoryVault(), clock: realClock, random: Math.random, log },
      )
      const stop = new AbortController()
      const inbox = new Inbox()
      const over = hub.run(inbox, stop.signal)
      const chat = friend(unique('Without login'))
      const portal = mintPortalId(Math.random)
      const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
        for (;;) {
          try {
            return await work()
          } catch (error) {
            const { failure } = error as { failure?: { code: string; afterMs?: number } }
            if (failure?.code !== 'rate') throw error
            await realClock.sleep(failure.afterMs ?? 1_000, never)
          }
        }
      }
      const room = await patiently(() => hub.ensureRoom(portal, chat, noMedia, never))
      const post = textPost({ portal, room }, 'no login needed', contact('Ann'))
      await patiently(() => hub.send(post, noMedia, never))
      await alice.join(room)
      const events = await alice.events(room)
      expect(events.map(({ content }) => content.body)).toContain('no login needed')
      expect(proxy.requests.filter((line) => line.includes('/register'))).not.toEqual([])
      expect(proxy.requests.filter((line) => /\/(login|logout|devices)\b/.test(line))).toEqual([])
      stop.abort(new Error('the test ends it'))
      await over
      await proxy.close()
    })
  },
)
