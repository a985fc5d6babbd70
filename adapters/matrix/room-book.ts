import { type PortalId, portalId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { createInTurn } from './in-turn.ts'
import { parse, record, text } from './json.ts'
import { remembered } from './remembered.ts'

/** Whose doing something is: what a person set themselves is never undone. `begun`: ours, and perhaps not done yet. */
export type Whose = 'ours' | 'theirs' | 'begun'

/** The room of a portal, and what it was really given. A person's own changes stay until the chat itself changes. */
export interface Kept {
  readonly room: RoomId
  /** `linked`: a person's own room, which is not ours to dress. `followed`: a person made it, in the place of ours. */
  readonly kind?: 'linked' | 'followed' | undefined
  /** Of a linked chat: the room of its own, to which it may go back. */
  readonly own?: string | undefined
  readonly name?: string | undefined
  readonly topic?: string | undefined
  /** The id of the picture, and what the homeserver calls it. */
  readonly avatar?: string | undefined
  readonly mxc?: string | undefined
  /** The owner has their rights and their invitation. */
  readonly opened?: boolean | undefined
  /** A hash of what is told about the bridge in it. */
  readonly info?: string | undefined
  /** Direct chats: the ghost that has come in; and whether it is told who only serves. */
  readonly person?: string | undefined
  readonly served?: boolean | undefined
  /** The space it is in. */
  readonly space?: string | undefined
  readonly account?: string | undefined
  /** What WeChat says of it to its owner alone: on top, without a sound. */
  readonly pin?: boolean | undefined
  readonly mute?: boolean | undefined
  /** What the owner's own account was given for it. */
  readonly direct?: boolean | undefined
  readonly pinned?: Whose | undefined
  readonly muted?: Whose | undefined
  readonly quiet?: Whose | undefined
}

/** Which room shows which portal, both ways. */
export interface RoomBook {
  /** One after another for each portal: what is read is written before somebody else reads it. Not to be nested. */
  turn<T>(portal: PortalId, work: () => Promise<T>): Promise<T>
  of(portal: PortalId): Promise<Kept | undefined>
  keep(portal: PortalId, kept: Kept): Promise<void>
  /** What is kept of a portal, changed in its turn, if there is anything. */
  change(portal: PortalId, how: (kept: Kept) => Kept): Promise<void>
  drop(portal: PortalId): Promise<void>
  portalAt(room: string): Promise<PortalId | undefined>
  /** All that have a room. */
  portals(): Promise<readonly PortalId[]>
}

export function createRoomBook(kept: Vault): RoomBook {
  // It is looked at for each event.
  const vault = remembered(kept)
  const turn = createInTurn()
  /** What was found in the vault, by room. */
  const at = new Map<string, PortalId>()
  let listed: Set<string> | undefined

  const list = async (): Promise<Set<string>> => {
    if (listed) return listed
    const entries = parse(await vault.get('portals'))
    const found = (Array.isArray(entries) ? entries : []).filter((one) => typeof one === 'string')
    listed ??= new Set(found)
    return listed
  }

  const point = async (room: string, portal: PortalId) => {
    if (at.get(room) === portal) return
    await vault.set(`at/${room}`, portal)
    at.set(room, portal)
  }

  const unpoint = async (room: string, portal: PortalId) => {
    if ((await portalAt(room)) !== portal) return
    at.delete(room)
    await vault.drop(`at/${room}`)
  }

  const portalAt = async (room: string): Promise<PortalId | undefined> => {
    const known = at.get(room)
    if (known !== undefined) return known
    const portal = text(await vault.get(`at/${room}`))
    if (portal === undefined) return undefined
    at.set(room, portalId(portal))
    return portalId(portal)
  }

  const of = async (portal: PortalId) => keptIn(await vault.get(`room/${portal}`))

  /** The room is found from the portal last of all: until then it is as if nothing was written. */
  const keep = async (portal: PortalId, kept: Kept) => {
    const before = await of(portal)
    const all = await list()
    if (!all.has(portal)) {
      all.add(portal)
      await vault.set('portals', JSON.stringify([...all]))
    }
    await point(kept.room, portal)
    if (!isSame(before, kept)) await vault.set(`room/${portal}`, JSON.stringify(said(kept)))
    if (before && before.room !== kept.room) await unpoint(before.room, portal)
  }

  return {
    turn,
    of,
    keep,
    portalAt,
    change: (portal, how) =>
      turn(portal, async () => {
        const kept = await of(portal)
        if (kept) await keep(portal, how(kept))
      }),
    async drop(portal) {
      const before = await of(portal)
      await vault.drop(`room/${portal}`)
      if (before) await unpoint(before.room, portal)
      const all = await list()
      if (all.delete(portal)) await vault.set('portals', JSON.stringify([...all]))
    },
    portals: async () => [...(await list())].map(portalId),
  }
}

const isSame = (one: Kept | undefined, other: Kept): boolean =>
  one !== undefined && written(one) === written(other)

/** What is not so is not written. */
const written = (kept: Kept): string => JSON.stringify(Object.entries(said(kept)).sort())

const said = (kept: Kept): object =>
  Object.fromEntries(
    Object.entries(kept).filter(([, value]) => value !== undefined && value !== false),
  )

function keptIn(json: string | undefined): Kept | undefined {
  const entry = record(parse(json))
  const room = text(entry?.room)
  if (!entry || !room) return undefined
  const { kind } = entry
  return {
    room: roomId(room),
    kind: kind === 'linked' || kind === 'followed' ? kind : undefined,
    own: text(entry.own),
    name: text(entry.name),
    topic: text(entry.topic),
    avatar: text(entry.avatar),
    mxc: text(entry.mxc),
    opened: entry.opened === true,
    info: text(entry.info),
    person: text(entry.person),
    served: entry.served === true,
    space: text(entry.space),
    account: text(entry.account),
    pin: entry.pin === true,
    mute: entry.mute === true,
    direct: entry.direct === true,
    pinned: whose(entry.pinned),
    muted: whose(entry.muted),
    quiet: whose(entry.quiet),
  }
}

const whose = (value: unknown): Whose | undefined =>
  value === 'ours' || value === 'theirs' || value === 'begun' ? value : undefined
