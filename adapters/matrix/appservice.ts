import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { errcodeOf } from './errors.ts'
import { createFront } from './front.ts'
import { createHomeserver, type Homeserver, path, unlessAborted } from './homeserver.ts'
import { type Names, names as namesOf } from './ids.ts'
import { createInTurn } from './in-turn.ts'
import { type RoomEvent, roomEvent } from './ingress.ts'
import { createIntake, type Handing } from './intake.ts'
import type { Json } from './json.ts'
import { listen } from './listener.ts'
import { createMediaRepository, type MediaRepository } from './media.ts'
import { createMembership, type Membership } from './membership.ts'
import type { Registration } from './registration.ts'
import { createSdk } from './sdk.ts'

export interface AppserviceOptions {
  /** `url`: where the client-server API is. `domain`: what stands after the colon in user ids. */
  readonly homeserver: { readonly url: string; readonly domain: string }
  readonly registration: Registration
  /** Where the homeserver reaches us. Port 0: any free one, see `address`. */
  readonly listen: { readonly host: string; readonly port: number }
}

export interface AppservicePorts {
  /** What all persons of it share is kept here. */
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
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
  /** The homeserver is there again after it was not. */
  returned?(): void
}

/** An ephemeral event of a room (Matrix application service API, `ephemeral`). */
export interface Fleeting {
  readonly type: string
  readonly room: string
  readonly content: Json
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
}

const slowestAnnounceMs = 60_000
const mostDeclines = 100

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

  const sdk = createSdk({ registration, url, domain }, log)
  const homeserver = createHomeserver(sdk.appservice)
  const media = createMediaRepository({ url, asToken: registration.asToken }, homeserver, clock)
  const membership = createMembership(homeserver, own)
  const address = Promise.withResolvers<string>()
  const inTurn = createInTurn()
  const inhabitants = new Set<Inhabitant>()
  /** Whose room it is, by the owner. */
  const places = new Map<string, string>()
  let declining = 0
  let open: { readonly stop: AbortController; readonly over: Promise<void> } | undefined

  const read = (signal: AbortSignal) => async (raw: unknown) => {
    const event = roomEvent(raw, clock.now())
    if (!event) {
      log.warn({ type: typeof raw }, 'The homeserver sent something that is no room event.')
      return undefined
    }
    if (event.type === 'm.room.member') decline(event, signal)
    return (await whose(event.room, event))?.read(event)
  }

  /** Whose it is: the room's, else the sender's, else that of the ghost it is about; of the only one, in any case. */
  const whose = async (room: string, event?: RoomEvent): Promise<Inhabitant | undefined> => {
    const [only, ...more] = inhabitants
    if (more.length === 0) return only
    const all = [...inhabitants]
    const owner = places.get(room) ?? (await vault.get(`place/${room}`))
    if (owner !== undefined) {
      places.set(room, owner)
      return all.find((each) => each.owner === owner)
    }
    return (
      all.find((each) => each.owner === event?.sender) ??
      all.find((each) => each.names.speaks(event?.stateKey ?? event?.sender ?? ''))
    )
  }

  /** Strangers cannot draw the bridge or its ghosts into their rooms. */
  const decline = (event: RoomEvent, signal: AbortSignal) => {
    const user = event.stateKey ?? ''
    const isKnown = [...inhabitants].some(({ owner }) => owner === event.sender)
    const stranger = !isKnown && !own.owns(event.sender)
    if (event.content.membership !== 'invite' || !own.owns(user) || !stranger) return
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

  /** The bot speaks for all: it is there before anything else. */
  const register = async (signal: AbortSignal) => {
    const username = registration.senderLocalpart
    // inhibit_login: servers with MSC4190 refuse appservice users a login (real-parts §1).
    const body = { type: 'm.login.application_service', username, inhibit_login: true }
    const call = { method: 'POST', path: '/_matrix/client/v3/register', body } as const
    await homeserver.call({ ...call, what: 'register the bot' }, signal).catch((error: unknown) => {
      if (errcodeOf(error) !== 'M_USER_IN_USE') throw error
    })
  }

  /**
   * Asks the homeserver to call us: after an outage it would wait up to 512 s before it delivers again, and the ping ends
   * that at once (real-parts §1).
   */
  const announce = async (signal: AbortSignal) => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await register(signal)
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

  const serve = async (signal: AbortSignal) => {
    const take = createIntake({ vault, clock, random, log }, read(signal), signal)
    const front = createFront({ hsToken: registration.hsToken, take, rest: sdk.routes, log })
    const listener = await listen(options.listen, front)
    address.resolve(listener.origin)
    log.info({ listen: listener.origin }, 'Listening for the homeserver.')
    const announced = announce(signal)
    await unlessAborted(new Promise<never>(() => {}), signal).catch(() => {})
    await Promise.all([announced, listener.close()])
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
    async claim(room, { owner }) {
      if (places.get(room) === owner) return
      await vault.set(`place/${room}`, owner)
      places.set(room, owner)
    },
    async house(inhabitant, signal) {
      if (signal.aborted) return
      inhabitants.add(inhabitant)
      try {
        if (!open) {
          const stop = new AbortController()
          open = { stop, over: serve(stop.signal) }
        }
        await unlessAborted(open.over, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error
        })
      } finally {
        inhabitants.delete(inhabitant)
        if (inhabitants.size === 0 && open) {
          const { stop, over } = open
          open = undefined
          stop.abort(new Error('Nobody is in any more.'))
          await over.catch(() => undefined)
        }
      }
    },
  }
}
