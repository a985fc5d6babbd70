import type { Chat } from '../../src/core/chat.ts'
import { type PortalId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { Open } from '../../src/ports/outlet.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Background } from './background.ts'
import type { Ghosts } from './ghosts.ts'
import type { MediaRepository } from './media.ts'
import { type Membership, unseen } from './membership.ts'
import { powerlessly, withOwner } from './power.ts'
import type { Kept, RoomBook } from './room-book.ts'
import { createDressing } from './room-dress.ts'
import { createRoomMaker, type RoomMakerParts } from './room-making.ts'
import { personOf } from './room-name.ts'
import type { RoomState } from './room-state.ts'

/** The rooms of the portals: each made once, kept in step with its chat. */
export interface Rooms {
  ensure(portal: PortalId, chat: Chat, open: Open, signal: AbortSignal): Promise<RoomId>
  /** Once more for the chat as it was told last. False: it was not told in this run. */
  again(portal: PortalId, signal: AbortSignal): Promise<boolean>
  /** The room where the owner talks to the bridge, once it has been made. */
  management(): Promise<RoomId | undefined>
  isManagement(room: string): boolean
  /** It goes on in another room. */
  manage(room: RoomId): Promise<void>
  /** The owner came into a room, or left it. */
  ownerIs(there: boolean, room: string): void
  /**
   * Before something is said in a room: the owner who has left it is invited again, or nobody would hear it. In the
   * background, since a homeserver lets somebody be invited only so often.
   */
  summon(room: RoomId): void
  /** The room of a portal is not there any more: the next `ensure` makes another. */
  forget(portal: PortalId): Promise<void>
}

export interface RoomParts extends RoomMakerParts {
  /** What happens in this room is ours to hear, from now on and after every start. */
  claim(room: RoomId): Promise<void>
  readonly book: RoomBook
  readonly state: RoomState
  readonly ghosts: Pick<Ghosts, 'speaker'>
  readonly media: MediaRepository
  readonly vault: Vault
  readonly background: Background
  /** Has the patience that nobody waits for. */
  readonly calm: Pick<Membership, 'invite'>
  /** The room of a portal is about to be made. Durable once it resolves. */
  begun(portal: PortalId): Promise<void>
  /** The space the chats are in, if there is one yet. */
  spaceNow(): Promise<RoomId | undefined>
  /** Nothing of an earlier room of this portal is to be taken for the new one. */
  cleared(portal: PortalId, signal: AbortSignal): Promise<void>
  /** A room is up to date, and the book says so: what is nobody's to wait for may follow. */
  ensured(portal: PortalId): void
}

export function createRooms(parts: RoomParts): Rooms {
  const { membership, names, owner, vault, book, state } = parts
  const make = createRoomMaker(parts)
  const dress = createDressing(parts)
  let managed: RoomId | undefined
  /** Portals whose owner's membership was looked at in this run. */
  const checked = new Set<PortalId>()
  /** Rooms the owner left while we looked; `open` sees to those left while the bridge was down. */
  const deserted = new Set<string>()
  const chats = new Map<PortalId, { readonly chat: Chat; readonly open: Open }>()

  /** The owner's rights and invitation: those made in an unknown version have no rights in them yet. */
  const open = async (known: Kept, signal: AbortSignal): Promise<Kept> => {
    if (known.opened) return known
    const { room } = known
    if (known.kind === undefined) {
      const levels = (await state.get(room, power, '', signal)) ?? powerlessly(names.bot)
      const changed = withOwner(levels, owner)
      if (changed) await state.put(room, power, '', changed, signal)
    }
    const before = await membership.of(owner, room, signal)
    if (before !== 'join' && before !== 'invite') summon(room)
    return { ...known, opened: true }
  }

  const summoning = new Set<string>()
  const summon = (room: string) => {
    if (summoning.has(room)) return
    summoning.add(room)
    parts.background.do(`summon/${room}`, 'invite the owner back', async (signal) => {
      try {
        await parts.calm.invite(owner, room, signal)
        deserted.delete(room)
      } finally {
        summoning.delete(room)
      }
    })
  }

  /** The ghost of the other one, ready to be seen. */
  const ghostFor = async (chat: Chat, opener: Open, signal: AbortSignal) => {
    const contact = personOf(chat)
    if (contact === undefined) return undefined
    const { name, avatar } = chat
    const speaker = { type: 'contact', contact, name, ...(avatar && { avatar }) } as const
    return parts.ghosts.speaker(speaker, opener, signal)
  }

  /** The person a direct chat is with is there from the beginning. Once: whom the owner threw out stays out. */
  const enter = async (known: Kept, person: string | undefined, signal: AbortSignal) => {
    if (person === undefined || known.person === person) return known
    try {
      // In a room that was made for the two it is invited already.
      await membership.accept(person, known.room, signal).catch((error: unknown) => {
        if (!unseen(error)) throw error
        return membership.admit(person, known.room, signal)
      })
    } catch (error) {
      if (!unseen(error)) throw error
      parts.log.info({ room: known.room }, 'A ghost could not come into its room for now.')
    }
    return { ...known, person }
  }

  const ensure = async (portal: PortalId, chat: Chat, opener: Open, signal: AbortSignal) => {
    let known = await book.of(portal)
    const remember = async (now: Kept): Promise<Kept> => {
      await book.keep(portal, now)
      known = now
      return now
    }
    const person =
      known && known.person !== undefined ? undefined : await ghostFor(chat, opener, signal)
    if (!known) await parts.cleared(portal, signal)
    const space = known ? undefined : await parts.spaceNow()
    const { account } = chat
    if (!known) await parts.begun(portal)
    const isNew = known === undefined
    const found = known ?? (await make(portal, chat, { person, space }, signal))
    const [pin, mute] = [chat.pinned === true, chat.muted === true]
    const made: Kept = await remember({ ...found, account, pin, mute })
    await parts.claim(made.room)
    const opened = await remember(
      await open(checked.has(portal) ? made : { ...made, opened: false }, signal),
    )
    checked.add(portal)
    const peopled = await remember(await enter(opened, person, signal))
    // Nobody waits for the picture of a room that has just come to be.
    const { avatar, ...faceless } = chat
    const now = isNew ? faceless : chat
    await remember(await dress(portal, peopled, now, opener, signal))
    if (chat.kind === 'management') await manage(made.room)
    chats.set(portal, { chat, open: opener })
    if (isNew && avatar) portray(portal, made.room)
    parts.ensured(portal)
    return made.room
  }

  /** Where it does not come to that, the next start or change does it. */
  const portray = (portal: PortalId, room: RoomId) =>
    parts.background.do(`picture/${portal}`, 'give a room its picture', (signal) =>
      book.turn(portal, async () => {
        const [kept, last] = [await book.of(portal), chats.get(portal)]
        if (kept?.room !== room || !last) return
        await book.keep(portal, await dress(portal, kept, last.chat, last.open, signal))
      }),
    )

  const manage = async (room: RoomId) => {
    if (managed === room) return
    await vault.set('management', room)
    managed = room
  }

  return {
    ensure: (portal, chat, opener, signal) =>
      book.turn(portal, () => ensure(portal, chat, opener, signal)),
    // What was told last is known in its turn only: somebody may be telling just now.
    again: (portal, signal) =>
      book.turn(portal, async () => {
        const last = chats.get(portal)
        if (last) await ensure(portal, last.chat, last.open, signal)
        return last !== undefined
      }),
    async management() {
      const room = await vault.get('management')
      managed = room === undefined ? managed : roomId(room)
      return managed
    },
    isManagement: (room) => room === managed,
    manage,
    ownerIs(there, room) {
      if (there) deserted.delete(room)
      else deserted.add(room)
    },
    summon(room) {
      if (deserted.has(room)) summon(room)
    },
    forget: (portal) => book.turn(portal, () => book.drop(portal)),
  }
}

const power = 'm.room.power_levels'
