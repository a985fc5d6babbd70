import { createAppservice } from '../../adapters/matrix/appservice.ts'
import { createMatrixHub, type MatrixHub } from '../../adapters/matrix/hub.ts'
import {
  makeRegistration,
  type Registration,
  registrationYaml,
} from '../../adapters/matrix/registration.ts'
import type { Chat } from '../../src/core/chat.ts'
import { hubId, mintPortalId, type RoomId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { HubSink } from '../../src/ports/hub.ts'
import type { Open } from '../../src/ports/outlet.ts'
import type { Trace } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { HubHarness, Seen } from '../contract/hub.ts'
import { type At, noMedia } from '../contract/hub-posts.ts'
import { freePort } from '../support/free-port.ts'
import { memoryLog, memoryVault, realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import type { ClientEvent, MatrixUser } from './matrix-user.ts'
import { readsAs } from './qr-reader.ts'
import { type Synapse, type SynapseOptions, startSynapse } from './synapse.ts'

/** The Matrix adapter on a Synapse of its own, as the contract wants it and with what only Matrix has. */
export interface MatrixHarness extends HubHarness {
  readonly synapse: Synapse
  readonly alice: MatrixUser
  readonly registration: Registration
  readonly vault: ReturnType<typeof memoryVault>
  readonly log: ReturnType<typeof memoryLog>
  /** Another adapter over the same vault, as `restart` makes it, with something changed. */
  fresh(changed?: Changed): MatrixHub
  restart(changed?: Changed): Promise<void>
  /** A new portal of this chat, in its room, with the owner there; made by this adapter where one is named. */
  joined(chat: Chat, by?: MatrixHub, open?: Open): Promise<At & { readonly chat: Chat }>
  /** What keeps a room silent in the owner's account; undefined: it rings. */
  silence(room: string): Promise<object | undefined>
}

export interface Changed {
  readonly trace?: Trace
  readonly clock?: Clock
  readonly vault?: Vault
  readonly url?: string
  readonly roomVersion?: string
  readonly puppetToken?: string
  readonly status?: boolean
  readonly space?: boolean
  readonly memberLimit?: number
  readonly atLogout?: 'keep' | 'leave' | 'delete'
}

export async function matrixHarness(
  options: Omit<SynapseOptions, 'registrations'> & {
    readonly rateLimited?: boolean
    /** Registrations of other application services. */
    readonly others?: readonly string[]
  } = {},
): Promise<MatrixHarness> {
  const port = await freePort()
  const registration = makeRegistration({ url: `http://127.0.0.1:${port}` })
  const yaml = registrationYaml(registration)
  const { rateLimited = false } = options
  const synapse = await startSynapse({
    ...options,
    registrations: [
      yaml.replace('rate_limited: false', `rate_limited: ${rateLimited}`),
      ...(options.others ?? []),
    ],
  })
  const alice = await synapse.user('alice')
  const vault = memoryVault()
  const log = memoryLog()
  const shared = memoryVault()
  const fresh = (changed: Changed = {}) =>
    createMatrixHub(
      createAppservice(
        {
          homeserver: { url: changed.url ?? synapse.url, domain: synapse.domain },
          registration,
          listen: { host: '127.0.0.1', port },
        },
        { vault: shared, clock: changed.clock ?? realClock, random: Math.random, log },
      ),
      {
        id: hubId('matrix'),
        owner: alice.id,
        rate: {
          concurrency: 4,
          lane: { count: 50, perMs: 1000 },
          bucket: { count: 10, perMs: 1000 },
        },
        language: 'en',
        ...(changed.roomVersion && { roomVersion: changed.roomVersion }),
        ...(changed.puppetToken && { puppetToken: changed.puppetToken }),
        ...(changed.status && { status: true }),
        ...(changed.space && { space: true }),
        ...(changed.memberLimit !== undefined && { memberLimit: changed.memberLimit }),
        ...(changed.atLogout && { atLogout: changed.atLogout }),
      },
      {
        vault: changed.vault ?? vault,
        clock: changed.clock ?? realClock,
        random: Math.random,
        log,
        ...(changed.trace && { trace: changed.trace }),
      },
    )
  let hub = fresh()
  let running: { stop: AbortController; done: Promise<void> } | undefined
  const pictures = new Map<string, Uint8Array>()

  const enter = async (room: RoomId) => {
    if (!(room in joined)) await alice.join(room)
    joined[room] = true
  }
  const joined: Record<string, true> = {}
  const seen = async (room: RoomId): Promise<readonly (Seen & { event: ClientEvent })[]> => {
    await enter(room)
    const members = await alice.members(room)
    const shown: (Seen & { event: ClientEvent })[] = []
    for (const event of changedIn(await alice.events(room))) {
      if (event.type !== 'm.room.message' || event.unsigned?.redacted_because) continue
      const { body, url, filename } = event.content as Record<string, string | undefined>
      const relation = event.content['m.relates_to'] as Record<string, { event_id: string }>
      const replyTo = relation?.['m.in_reply_to']?.event_id
      if (url && !pictures.has(url)) pictures.set(url, await alice.download(url))
      shown.push({
        id: event.event_id,
        who: members[event.sender]?.display_name ?? event.sender,
        text: url && body === filename ? '' : (body ?? ''),
        ...(url && { picture: pictures.get(url)! }),
        ...(replyTo && { replyTo }),
        event,
      })
    }
    return shown
  }
  const codes = async () => {
    const management = vault.entries.get('management')
    if (!management) return []
    const all = await seen(management as RoomId)
    return all.filter((one) => one.picture && one.event.sender.startsWith('@wechatbot:'))
  }
  const stop = async () => {
    running?.stop.abort(new Error('the test stops it'))
    await running?.done
    running = undefined
  }

  return {
    get hub() {
      return hub
    },
    names: { me: 'alice (WeChat)', bridge: 'WeChat bridge' },
    synapse,
    alice,
    registration,
    vault,
    log,
    fresh,
    async start(sink: HubSink) {
      const stopper = new AbortController()
      running = { stop: stopper, done: hub.run(sink, stopper.signal) }
      await Promise.race([hub.address, running.done])
      const before = log.lines.length
      await until(
        () =>
          log.lines.slice(Math.max(0, before - 50)).some((l) => l.includes('reach each other.')),
        'the ping',
      )
    },
    stop,
    async restart(changed?: Changed) {
      hub = fresh(changed)
      log.lines.length = 0
    },
    async joined(chat, by = hub, open = noMedia) {
      const portal = mintPortalId(Math.random)
      const room = await by.ensureRoom(portal, chat, open, new AbortController().signal)
      await alice.join(room)
      return { portal, chat, room }
    },
    silence: (room) =>
      alice
        .call('GET', `/pushrules/global/override/${encodeURIComponent(room)}`)
        .catch(() => undefined),
    person: {
      async says(room, text, replyTo) {
        await enter(room)
        const relation = replyTo && { 'm.relates_to': { 'm.in_reply_to': { event_id: replyTo } } }
        return alice.say(room, text, relation || {})
      },
      async sendsPicture(room, bytes, mime) {
        await enter(room)
        const url = await alice.upload(bytes, mime)
        const info = { mimetype: mime, size: bytes.length }
        return alice.send(room, 'm.room.message', { msgtype: 'm.image', body: 'a.png', url, info })
      },
      async commands(room, words) {
        await enter(room)
        await alice.say(room, `!wx ${words.join(' ')}`)
      },
      sees: seen,
      codes: async () => (await codes()).length,
      seesCode: async (qr) => (await codes()).some((one) => readsAs(one.picture!, qr)),
    },
    intruder: {
      async says(room, body) {
        const event = {
          event_id: `$intruder${Date.now()}`,
          room_id: room,
          sender: alice.id,
          type: 'm.room.message',
          origin_server_ts: Date.now(),
          content: { msgtype: 'm.text', body },
        }
        const url = `${await hub.address}/_matrix/app/v1/transactions/intruder${Date.now()}`
        for (const headers of [{ authorization: 'Bearer wrong' }, {}]) {
          const answer = await fetch(url, {
            method: 'PUT',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify({ events: [event] }),
          })
          if (answer.ok) throw new Error('the intruder was let in')
        }
      },
    },
    async drop() {
      await stop()
      await synapse.drop()
    },
  }
}

/** The events as clients show them: what only changes another one is that one's content. */
function changedIn(events: readonly ClientEvent[]): readonly ClientEvent[] {
  const changes = new Map<string, ClientEvent['content']>()
  const shown = events.filter((event) => {
    const relation = event.content['m.relates_to'] as Record<string, string> | undefined
    if (relation?.rel_type !== 'm.replace') return true
    changes.set(relation.event_id ?? '', event.content['m.new_content'] as ClientEvent['content'])
    return false
  })
  return shown.map((event) => ({ ...event, content: changes.get(event.event_id) ?? event.content }))
}
