import { BridgeError } from '../../src/core/errors.ts'
import { eventId, type PortalId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Arrivals } from './arrivals.ts'
import type { Background } from './background.ts'
import { type Homeserver, path } from './homeserver.ts'
import { type Names, transactionId } from './ids.ts'
import { createInTurn } from './in-turn.ts'
import type { RoomEvent } from './ingress.ts'
import { parse, record, text } from './json.ts'
import { type Membership, unseen } from './membership.ts'
import { lacks, withBot } from './power.ts'
import { type Replacement, replacementAt } from './replacement.ts'
import type { Kept, RoomBook } from './room-book.ts'
import type { RoomState } from './room-state.ts'
import type { RoomWords } from './room-words.ts'

/** Rooms that were upgraded: the bridge follows into those that take their place. */
export interface Upgrades {
  /** A tombstone, or something else that may let us follow one: what there is to be done durably, if anything. */
  saw(event: RoomEvent): (() => Promise<void>) | undefined
  /** At the start: those that were not followed yet. */
  resume(): Promise<void>
  /** Is this room to be followed into another one? */
  isMoving(room: string): boolean
}

export interface UpgradeParts {
  readonly homeserver: Homeserver
  readonly state: RoomState
  readonly membership: Membership
  readonly book: RoomBook
  readonly names: Names
  readonly owner: string
  readonly domain: string
  readonly roomWords: () => RoomWords
  readonly vault: Vault
  readonly clock: Clock
  readonly background: Background
  readonly log: Log
  readonly space: {
    now(): Promise<RoomId | undefined>
    follow(room: RoomId): Promise<void>
    exclude(room: string, signal: AbortSignal): Promise<void>
    include(portal: PortalId): void
  }
  readonly management: { is(room: string): boolean; move(room: RoomId): Promise<void> }
  claim(room: RoomId): Promise<void>
  /** Gives the bot its rights, where the owner's account may be used. */
  empower(room: RoomId, levels: Record<string, unknown>, signal: AbortSignal): Promise<boolean>
  /** Tells core, which keeps it. */
  tell(event: HubEvent, raw: string): Promise<void>
  readonly arrivals: Pick<Arrivals, 'expect' | 'waits' | 'arrived' | 'refused'>
  /** Makes the room of a portal what its chat is: who is in it, and what its owner is told of it. */
  refresh(portal: PortalId, signal: AbortSignal): Promise<void>
  /** What was said in a room before the bot came, oldest first. */
  unheard(room: RoomId, signal: AbortSignal): Promise<readonly RoomEvent[]>
}

/** A tombstone that is to be followed. */
interface Upgrade {
  readonly from: RoomId
  readonly to: RoomId
  readonly event: string
  readonly by: string
  readonly at: number
  /** The owner was told that the bot waits for an invitation. */
  readonly asked?: boolean
}

/** Whoever upgrades a room invites those who were in it, as a rule at once. */
const patienceMs = 5_000

export function createUpgrades(parts: UpgradeParts): Upgrades {
  const { homeserver, book, names, owner, vault, background, arrivals } = parts
  const inTurn = createInTurn()
  const moving = new Set<string>()
  const pending = async (): Promise<readonly Upgrade[]> => {
    const entries = parse(await vault.get('upgrades'))
    return (Array.isArray(entries) ? entries : []).flatMap(upgradeIn)
  }
  const alter = (how: (all: readonly Upgrade[]) => readonly Upgrade[]) =>
    inTurn('list', async () => {
      const all = how(await pending())
      if (all.length === 0) await vault.drop('upgrades')
      else await vault.set('upgrades', JSON.stringify(all))
    })
  const done = async (upgrade: Upgrade) => {
    await alter((all) => all.filter(({ from }) => from !== upgrade.from))
    moving.delete(upgrade.from)
  }

  const expect = ({ from, to }: Upgrade) => {
    moving.add(from)
    arrivals.expect(to)
  }

  const intend = async (event: RoomEvent, to: RoomId) => {
    const from = roomId(event.room)
    const isOurs = (await book.portalAt(from)) !== undefined || (await parts.space.now()) === from
    // One that shows a chat already, or is the bridge's own, takes the place of none: it is neither left nor kept waiting.
    if (!isOurs || (await isTaken(to))) return
    const all = await pending()
    for (const other of all) {
      if (other.from === from && other.to !== to) await arrivals.refused(other.to)
    }
    const upgrade = { from, to, event: event.id, by: event.sender, at: event.at }
    await alter((all) => [...all.filter((one) => one.from !== from), upgrade])
    expect(upgrade)
    begin()
  }

  const isTaken = async (room: RoomId): Promise<boolean> =>
    (await book.portalAt(room)) !== undefined ||
    parts.management.is(room) ||
    (await parts.space.now()) === room

  const begin = () =>
    background.do('upgrades', 'follow an upgraded room', async (signal) => {
      for (const upgrade of await pending()) {
        expect(upgrade)
        await follow(upgrade, signal)
      }
    })

  const follow = async (upgrade: Upgrade, signal: AbortSignal): Promise<void> => {
    const { from, to } = upgrade
    if (!(await join(to, upgrade.by, signal))) return wait(upgrade, signal)
    const replacement = await replacementAt(parts, to, signal)
    if (!isRight(upgrade, replacement)) {
      parts.log.warn({ room: from, to }, 'A room is not what it was said to be: not followed.')
      await parts.membership.leave(names.bot, to, signal).catch(() => undefined)
      await arrivals.refused(to)
      return done(upgrade)
    }
    // Somebody else may upgrade a room where they have the right; the owner says by being there that it is fine.
    const isThere = async () => (await parts.membership.of(owner, to, signal)) === 'join'
    if (upgrade.by !== owner && !(await isThere())) return

    await parts.claim(to)
    const rights = await rightsIn(to, replacement, signal)
    if ((await parts.space.now()) === from) {
      await parts.space.follow(to)
      await arrivals.refused(to)
    } else await takeUp(upgrade, signal)
    await done(upgrade)
    if (rights !== '') await say(to, `rights/${to}`, rights, signal)
    parts.log.info({ room: from, to }, 'An upgraded room was followed.')
  }

  /** From here on the portal is in the new room: first for us, then for core, then for what was said meanwhile. */
  const takeUp = async (upgrade: Upgrade, signal: AbortSignal) => {
    const { from, to, event, at } = upgrade
    const portal = (await book.portalAt(from)) ?? (await book.portalAt(to))
    if (portal === undefined) return arrivals.refused(to)
    await rename(portal, from, to, signal)
    if (parts.management.is(from)) await parts.management.move(to)
    await book.change(portal, (kept) => (kept.room === from ? moved(kept, to) : kept))
    const told = { type: 'moved', id: eventId(event), room: from, at, from: owner, to } as const
    await parts.tell(told, JSON.stringify(told))
    await arrivals.arrived(to, () => parts.unheard(to, signal))
    await parts.space.exclude(from, signal)
    parts.space.include(portal)
    background.do(`refresh/${portal}`, 'bring a new room up to date', (until) =>
      parts.refresh(portal, until),
    )
  }

  /** The alias, where the homeserver did not move it itself: it makes the portal's room the only one. */
  const rename = async (portal: PortalId, from: RoomId, to: RoomId, signal: AbortSignal) => {
    const where = path`/_matrix/client/v3/directory/room/${names.alias(portal)}`
    const what = 'move the alias of a room'
    const call = { path: where, what } as const
    try {
      const found = await homeserver.call({ ...call, method: 'GET' }, signal)
      if (found.room_id !== from) return
      await homeserver.call({ ...call, method: 'DELETE' }, signal)
      await homeserver.call({ ...call, method: 'PUT', body: { room_id: to } }, signal)
    } catch (error) {
      if (!unseen(error)) throw error
    }
  }

  const join = async (room: RoomId, by: string, signal: AbortSignal): Promise<boolean> => {
    const via = by.slice(by.indexOf(':') + 1)
    const where = path`/_matrix/client/v3/join/${room}`
    const what = 'follow into the new room'
    const call = { method: 'POST', path: where, query: { server_name: via, via }, what } as const
    try {
      await homeserver.call(call, signal)
      return true
    } catch (error) {
      if (!unseen(error)) throw error
      return false
    }
  }

  /** It is tried again when the bot is invited, and at the next start; the owner is told once. */
  const wait = async (upgrade: Upgrade, signal: AbortSignal) => {
    arrivals.waits(upgrade.to)
    if (upgrade.asked) return
    await alter((all) =>
      all.map((one) => (one.from === upgrade.from ? { ...one, asked: true } : one)),
    )
    background.do('upgrades/asking', 'ask for an invitation', async () => {
      await parts.clock.sleep(patienceMs, signal)
      if (!moving.has(upgrade.from)) return
      const words = parts.roomWords().inviteMe(names.bot)
      await say(upgrade.from, `invite/${upgrade.event}`, words, signal)
    })
  }

  /** What is to be said about the bot's rights there; '' where nothing is. */
  const rightsIn = async (room: RoomId, { levels }: Replacement, signal: AbortSignal) => {
    const missing = lacks(levels, names.bot)
    if (missing.length === 0 || !levels) return ''
    const wanted = withBot(levels, names.bot)
    if (wanted && (await parts.empower(room, wanted, signal))) return ''
    return parts.roomWords().lacking(names.bot, missing)
  }

  const say = async (room: RoomId, id: string, body: string, signal: AbortSignal) => {
    const where = path`/_matrix/client/v3/rooms/${room}/send/m.room.message/${transactionId(id)}`
    const notice = { msgtype: 'm.notice', body, 'm.mentions': {} }
    const call = { method: 'PUT', path: where, body: notice, what: 'say something' } as const
    await homeserver.call(call, signal).catch((error: unknown) => {
      if (!unseen(error)) throw error
    })
  }

  return {
    saw(event) {
      const { type, stateKey, content } = event
      const hasCome =
        type === 'm.room.member' &&
        ((stateKey === names.bot && content.membership === 'invite') ||
          (stateKey === owner && content.membership === 'join'))
      if (hasCome) {
        return async () => {
          if ((await pending()).some(({ to }) => to === event.room)) begin()
        }
      }
      const to = text(content.replacement_room)
      if (type !== 'm.room.tombstone' || stateKey !== '' || to === undefined) return undefined
      // Our own lead to a room that is there already.
      if (names.owns(event.sender) || to === event.room) return undefined
      return () => intend(event, roomId(to))
    },
    async resume() {
      for (const upgrade of await pending()) expect(upgrade)
      begin()
    },
    isMoving: (room) => moving.has(room),
  }
}

/** A room that is being left for another one refuses, as a rule; what could not be said there is said in the new one. */
export function untilMoved(error: unknown): unknown {
  if (!(error instanceof BridgeError)) return error
  const { code } = error.failure
  if (code !== 'refused' && code !== 'gone') return error
  return new BridgeError(
    'The Matrix room was upgraded, and the bridge is not in the new one yet; the message waits. Invite the bot there.',
    { code: 'server', heal: 'wait', certain: true, afterMs: movingMs },
    { cause: error },
  )
}

const movingMs = 15_000

/** It must say itself what it replaces, and be made by whoever wrote the tombstone. */
const isRight = (upgrade: Upgrade, { predecessor, maker }: Replacement): boolean =>
  predecessor === upgrade.from && maker === upgrade.by

/**
 * Ghosts follow when they speak, or with the next look at the members. Some homeservers give the new room the tags and push
 * rules of the old one: those that were ours must not pass for the owner's.
 */
function moved(kept: Kept, to: RoomId): Kept {
  const { kind, name, topic, avatar, mxc, own, account, pin, mute } = kept
  const looks = { name, topic, avatar, mxc, own, account, pin, mute, opened: true }
  const [pinned, muted, quiet] = [kept.pinned, kept.muted, kept.quiet].map((whose) =>
    whose === 'theirs' ? undefined : whose && 'begun',
  )
  return { ...looks, pinned, muted, quiet, room: to, kind: kind === 'linked' ? kind : 'followed' }
}

function upgradeIn(entry: unknown): readonly Upgrade[] {
  const it = record(entry)
  const [from, to, event, by] = [text(it?.from), text(it?.to), text(it?.event), text(it?.by)]
  if (!it || !from || !to || !event || !by) return []
  const at = typeof it.at === 'number' ? it.at : 0
  const base = { from: roomId(from), to: roomId(to), event, by, at }
  return [it.asked === true ? { ...base, asked: true } : base]
}
