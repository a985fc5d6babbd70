import type { HubId } from '../../src/core/ids.ts'
import type { HubFeatures } from '../../src/core/post.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { HubAdapter, HubSink, RoomPost } from '../../src/ports/hub.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { createFront } from './front.ts'
import { createGhosts } from './ghosts.ts'
import { createHomeserver, path, unlessAborted } from './homeserver.ts'
import { names as namesOf } from './ids.ts'
import { createInTurn } from './in-turn.ts'
import { hubEvent, type RoomEvent, roomEvent } from './ingress.ts'
import { createIntake } from './intake.ts'
import { listen } from './listener.ts'
import { createLoginCode } from './login-code.ts'
import { createMediaRepository } from './media.ts'
import { createMembership, isRoomGone } from './membership.ts'
import { createRedacting } from './redaction.ts'
import type { Registration } from './registration.ts'
import { createRooms } from './rooms.ts'
import { createSdk } from './sdk.ts'
import { createSending } from './send.ts'
import { type Language, wordsOf } from './words.ts'

export interface MatrixOptions {
  readonly id: HubId
  /** `url`: where the client-server API is. `domain`: what stands after the colon in user ids. */
  readonly homeserver: { readonly url: string; readonly domain: string }
  readonly registration: Registration
  /** Where the homeserver reaches us. Port 0: any free one, see `address`. */
  readonly listen: { readonly host: string; readonly port: number }
  /** The Matrix user whom the bridge belongs to: invited everywhere. */
  readonly owner: string
  /** Left out: whatever the homeserver makes by default. */
  readonly roomVersion?: string
  readonly rate: HubAdapter['rate']
  /** The language of what the adapter says itself. It may change while it runs: it is read each time. */
  readonly language: Language
}

export interface MatrixPorts {
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace?: Trace
}

export interface MatrixHub extends HubAdapter {
  /** The origin it listens on, once it first does. */
  readonly address: Promise<string>
}

const largestMedia = 100 * 1024 * 1024
const any = { maxBytes: largestMedia, mimes: [], caption: 8000 }
const features: HubFeatures = {
  rooms: 'create',
  speakers: 'ghost',
  text: { limit: 8000, format: 'html' },
  media: { image: any, sticker: any, voice: any, video: any, file: any },
  reply: true,
  redact: true,
  location: true,
}

const slowestAnnounceMs = 60_000
const mostDeclines = 100

/** The bridge as an application service of one homeserver (architecture §8, §17). */
export function createMatrixHub(options: MatrixOptions, ports: MatrixPorts): MatrixHub {
  const { registration, owner } = options
  const { vault, clock, random, log } = ports
  const { domain } = options.homeserver
  const url = options.homeserver.url.replace(/\/+$/, '')
  const words = wordsOf(options)
  const names = namesOf(registration.prefix, registration.senderLocalpart, domain)

  const sdk = createSdk({ registration, url, domain }, log)
  const homeserver = createHomeserver(sdk.appservice)
  const media = createMediaRepository({ url, asToken: registration.asToken }, homeserver, clock)
  const membership = createMembership(homeserver, names)
  const common = { homeserver, membership, media, names, words, vault, clock, log, owner }
  const ghosts = createGhosts(common)
  const rooms = createRooms({ ...common, roomVersion: options.roomVersion, trace: ports.trace })
  const sending = createSending({ ...common, ghosts })
  const redacting = createRedacting(common)
  const showLogin = createLoginCode({ ...common, rooms, random })
  const inTurn = createInTurn()
  const address = Promise.withResolvers<string>()
  let declining = 0

  const reading = {
    hub: options.id,
    owns: names.owns,
    isManagement: rooms.isManagement,
    now: () => clock.now(),
  }

  const translate = (signal: AbortSignal) => (raw: unknown) => {
    const event = roomEvent(raw, clock.now())
    if (!event) {
      log.warn({ type: typeof raw }, 'The homeserver sent something that is no room event.')
      return undefined
    }
    if (event.type === 'm.room.member') {
      decline(event, signal)
      if (event.stateKey === owner) rooms.ownerIs(event.content.membership !== 'leave', event.room)
    }
    const told = hubEvent(event, reading)
    if (!told) {
      log.debug(
        { event: event.id, type: event.type },
        'A Matrix event means nothing to the bridge.',
      )
      return undefined
    }
    if (told.type === 'echo') sending.echoed(told.key, { ids: [told.id], at: told.at })
    return { event: told, raw: JSON.stringify(raw) }
  }

  /** Strangers cannot draw the bridge or its ghosts into their rooms. */
  const decline = (event: RoomEvent, signal: AbortSignal) => {
    const user = event.stateKey ?? ''
    const stranger = event.sender !== owner && !names.owns(event.sender)
    if (event.content.membership !== 'invite' || !names.owns(user) || !stranger) return
    // One after another, and only so many: whoever floods us with invitations waits for an answer in vain.
    if (declining >= mostDeclines) return
    declining++
    const leaving = inTurn('decline', () => membership.leave(user, event.room, signal))
    const over = leaving.finally(() => declining--)
    over.catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      log.info({ room: event.room, reason }, "A stranger's invitation could not be declined.")
    })
  }

  /**
   * Registers the bot, then asks the homeserver to call us: after an outage it would wait up to 512 s before it
   * delivers again, and the ping ends that at once (real-parts §1).
   */
  const announce = async (signal: AbortSignal) => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await ghosts.bot(signal)
        const where = path`/_matrix/client/v1/appservice/${registration.id}/ping`
        const call = {
          method: 'POST',
          path: where,
          what: 'ask the homeserver to call back',
        } as const
        await homeserver.call({ ...call, body: { transaction_id: `start-${clock.now()}` } }, signal)
        log.info({ homeserver: url }, 'The homeserver and the bridge reach each other.')
        return
      } catch (error) {
        if (signal.aborted) return
        const reason = error instanceof Error ? error.message : String(error)
        log.warn(
          { homeserver: url, callback: registration.url, reason, attempt },
          'Homeserver and bridge do not reach each other yet; it is tried again. ' +
            'Is the homeserver running, and is the url in the registration right?',
        )
      }
      const ms =
        Math.min(slowestAnnounceMs, 500 * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2)
      await clock.sleep(ms, signal).catch(() => {})
    }
  }

  return {
    id: options.id,
    features,
    rate: options.rate,
    address: address.promise,
    bucket: (job: RoomPost) => job.room,

    async run(sink: HubSink, signal: AbortSignal) {
      if (signal.aborted) return
      await rooms.management()
      const front = createFront({
        hsToken: registration.hsToken,
        take: createIntake({ vault, clock, random, log }, translate(signal), sink, signal),
        rest: sdk.routes,
        log,
      })
      const listening = await listen(options.listen, front)
      address.resolve(listening.origin)
      log.info({ listen: listening.origin }, 'Listening for the homeserver.')
      const announced = announce(signal)
      await unlessAborted(new Promise<never>(() => {}), signal).catch(() => {})
      await Promise.all([announced, listening.close()])
    },

    ensureRoom: async (portal, chat, open, signal) => {
      if (!(await vault.get(`user/${names.bot}`))) await ghosts.bot(signal)
      return rooms.ensure(portal, chat, open, signal)
    },
    showLogin: (login, signal) =>
      inTurn('login', async () => {
        if (login.state === 'online') await ghosts.meIs(login.me)
        await showLogin(login, signal)
      }),
    async send(post, open, signal) {
      if (post.body.kind === 'redaction') return redacting.redact(post, signal)
      try {
        await rooms.summon(post.room, signal)
        return await sending.send(post, open, signal)
      } catch (error) {
        if (isRoomGone(error)) await rooms.forget(post.portal)
        throw error
      }
    },
    find: (post, since, signal) =>
      post.body.kind === 'redaction'
        ? redacting.find(post, signal)
        : sending.find(post, since, signal),
    download: media.download,
  }
}
