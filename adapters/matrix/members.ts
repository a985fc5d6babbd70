import type { Chat, Member } from '../../src/core/chat.ts'
import type { PortalId, RoomId } from '../../src/core/ids.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Open } from '../../src/ports/outlet.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Background } from './background.ts'
import type { Ghosts } from './ghosts.ts'
import type { Names } from './ids.ts'
import { createInTurn } from './in-turn.ts'
import type { RoomEvent } from './ingress.ts'
import { type Called, isRoomGone, type Membership, unseen } from './membership.ts'
import { waitOf } from './patient.ts'
import type { Roll, Rolls } from './rolls.ts'
import type { RoomBook } from './room-book.ts'
import { nameText } from './text.ts'
import type { Words } from './words.ts'

/** The ghosts of a group's members, in its room. */
export interface Members {
  /** Ghosts join and leave with the group. What is done is remembered, also where it is broken off. */
  apply(
    portal: PortalId,
    room: RoomId,
    chat: Chat,
    members: readonly Member[],
    open: Open,
    signal: AbortSignal,
  ): Promise<void>
  /** Lets somebody in who speaks, under the name they have in that group. */
  admit(user: string, room: string, signal: AbortSignal): Promise<void>
  /** Somebody is about to speak, who may come in by that: under this nickname, where nothing is known of one. */
  speaks(user: string, room: string, speaker: Named): void
  /** A membership changed: where the homeserver has put a ghost's own name over its nickname, that is put back. */
  saw(event: RoomEvent): void
}

export interface MembersParts {
  readonly ghosts: Pick<Ghosts, 'speaker' | 'pictureOf' | 'myId'>
  /** Calls once: what is urgent is not patient. */
  readonly membership: Membership
  readonly book: RoomBook
  readonly rolls: Rolls
  readonly names: Names
  readonly words: Words
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly background: Background
  /** Of larger groups only those who speak are in the room. */
  readonly limit: number
}

/** What somebody is called, everywhere and in one group. */
interface Named {
  readonly name: string
  readonly nick?: string | undefined
}

const atOnce = 4
/** A crash repeats no more than so many, which does no harm. */
const savedEach = 16
/** Who else sets the name of our ghost? It is not fought over. */
const mostPutBacks = 5
const putBackMs = 60_000
const mostSpoken = 1_000

export function createMembers(parts: MembersParts): Members {
  const { ghosts, membership, book, rolls, names, words } = parts
  const inTurn = createInTurn()
  const putBack = new Map<string, number[]>()
  /** What those who spoke are called in the rooms they spoke in, by what was told with it. */
  const spoken = new Map<string, string>()

  /** Until it is done, or cannot be: what the homeserver refuses once it refuses again. */
  const patiently = async (work: () => Promise<unknown>, signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      try {
        await work()
        return
      } catch (error) {
        const ms = isRoomGone(error) ? undefined : waitOf(error, attempt, parts.random)
        if (signal.aborted || isRoomGone(error)) throw error
        if (ms === undefined) {
          if (!unseen(error)) throw error
          return
        }
        await parts.clock.sleep(ms, signal).catch(() => Promise.reject(error))
      }
    }
  }

  const called = async (user: string, nick: string): Promise<Called | undefined> =>
    nick === '' ? undefined : { name: nick, mxc: await ghosts.pictureOf(user) }

  /** What is known of a room; of one that nobody has looked at, who of us is there. */
  const rollOf = async (portal: PortalId, room: RoomId, signal: AbortSignal): Promise<Roll> => {
    const before = await rolls.of(portal)
    if (before?.room === room) return { room, in: new Map(before.in), out: new Map(before.out) }
    const there = (await membership.all(room, signal)).filter((user) => names.speaks(user))
    const known = there.map((user) => [user, ''] as const)
    return { room, in: new Map(known), out: new Map() }
  }

  const apply: Members['apply'] = async (portal, room, chat, members, open, signal) => {
    const me = await ghosts.myId()
    const others = members.filter(({ id }) => id !== me)
    // Nobody at all in a group is something that was not known, not something that happened.
    if (chat.kind !== 'group' || others.length === 0) return
    const isLarge = others.length > parts.limit
    const wanted = new Map(others.map((member) => [names.ghost(member.id), member]))
    const roll = await rollOf(portal, room, signal)
    const before = JSON.stringify([[...roll.in], [...roll.out]])
    const work: (() => Promise<void>)[] = []

    for (const user of roll.in.keys()) {
      if (wanted.has(user) || user === names.me) continue
      work.push(async () => {
        await patiently(() => membership.leave(user, room, signal), signal)
        roll.in.delete(user)
      })
    }
    for (const user of roll.out.keys()) if (!wanted.has(user)) roll.out.delete(user)
    for (const [user, member] of wanted) {
      const nick = nickOf(member, words)
      const now = roll.in.get(user)
      if (now === undefined && isLarge) {
        if (nick === '') roll.out.delete(user)
        else roll.out.set(user, nick)
        continue
      }
      work.push(async () => {
        await patiently(() => dress(member, open, signal), signal)
        if (now === nick) return
        if (now === undefined) {
          const as = await called(user, nick)
          await patiently(() => membership.admit(user, room, signal, as), signal)
        } else await patiently(() => rename(user, room, member, nick, signal), signal)
        roll.in.set(user, nick)
        roll.out.delete(user)
      })
    }

    const save = async () => {
      const after = JSON.stringify([[...roll.in], [...roll.out]])
      const known = await rolls.of(portal)
      if (after !== before || known?.room !== room) await rolls.save(portal, roll)
    }
    try {
      await several(work, atOnce, signal, (done) => (done % savedEach === 0 ? save() : undefined))
    } finally {
      await save()
    }
  }

  const dress = (member: Member, open: Open, signal: AbortSignal) => {
    const { id, name, avatar } = member
    const speaker = { type: 'contact', contact: id, name, ...(avatar && { avatar }) } as const
    return ghosts.speaker(speaker, open, signal)
  }

  const rename = async (
    user: string,
    room: string,
    member: Member,
    nick: string,
    signal: AbortSignal,
  ) => {
    const name = nick || nameText(member.name, words.nameless.contact)
    const mxc = await ghosts.pictureOf(user)
    // Whoever was thrown out meanwhile stays out.
    if ((await membership.of(user, room, signal)) !== 'join') return
    await membership.rename(user, room, { name, mxc }, signal)
  }

  const nickAt = async (portal: PortalId | undefined, user: string, room: string) => {
    const roll = portal && (await rolls.of(portal))
    if (!roll || roll.room !== room) return ''
    return roll.in.get(user) ?? roll.out.get(user) ?? ''
  }

  /** Not more often than a homeserver that changes what we say could make of it. */
  const mayPutBack = (user: string, room: string): boolean => {
    const key = `${room} ${user}`
    const now = parts.clock.now()
    const recent = (putBack.get(key) ?? []).filter((at) => now - at < putBackMs)
    putBack.delete(key)
    if (recent.length >= mostPutBacks) return false
    putBack.set(key, [...recent, now])
    const [oldest] = putBack.keys()
    if (putBack.size > 1000 && oldest !== undefined) putBack.delete(oldest)
    return true
  }

  return {
    apply: (portal, room, chat, members, open, signal) =>
      inTurn(portal, () => apply(portal, room, chat, members, open, signal)),

    async admit(user, room, signal) {
      const portal = await book.portalAt(room)
      const nick = (await nickAt(portal, user, room)) || (spoken.get(`${room} ${user}`) ?? '')
      await membership.admit(user, room, signal, await called(user, nick))
      if (portal === undefined) return
      await inTurn(portal, async () => {
        const roll = await rolls.of(portal)
        if (roll?.room !== room || roll.in.has(user)) return
        roll.in.set(user, nick)
        roll.out.delete(user)
        await rolls.save(portal, roll)
      })
    },

    speaks(user, room, speaker) {
      const key = `${room} ${user}`
      const nick = nickOf(speaker, words)
      spoken.delete(key)
      if (nick !== '') spoken.set(key, nick)
      const [oldest] = spoken.keys()
      if (spoken.size > mostSpoken && oldest !== undefined) spoken.delete(oldest)
    },

    saw(event) {
      const user = event.stateKey ?? ''
      const { membership: now, displayname } = event.content
      if (now !== 'join' || event.sender !== user || !names.speaks(user)) return
      parts.background.do('nicks', 'give a ghost its nickname back', async (signal) => {
        const portal = await book.portalAt(event.room)
        if (portal === undefined) return
        // What is being changed just now is known when that is done.
        await inTurn(portal, async () => {
          const nick = await nickAt(portal, user, event.room)
          if (nick === '' || nick === displayname || !mayPutBack(user, event.room)) return
          const mxc = await ghosts.pictureOf(user)
          await patiently(async () => {
            if ((await membership.of(user, event.room, signal)) !== 'join') return
            await membership.rename(user, event.room, { name: nick, mxc }, signal)
          }, signal)
        })
      })
    },
  }
}

/** What somebody is called in a group; '' where it is the name they have everywhere. */
function nickOf(member: Named, words: Words): string {
  const nick = nameText(member.nick ?? '', '')
  return nick === nameText(member.name, words.nameless.contact) ? '' : nick
}

/** Does all of it, so many at once; ends at the first failure, when what is under way has ended. */
async function several(
  work: readonly (() => Promise<void>)[],
  atOnce: number,
  signal: AbortSignal,
  done: (count: number) => Promise<void> | undefined,
): Promise<void> {
  const line = work[Symbol.iterator]()
  let failed: { readonly error: unknown } | undefined
  let count = 0
  const worker = async () => {
    for (const each of line) {
      if (failed || signal.aborted) return
      try {
        await each()
        await done(++count)
      } catch (error) {
        failed ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (failed) throw failed.error
  signal.throwIfAborted()
}
