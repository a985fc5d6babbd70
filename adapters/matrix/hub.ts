import type { HubId } from '../../src/core/ids.ts'
import type { HubFeatures } from '../../src/core/post.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { HubAdapter, HubSink, RoomPost } from '../../src/ports/hub.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Inhabitant, MatrixAppservice } from './appservice.ts'
import { createGhosts } from './ghosts.ts'
import { createInTurn } from './in-turn.ts'
import { hubEvent } from './ingress.ts'
import type { Handing } from './intake.ts'
import { createLoginCode } from './login-code.ts'
import { isRoomGone } from './membership.ts'
import { createRedacting } from './redaction.ts'
import { createRooms } from './rooms.ts'
import { createSending } from './send.ts'
import { type Language, wordsOf } from './words.ts'

export interface MatrixOptions {
  readonly id: HubId
  /** The Matrix user whom this part of the bridge belongs to: invited everywhere. */
  readonly owner: string
  /** Tells the users and rooms of several persons of one bridge apart (letters of a localpart); the first has none. */
  readonly person?: string
  /** What may be used to act as the owner: their access token, or the as_token of an application service. */
  readonly puppetToken?: string
  /** Does a space hold all chats? */
  readonly space?: boolean
  /** Groups with more members have only those in their room who have spoken. 100 where nothing is said. */
  readonly memberLimit?: number
  /** What becomes of the rooms at a logout for good; `keep` where nothing is said. */
  readonly atLogout?: 'keep' | 'leave' | 'delete'
  /** Is it shown beside what a person writes whether WeChat has it? */
  readonly status?: boolean
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
  /** The origin its application service listens on, once it first does. */
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

/** One person's rooms and ghosts on a homeserver, as a hub (architecture §8, §17). */
export function createMatrixHub(
  appservice: MatrixAppservice,
  options: MatrixOptions,
  ports: MatrixPorts,
): MatrixHub {
  const { owner } = options
  const { vault, clock, random, log } = ports
  const { homeserver, media, membership } = appservice
  const words = wordsOf(options)
  const names = appservice.names(options.person)

  const common = { homeserver, membership, media, names, words, vault, clock, log, owner }
  const ghosts = createGhosts(common)
  const rooms = createRooms({
    ...common,
    roomVersion: options.roomVersion,
    trace: ports.trace,
    claim: (room) => appservice.claim(room, inhabitant),
  })
  const sending = createSending({ ...common, ghosts })
  const redacting = createRedacting(common)
  const showLogin = createLoginCode({ ...common, rooms, random })
  const inTurn = createInTurn()
  let sink: HubSink | undefined

  const reading = {
    hub: options.id,
    owns: names.owns,
    isManagement: rooms.isManagement,
    now: () => clock.now(),
  }

  const inhabitant: Inhabitant = {
    owner,
    names,
    read(event): Handing | undefined {
      if (event.type === 'm.room.member' && event.stateKey === owner) {
        rooms.ownerIs(event.content.membership !== 'leave', event.room)
      }
      const told = hubEvent(event, reading)
      if (!told) {
        const about = { event: event.id, type: event.type }
        log.debug(about, 'A Matrix event means nothing to the bridge.')
        return undefined
      }
      if (told.type === 'echo') sending.echoed(told.key, { ids: [told.id], at: told.at })
      const raw = JSON.stringify(event.raw)
      return {
        event: told.id,
        room: told.room,
        async to() {
          await sink?.event(told, raw)
        },
      }
    },
  }

  return {
    id: options.id,
    features,
    rate: options.rate,
    address: appservice.address,
    bucket: (job: RoomPost) => job.room,

    async run(into: HubSink, signal: AbortSignal) {
      if (signal.aborted) return
      sink = into
      await rooms.management()
      await appservice.house(inhabitant, signal)
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
