import { type HubId, roomId } from '../../src/core/ids.ts'
import type { HubFeatures } from '../../src/core/post.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { HubAdapter, HubSink, RoomPost } from '../../src/ports/hub.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Inhabitant, MatrixAppservice } from './appservice.ts'
import { createBackground } from './background.ts'
import { createCalling } from './calling.ts'
import { createDownload } from './download.ts'
import { createEntering } from './entering.ts'
import { createEstate } from './estate.ts'
import { createEventLog } from './event-log.ts'
import { createGhosts } from './ghosts.ts'
import { createHiding } from './hiding.ts'
import { createInTurn } from './in-turn.ts'
import type { Handing } from './intake.ts'
import { createListening } from './listening.ts'
import { createLoginCode } from './login-code.ts'
import { isRoomGone } from './membership.ts'
import { createMoments } from './moments.ts'
import { createOutcomes } from './outcomes.ts'
import { createOwnPosts } from './own-posts.ts'
import { createPeople } from './people.ts'
import { createPuppeting } from './puppet.ts'
import { createRedacting } from './redaction.ts'
import { remembered } from './remembered.ts'
import { createSeen } from './seen.ts'
import { createSending } from './send.ts'
import { createTypedTokens } from './typed-token.ts'
import { untilMoved } from './upgrades.ts'
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
  edits: true,
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
  const ghosts = createGhosts({ ...common, vault: remembered(vault) })
  const puppeting = createPuppeting({
    ...common,
    url: appservice.url,
    ownToken: appservice.registration.asToken,
    configured: options.puppetToken,
    random,
    came: () => estate.puppetCame(),
  })
  const events = createEventLog(homeserver)
  const entering = createEntering(puppeting, log)
  const estate = createEstate({
    ...common,
    ghosts,
    random,
    trace: ports.trace,
    domain: appservice.domain,
    options,
    claim: (room) => appservice.claim(room, inhabitant),
    puppet: puppeting.settled,
    enter: entering,
    tell: async (told, raw) => sink?.event(told, raw),
    shown: async (room) => sink && ((await sink.shows?.(room)) ?? true),
    hand: async (event) => inhabitant.read(event)?.to(),
  })
  const { rooms, door, members, merged, loggedOut, places } = estate
  const sending = createSending({ ...common, membership: door, ghosts, puppeting, events })
  const redacting = createRedacting({ ...common, puppeting })
  const showLogin = createLoginCode({ ...common, rooms, random })
  const outcome = createOutcomes({ ...common, events, speaks: options, random })
  const seen = createSeen({ ...common, puppeting, events })
  const own = createOwnPosts()
  const inTurn = createInTurn()
  let sink: HubSink | undefined

  const isManagement = rooms.isManagement
  const people = createPeople({ owner, vault, owns: names.owns, levelOf: appservice.levelOf })
  const background = createBackground(log)
  const listening = createListening({
    ...common,
    hub: options.id,
    people,
    isManagement,
    calling: createCalling({ ...common, reserved: [words.bridge] }),
    contactOf: ghosts.contactOf,
    authorOf: async (room, event, signal) => (await events.find(room, event, signal))?.sender,
    untokened: createTypedTokens({ owner, isManagement, offered: puppeting.offered }),
    hide: createHiding({ ...common, background, random }),
    async tell(event, raw) {
      if (await estate.passage(event, raw)) await sink?.event(event, raw)
    },
  })

  appservice.expect(owner, options.person)
  const moments = createMoments({ names, clock, log, sink: () => sink, home: rooms.management })
  const inhabitant: Inhabitant = {
    owner,
    names,
    ...moments,
    holds: async (room) =>
      isManagement(room) || (await places.portalAt(roomId(room))) !== undefined,
    read(event): Handing | undefined {
      events.saw(event)
      if (event.type === 'm.room.member' && event.stateKey === owner) {
        rooms.ownerIs(event.content.membership !== 'leave', event.room)
      }
      if (redacting.isOurs(event)) return undefined
      const work = estate.saw(event)
      if (work) return { event: event.id, room: event.room, to: work }
      const heard = listening(event)
      if (heard?.told.type === 'echo' && !heard.told.otherwise) {
        sending.echoed(heard.told.key, { ids: [heard.told.id], at: heard.told.at })
        if (own.has(heard.told.key)) return undefined
      }
      return heard?.handing
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
      background.until(signal)
      await people.load()
      await rooms.management()
      void puppeting.begin(signal)
      await estate.begin(signal)
      await appservice.house(inhabitant, signal)
      await estate.idle()
    },

    ensureRoom: async (portal, chat, open, signal) => {
      if (!(await vault.get(`user/${names.bot}`))) await ghosts.bot(signal)
      const room = await rooms.ensure(portal, chat, open, signal)
      await entering(room, signal)
      return room
    },
    showLogin: (login, signal) =>
      inTurn('login', async () => {
        if (login.state === 'online') await ghosts.meIs(login.me)
        await showLogin(login, signal)
      }),
    async send(post, open, signal) {
      if (post.body.kind === 'redaction') return redacting.redact(post, signal)
      try {
        estate.speaks(post)
        return await own.saying(post.key, () => sending.send(post, open, signal))
      } catch (error) {
        if (estate.isMoving(post.room)) throw untilMoved(error)
        if (isRoomGone(error)) await rooms.forget(post.portal)
        throw error
      }
    },
    find: (post, since, signal) =>
      post.body.kind === 'redaction'
        ? redacting.find(post, signal)
        : sending.find(post, since, signal),
    async answers(signal) {
      const versions = { method: 'GET', path: '/_matrix/client/versions' } as const
      await homeserver.call({ ...versions, what: 'see whether it is there' }, signal)
    },
    download: createDownload({ media, hub: options.id, log }),
    roleOf: people.roleOf,
    people,
    puppet: puppeting.port,
    seen,
    members,
    merged,
    loggedOut,
    places,
    ...(options.status && { outcome }),
  }
}
