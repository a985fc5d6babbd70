import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Provisioning } from '../../src/ports/provisioning.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { createAnnouncing } from './announcing.ts'
import { createCatchingUp } from './catching-up.ts'
import { createDelivering } from './delivering.ts'
import { type Fleeting, fleetingOf } from './ephemeral.ts'
import { createFetching } from './fetching.ts'
import { createFront } from './front.ts'
import { createGathering } from './gathering.ts'
import { createHomeserver, type Homeserver, path, unlessAborted } from './homeserver.ts'
import { type Names, names as namesOf } from './ids.ts'
import { type RoomEvent, roomEvent } from './ingress.ts'
import { createIntake, type Handing } from './intake.ts'
import { createInvitations } from './invitations.ts'
import type { Json } from './json.ts'
import { listen } from './listener.ts'
import { createMailboxes } from './mailboxes.ts'
import { createMediaRepository, type MediaRepository } from './media.ts'
import { createMembership, type Membership } from './membership.ts'
import { createOutage } from './outage.ts'
import { createParting } from './parting.ts'
import { type Level, levelOf, mayLive, type Permissions } from './permissions.ts'
import { createProvisioningApi } from './provisioning-api.ts'
import type { Registration } from './registration.ts'
import { createSdk } from './sdk.ts'
import { createWhose } from './whose.ts'

export interface AppserviceOptions {
  /** `url`: where the client-server API is. `domain`: what stands after the colon in user ids. */
  readonly homeserver: { readonly url: string; readonly domain: string }
  readonly registration: Registration
  /** Where the homeserver reaches us. Port 0: any free one, see `address`. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Who may go how far; nobody where nothing is said. Whom it was made for (`admin`) is an admin in any case. */
  readonly permissions?: Permissions
  readonly admin?: string
  /** Opens the provisioning API beside what the homeserver uses. */
  readonly provisioning?: { readonly secret: string }
}

export interface AppservicePorts {
  /** What all persons of it share is kept here. */
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /**
   * Somebody of level `user` or more wants a WeChat account of their own here. Resolves when they are expected
   * ({@link MatrixAppservice.expect}), also if they were before. False: they cannot have one now. Rejects with a sentence
   * that says why not.
   */
  readonly newcomer?: (user: string) => Promise<boolean>
  /** What a program may do for this person. Undefined: they have no bridge here, or it does not run. */
  readonly provisioning?: (user: string) => Provisioning | undefined
}

/**
 * One person's part of an application service: a hub of their own, with rooms and ghosts of its own. What happens in its
 * rooms, and what its owner does elsewhere, is told to it and to nobody else.
 */
export interface Inhabitant {
  readonly owner: string
  readonly names: Names
  /** An event of its rooms or its owner. Undefined: it means nothing. */
  read(event: RoomEvent): Handing | undefined
  /** What is of the moment and never repeated: receipts, typing. Must not throw. */
  fleeting?(event: Fleeting): void
  /** The homeserver is there, at the start or again after it was not: what waits for it need not any longer. Must not throw. */
  returned?(): void
  /** Do they know this room as one of theirs? Asked where it is written down nowhere. */
  holds?(room: string): Promise<boolean>
  /** A room of theirs in which the bridge may leave a note that people do not see. */
  home?(): Promise<string | undefined>
}

/** The bridge as an application service of one homeserver, for everybody who lives in it. */
export interface MatrixAppservice {
  readonly url: string
  readonly domain: string
  readonly registration: Registration
  readonly homeserver: Homeserver
  readonly media: MediaRepository
  readonly membership: Membership
  /** The origin it listens on, once it first does. */
  readonly address: Promise<string>
  /** The names of one person's users and rooms; of the first person where nothing is said. */
  names(person?: string): Names
  /**
   * Lets somebody in until the signal aborts: it listens while anybody is in. Rejects if it cannot listen. Resolves when
   * what was under way has ended.
   */
  house(inhabitant: Inhabitant, signal: AbortSignal): Promise<void>
  /** From now on a room is this inhabitant's. Durable. */
  claim(room: string, inhabitant: Inhabitant): Promise<void>
  /**
   * Somebody who is going to come in, now or after a failure: until they do, what is theirs is kept for them, and before
   * anything newer handed over when they are in. To be told of all before the first comes in. Safe to repeat.
   */
  expect(owner: string, person?: string): void
  /** Somebody who will not come in any more: what was kept for them goes, and what is theirs is nobody's. */
  dismiss(owner: string): Promise<void>
  /** How far this user may go here; undefined: a stranger. */
  levelOf(user: string): Level | undefined
}

export function createAppservice(
  options: AppserviceOptions,
  ports: AppservicePorts,
): MatrixAppservice {
  const { registration } = options
  const { vault, clock, random, log } = ports
  const { domain } = options.homeserver
  const url = options.homeserver.url.replace(/\/+$/, '')
  const names = (person?: string) =>
    namesOf(registration.prefix, registration.senderLocalpart, domain, person)
  const own = names()
  const level = (user: string): Level | undefined =>
    user === options.admin ? 'admin' : levelOf(options.permissions ?? {}, user)

  const sdk = createSdk({ registration, url, domain }, log)
  let suspect: Parameters<typeof createHomeserver>[1]
  const homeserver = createHomeserver(sdk.appservice, (error) => suspect?.(error))
  const media = createMediaRepository({ url, asToken: registration.asToken }, homeserver, clock)
  const membership = createMembership(homeserver, own)
  const address = Promise.withResolvers<string>()
  const mailboxes = createMailboxes({ vault, clock, random, log })
  const inhabitants = new Map<string, { readonly in: Inhabitant; readonly fetch: () => void }>()
  const whose = createWhose({
    vault,
    mayLive: (user) => mayLive(level(user)),
    async known(room) {
      for (const { in: one } of inhabitants.values()) if (await one.holds?.(room)) return one.owner
      return undefined
    },
  })
  let open: { readonly stop: AbortController; readonly over: Promise<void> } | undefined

  const deliver = createDelivering({
    whose,
    mailboxes,
    clock,
    log,
    inhabitant: (owner) => inhabitants.get(owner)?.in,
    waiting: (owner) => inhabitants.get(owner)?.fetch(),
  })

  const fleeting = (transaction: Json) => {
    for (const event of fleetingOf(transaction)) {
      whose
        .room(event.room)
        .then((owner) => inhabitants.get(owner ?? '')?.in.fleeting?.(event))
        .catch((error: unknown) => log.debug({ error: String(error) }, 'A receipt was left out.'))
    }
  }

  /** A state event nobody sees, in the room where the bridge speaks with somebody. */
  const nudge = async (signal: AbortSignal) => {
    for (const { in: one } of inhabitants.values()) {
      const room = await one.home?.()
      if (room === undefined) continue
      const where = path`/_matrix/client/v3/rooms/${room}/state/net.wechat-bridge.here`
      const what = 'leave a note that the bridge is here'
      await homeserver.call({ method: 'PUT', path: where, body: { at: clock.now() }, what }, signal)
      return
    }
  }

  const serve = async (signal: AbortSignal) => {
    const tell = () => {
      for (const { in: one } of inhabitants.values()) one.returned?.()
    }
    const reached = () => {
      tell()
      catchingUp.soon()
    }
    const announcing = createAnnouncing(
      { homeserver, registration, url, clock, random, log, nudge, reached },
      signal,
    )
    // What waits here does not wait for the homeserver to reach us.
    const returned = () => {
      reached()
      announcing.announce()
    }
    const outage = createOutage({ url, returned }, ports, signal)
    suspect = outage.suspect
    const invitations = createInvitations(
      {
        ...{ homeserver, own, whose, clock, log, levelOf: level, newcomer: ports.newcomer },
        isIn: (user) => inhabitants.has(user),
      },
      signal,
    )
    const read = (raw: unknown): Handing | undefined => {
      const event = roomEvent(raw, clock.now())
      if (!event) {
        log.warn({ type: typeof raw }, 'The homeserver sent something that is no room event.')
        return undefined
      }
      invitations.see(event)
      catchingUp.happened(event.room)
      return deliver(event)
    }
    const intake = createIntake({ vault, clock, random, log }, read, signal)
    const catchingUp = createCatchingUp(
      { homeserver, vault, clock, random, log, bot: own.bot, owns: own.owns, intake },
      signal,
    )
    const { soon, doubt, ready } = catchingUp
    const watch = createParting({ clock, met: doubt, parted: soon })
    const about = { bridge: 'wechat', homeserver: domain, bridge_bot: own.bot }
    const isIn = async (user: string, room: string) =>
      (await membership.of(user, room, signal).catch(() => undefined)) === 'join'
    const provisioning = options.provisioning && {
      beside: createProvisioningApi(
        { ...options.provisioning, levelOf: level, roomOwner: whose.holder, about, isIn },
        { ...ports, stopping: signal },
      ),
    }
    const front = createFront({
      hsToken: registration.hsToken,
      ready,
      take: intake.take,
      gather: createGathering(own.owns, clock, signal),
      fleeting,
      called(connection) {
        announcing.called()
        outage.heard()
        watch(connection)
      },
      missed() {
        announcing.announce()
        soon()
      },
      ...provisioning,
      rest: sdk.routes,
      clock,
      log,
    })
    const listener = await listen(options.listen, front)
    address.resolve(listener.origin)
    log.info({ listen: listener.origin }, 'Listening for the homeserver.')
    announcing.announce()
    await unlessAborted(new Promise<never>(() => {}), signal).catch(() => {})
    await listener.close()
    await Promise.all([announcing.settled(), outage.settled(), invitations.settled()])
    await catchingUp.settled()
  }

  return {
    url,
    domain,
    registration,
    homeserver,
    media,
    membership,
    address: address.promise,
    names,
    levelOf: level,
    claim: (room, { owner }) => whose.claim(room, owner),
    expect: (owner, person) => whose.know(owner, names(person), person === undefined),
    async dismiss(owner) {
      whose.forget(owner)
      await mailboxes.drop(owner)
    },
    async house(inhabitant, signal) {
      if (signal.aborted) return
      const { owner } = inhabitant
      const left = new AbortController()
      const both = AbortSignal.any([signal, left.signal])
      const { fetch, settled } = createFetching({ mailboxes, clock, log }, inhabitant, both)
      whose.know(owner, inhabitant.names)
      inhabitants.set(owner, { in: inhabitant, fetch })
      fetch()
      try {
        if (!open) {
          const stop = new AbortController()
          open = { stop, over: serve(stop.signal) }
        }
        await unlessAborted(open.over, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error
        })
      } finally {
        if (inhabitants.get(owner)?.in === inhabitant) inhabitants.delete(owner)
        left.abort(new Error('They are not in any more.'))
        if (inhabitants.size === 0 && open) {
          const { stop, over } = open
          open = undefined
          stop.abort(new Error('Nobody is in any more.'))
          await over.catch(() => undefined)
        }
        await settled()
      }
    },
  }
}
