import { timingSafeEqual } from 'node:crypto'
import { BridgeError } from '../../src/core/errors.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { HubPuppet } from '../../src/ports/hub.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { digest } from './front.ts'
import { type Call, path } from './homeserver.ts'
import { createInTurn } from './in-turn.ts'
import type { Json } from './json.ts'
import { type Membership, unseen } from './membership.ts'
import { createOffers } from './offers.ts'
import {
  type Acting,
  createOwnerClient,
  isUnknownToken,
  type OwnerClientOptions,
  whoIs,
} from './owner-client.ts'

/** The owner's own Matrix user, as far as the bridge may act as it (a double puppet). */
export interface Puppet {
  readonly user: string
  /** Can it say when something was said (`ts`)? Only what an application service acts as can. */
  readonly isDated: boolean
  /** A call of the client-server API as the owner. Throws BridgeErrors; {@link isPuppetGone} tells that it cannot any more. */
  call(call: Omit<Call, 'as'>, signal: AbortSignal): Promise<Json>
}

/** Whether there is a puppet, and how one comes to be. */
export interface Puppeting {
  /** Undefined: there is none (any more, or it is not known yet), and a user of the bridge stands for the owner. */
  now(): Puppet | undefined
  /** As `now`, when it is known. Throws a BridgeError where the homeserver cannot be asked. */
  settled(signal: AbortSignal): Promise<Puppet | undefined>
  /** Finds out at the start, from what is configured and what was given before. Never throws. */
  begin(signal: AbortSignal): Promise<void>
  /** Keeps a token that was written in a room, in memory and for a while: the name that stands for it in `give`. */
  offered(token: string): string
  /** A name from `offered`; undefined: no more. Throws a BridgeError (`refused`) that says why not. */
  give(secret: string | undefined, signal: AbortSignal): Promise<void>
  /** What core sees of it. */
  readonly port: HubPuppet
  /** Brings the owner into a room of ours, in their name; nothing happens without a puppet. Throws BridgeErrors. */
  enter(room: string, signal: AbortSignal): Promise<void>
  /** After a refusal as the owner: may the bridge still act as them? Notes it if not. Throws BridgeErrors. */
  doubt(signal: AbortSignal): Promise<void>
}

export interface PuppetParts {
  /** Where the client-server API is. */
  readonly url: string
  readonly owner: string
  /** The as_token of the bridge: its namespace never has the owner in it, so it is no puppet's. */
  readonly ownToken: string
  readonly configured?: string | undefined
  readonly membership: Membership
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** There is a puppet from now on. Must not throw. */
  came?(): void
}

type From = 'configured' | 'given'

interface Held extends Puppet {
  readonly from: From
  readonly token: string
}

const place = 'puppet'

/** The double puppet of the owner (issue E §3): their access token, or an application service that may act as them. */
export function createPuppeting(parts: PuppetParts): Puppeting {
  const { owner, vault, log } = parts
  const inTurn = createInTurn()
  const offers = createOffers(parts)
  /** Undefined: not found out yet. */
  let state: { readonly held: Held | undefined } | undefined
  /** Tokens that were refused in this run are not tried again. */
  const refused = new Set<string>()

  const hold = (token: string, acting: Acting, from: From): Held => {
    const call = createOwnerClient(clientOf(token, acting))
    return {
      user: owner,
      isDated: acting === 'appservice',
      from,
      token,
      async call(asked, signal) {
        try {
          return await call(asked, signal)
        } catch (error) {
          if (!isUnknownToken(error)) throw alone(error)
          await lost(token)
          throw gone(error)
        }
      },
    }
  }

  const clientOf = (token: string, acting: Acting): OwnerClientOptions => ({
    url: parts.url,
    owner,
    token,
    acting,
  })

  /** What a token is good for. Throws BridgeErrors where the homeserver cannot be asked. */
  const actingOf = async (token: string, signal: AbortSignal): Promise<Acting | undefined> => {
    if (isSame(token, parts.ownToken) || !isHeader(token)) return undefined
    if ((await whoIs(clientOf(token, 'owner'), signal)) === owner) return 'owner'
    return (await whoIs(clientOf(token, 'appservice'), signal)) === owner ? 'appservice' : undefined
  }

  const lost = (token: string) =>
    inTurn('state', async () => {
      if (refused.has(token)) return
      refused.add(token)
      const from = state?.held?.token === token ? state.held.from : undefined
      state = undefined
      if ((await vault.get(place)) === token) await vault.drop(place)
      log.warn(
        { owner, from },
        'The homeserver does not let the bridge act as its owner any more; from now on a user of the bridge ' +
          'stands for them. A new token can be given with !wx puppet TOKEN.',
      )
    })

  const settled = (signal: AbortSignal): Promise<Puppet | undefined> =>
    state
      ? Promise.resolve(state.held)
      : inTurn('state', async () => {
          if (state) return state.held
          const given = await vault.get(place)
          const candidates = [
            { token: given, from: 'given' },
            { token: parts.configured, from: 'configured' },
          ] as const
          for (const { token, from } of candidates) {
            if (token === undefined || refused.has(token)) continue
            const acting = await actingOf(token, signal)
            if (acting) {
              state = { held: hold(token, acting, from) }
              log.info({ owner, from, acting }, 'The bridge can speak as its owner.')
              parts.came?.()
              return state.held
            }
            refused.add(token)
            if (from === 'given') await vault.drop(place)
            log.warn({ owner, from }, `A token does not let the bridge speak as its owner. ${cure}`)
          }
          state = { held: undefined }
          return undefined
        })

  const give = async (secret: string | undefined, signal: AbortSignal) => {
    if (secret === undefined) {
      return inTurn('state', async () => {
        await vault.drop(place)
        state = undefined
      })
    }
    const token = offers.take(secret)
    if (token === undefined) {
      throw refusal('This token is not kept any more: write it again. Nothing was changed.')
    }
    return inTurn('state', async () => {
      const acting = await actingOf(token, signal)
      if (!acting) throw refusal(`This token does not let the bridge speak as ${owner}. ${cure}`)
      await vault.set(place, token)
      refused.delete(token)
      state = { held: hold(token, acting, 'given') }
      log.info({ owner, from: 'given', acting }, 'The bridge can speak as its owner.')
      parts.came?.()
    })
  }

  const now = () => state?.held
  return {
    now,
    settled,
    async begin(signal) {
      await settled(signal).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        log.info({ owner, reason }, 'Whether the bridge may speak as its owner is asked later.')
      })
    },
    offered: offers.keep,
    give,
    port: {
      now: () => state?.held?.from ?? 'none',
      give: async (secret, signal) => {
        await give(secret, signal)
        if (secret === undefined) await settled(signal)
      },
    },
    async enter(room, signal) {
      const puppet = now()
      if (!puppet) return
      const where = path`/_matrix/client/v3/rooms/${room}/join`
      const join = { method: 'POST', path: where, what: 'join a room as its owner' } as const
      await puppet.call(join, signal).catch(async (error: unknown) => {
        if (!unseen(error)) throw error
        await parts.membership.invite(owner, room, signal)
        await puppet.call(join, signal)
      })
    },
    async doubt(signal) {
      const held = state?.held
      if (held && !(await actingOf(held.token, signal))) await lost(held.token)
    },
  }
}

class PuppetGone extends BridgeError {}

/** The bridge cannot act as the owner any more; what was asked was not done. */
export const isPuppetGone = (error: unknown): boolean => error instanceof PuppetGone

/** What the homeserver limits is this one user, so that nobody else has to wait for them. */
function alone(error: unknown): unknown {
  if (!(error instanceof BridgeError) || error.failure.code !== 'rate') return error
  return new BridgeError(error.message, { ...error.failure, heal: 'retry' }, { cause: error.cause })
}

const gone = (cause: unknown) =>
  new PuppetGone(
    'The homeserver does not let the bridge act as its owner any more; nothing was sent as them.',
    { code: 'refused', heal: 'retry', certain: true },
    { cause },
  )

const refusal = (message: string) =>
  new BridgeError(message, { code: 'refused', heal: 'never', certain: true })

const cure =
  'It takes an access token of that very account, or the as_token of an application service whose ' +
  'namespace has it.'

/** Takes the same time whatever was typed. */
const isSame = (token: string, own: string) => timingSafeEqual(digest(token), digest(own))

/** Anything else could not stand in a header, and would be quoted in the error about it. */
const isHeader = (token: string) => /^[\x21-\x7e]{1,4096}$/.test(token)
