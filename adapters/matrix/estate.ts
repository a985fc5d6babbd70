import type { RoomId } from '../../src/core/ids.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { HubAdapter, HubEvent, HubPlaces, RoomPost } from '../../src/ports/hub.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { createArrivals } from './arrivals.ts'
import { createBackground } from './background.ts'
import { createDepartures } from './departures.ts'
import { createFarewells } from './farewells.ts'
import type { Ghosts } from './ghosts.ts'
import type { Homeserver } from './homeserver.ts'
import type { Names } from './ids.ts'
import type { RoomEvent } from './ingress.ts'
import { createLinks } from './links.ts'
import type { MediaRepository } from './media.ts'
import { createMembers } from './members.ts'
import { createMembership, type Membership } from './membership.ts'
import { saidBefore } from './missed.ts'
import { createNewborn } from './newborn.ts'
import { createPatient } from './patient.ts'
import { createPersonal } from './personal.ts'
import type { Puppet } from './puppet.ts'
import { createRolls } from './rolls.ts'
import { createRoomBook } from './room-book.ts'
import { createRoomState } from './room-state.ts'
import { createRoomVersion } from './room-version.ts'
import { roomWords } from './room-words.ts'
import { createRooms, type Rooms } from './rooms.ts'
import { createSpace } from './space.ts'
import { createStandIn } from './stand-in.ts'
import { createUpgrades } from './upgrades.ts'
import type { Language, Words } from './words.ts'

/** All rooms of one person: what is in them and around them, and where they go. */
export interface Estate {
  readonly rooms: Rooms
  /** For those who speak: they come in as what they are called in that room. */
  readonly door: Membership
  readonly members: NonNullable<HubAdapter['members']>
  readonly merged: NonNullable<HubAdapter['merged']>
  readonly loggedOut: NonNullable<HubAdapter['loggedOut']>
  readonly places: HubPlaces
  /** Looks at an event of a room: what there is to be done durably about it, if anything. */
  saw(event: RoomEvent): (() => Promise<void>) | undefined
  /** Before somebody says something. */
  speaks(post: RoomPost): void
  /** Before an event is told. False: it will be told later. */
  passage(event: HubEvent, raw: string): Promise<boolean>
  /** The owner's own account may be used from now on. */
  puppetCame(): void
  /** Is this room to be followed into another one? */
  isMoving(room: string): boolean
  /** What is in the background runs until the signal aborts; what was left undone is begun again. */
  begin(signal: AbortSignal): Promise<void>
  idle(): Promise<void>
}

export interface EstateParts {
  readonly homeserver: Homeserver
  readonly membership: Membership
  readonly media: MediaRepository
  readonly ghosts: Ghosts
  readonly names: Names
  readonly words: Words
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace?: Trace | undefined
  readonly owner: string
  readonly domain: string
  readonly options: {
    readonly space?: boolean
    readonly memberLimit?: number
    readonly atLogout?: 'keep' | 'leave' | 'delete'
    readonly roomVersion?: string
    readonly language: Language
  }
  claim(room: RoomId): Promise<void>
  puppet(signal: AbortSignal): Promise<Puppet | undefined>
  /** Brings the owner's own account into a room, where it may be used. Never throws. */
  enter(room: RoomId, signal: AbortSignal): Promise<void>
  tell(event: HubEvent, raw: string): Promise<void>
  /** Does core know whose room this is? Undefined: nobody can be asked now. */
  shown(room: RoomId): Promise<boolean | undefined>
  /** As if the homeserver had told of it. */
  hand(event: RoomEvent): Promise<void>
}

const defaultLimit = 100

export function createEstate(parts: EstateParts): Estate {
  const { homeserver, names, vault, log, options } = parts
  const { roomVersion } = options
  const background = createBackground(log)
  const book = createRoomBook(vault)
  const rolls = createRolls(vault)
  const words = () => roomWords(options)

  // What nobody waits for has patience; what a message waits for is tried again with the message.
  const patient: Homeserver = createPatient(homeserver, parts)
  const calm = {
    ...parts,
    homeserver: patient,
    membership: createMembership(patient, names),
    state: createRoomState(patient),
    book,
    background,
    roomWords: words,
  }
  const personal = createPersonal({ ...parts, book, background })
  const versionOf = createRoomVersion(homeserver, roomVersion)
  const space = createSpace({ ...calm, isWanted: options.space === true, versionOf, roomVersion })
  const farewells = createFarewells({ ...calm, space, forget: personal.forget })
  const arrivals = createArrivals(parts)
  const state = createRoomState(homeserver)
  const newborn = createNewborn({ ...parts, book, state, background, arrivals })
  const rooms = createRooms({
    ...parts,
    book,
    state,
    background,
    calm: calm.membership,
    begun: newborn.begun,
    roomVersion,
    roomWords: words,
    spaceNow: space.now,
    cleared: farewells.finish,
    ensured(portal) {
      space.include(portal)
      personal.settle(portal)
    },
  })
  const standIn = createStandIn(calm)
  const limit = options.memberLimit ?? defaultLimit
  const members = createMembers({ ...parts, book, rolls, background, limit })
  const upgrades = createUpgrades({
    ...calm,
    arrivals,
    unheard: (room, signal) => saidBefore(patient, room, names.bot, signal),
    space,
    management: { is: rooms.isManagement, move: rooms.manage },
    empower: personal.empower,
    async refresh(portal, signal) {
      if (!(await rooms.again(portal, signal))) personal.settle(portal)
    },
  })
  const links = createLinks({ ...calm, rooms, space, release: personal.release })
  const departures = createDepartures({
    ...calm,
    rolls,
    rooms,
    farewells,
    policy: options.atLogout,
  })
  let current = new AbortController().signal

  return {
    rooms,
    door: { ...parts.membership, admit: members.admit },
    members: members.apply,
    ...departures,
    places: links,
    speaks({ room, speaker }) {
      rooms.summon(room)
      if (speaker.type === 'contact') members.speaks(names.ghost(speaker.contact), room, speaker)
    },
    saw(event) {
      if (event.type === 'm.room.member') members.saw(event)
      return upgrades.saw(event)
    },
    async passage(event, raw) {
      await newborn.look(event.room, current)
      return arrivals.passage(event, raw, current)
    },
    puppetCame() {
      background.do('stand-in', 'let the owner stand for themselves', standIn)
      background.do('personal', "set up the owner's account", personal.settleAll)
    },
    isMoving: upgrades.isMoving,
    async begin(signal) {
      current = signal
      background.until(signal)
      await upgrades.resume()
      await newborn.resume()
      await farewells.go()
    },
    idle: background.idle,
  }
}
