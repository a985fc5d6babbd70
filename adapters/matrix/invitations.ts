import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Homeserver } from './homeserver.ts'
import { path } from './homeserver.ts'
import { type Names, sha256, transactionId } from './ids.ts'
import { createInTurn } from './in-turn.ts'
import type { RoomEvent } from './ingress.ts'
import { type Level, mayLive } from './permissions.ts'
import type { Whose } from './whose.ts'

/** What becomes of invitations to the bridge's users. */
export interface Invitations {
  /** An event that may be one. Never throws, and is never waited for. */
  see(event: RoomEvent): void
  /** Resolves when nothing is being answered. */
  settled(): Promise<void>
}

export interface InvitationsParts {
  readonly homeserver: Homeserver
  readonly own: Names
  readonly whose: Whose
  readonly clock: Clock
  readonly log: Log
  levelOf(user: string): Level | undefined
  /** Does their part of the bridge run? */
  isIn(user: string): boolean
  /** Somebody who may have an account here wants one, and has none that runs. Rejects with a sentence that says why not. */
  readonly newcomer?: ((user: string) => Promise<boolean>) | undefined
}

const mostWaiting = 100
const failuresPerHour = 5
const hour = 3_600_000

/**
 * The bot comes where those invite it who live here, or may: an owner, whose room it is from then on, and whoever has a
 * level of `user` or more, for whom a bridge of their own is made. Ghosts come with the bridge alone: a chat has its own
 * room. Strangers cannot draw any of them into their rooms.
 */
export function createInvitations(parts: InvitationsParts, signal: AbortSignal): Invitations {
  const { homeserver, own, whose, clock, log, levelOf, newcomer } = parts
  const inTurn = createInTurn()
  const running = new Set<Promise<void>>()
  /** When somebody's wish failed last, and how often within the hour: what is told them is bounded too. */
  const failed = new Map<string, { since: number; times: number }>()

  const acting = (user: string) => (user === own.bot ? {} : { as: user })

  const leave = (user: string, room: string, reason: string) =>
    homeserver.call(
      {
        method: 'POST',
        path: path`/_matrix/client/v3/rooms/${room}/leave`,
        ...acting(user),
        body: { reason },
        what: 'decline an invitation',
      },
      signal,
    )

  const join = (room: string) => {
    const what = 'come into a room'
    const where = path`/_matrix/client/v3/rooms/${room}/join`
    return homeserver.call({ method: 'POST', path: where, what }, signal)
  }

  const say = (room: string, body: string, once: string) => {
    const txn = transactionId(`invitation/${sha256(once)}`)
    const where = path`/_matrix/client/v3/rooms/${room}/send/m.room.message/${txn}`
    const content = { msgtype: 'm.notice', body }
    const what = 'say in a room what came of an invitation'
    return homeserver.call({ method: 'PUT', path: where, body: content, what }, signal)
  }

  const accept = async ({ sender, room, id }: RoomEvent) => {
    await join(room)
    // A room that shows another person's chat stays theirs, whoever else invites the bot there.
    const claim = async () => {
      if (!whose.isKnown(sender) || (await whose.holder(room)) !== undefined) return
      await whose.claim(room, sender)
    }
    await claim()
    if (whose.isKnown(sender) && (parts.isIn(sender) || !newcomer)) return
    // Somebody new, or whose part of the bridge has failed: it is tried again now that they ask for it.
    try {
      if (!(await newcomer?.(sender))) throw new Error(notNow)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ user: sender, reason }, 'Somebody could not be given a bridge of their own.')
      const before = failed.get(sender)
      const isRecent = before !== undefined && clock.now() - before.since < hour
      const now = isRecent
        ? { ...before, times: before.times + 1 }
        : { since: clock.now(), times: 1 }
      if (failed.size >= mostWaiting) failed.clear()
      failed.set(sender, now)
      if (now.times <= failuresPerHour) await say(room, failure(reason), id)
      return
    }
    await claim()
  }

  const answer = async (event: RoomEvent) => {
    const { sender, room } = event
    const user = event.stateKey ?? ''
    const isBot = user === own.bot
    const mayCome = whose.isKnown(sender) || (newcomer !== undefined && mayLive(levelOf(sender)))
    if (isBot && mayCome) return accept(event)
    if (whose.isKnown(sender) && whose.speaks(sender, user)) {
      await leave(user, room, ownRoom)
      return
    }
    await leave(user, room, notAllowed)
  }

  return {
    see(event) {
      const user = event.stateKey ?? ''
      const isOurs = own.owns(event.sender) || !own.owns(user)
      if (event.type !== 'm.room.member' || event.content.membership !== 'invite' || isOurs) return
      // One after another, and only so many: whoever floods us with invitations waits for an answer in vain.
      const mayCome = whose.isKnown(event.sender) || mayLive(levelOf(event.sender))
      const line = mayCome ? event.sender : 'stranger'
      if (running.size >= mostWaiting && line === 'stranger') return
      const work = inTurn(line, () => answer(event))
        .catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error)
          log.info({ room: event.room, reason }, 'An invitation could not be answered.')
        })
        .finally(() => running.delete(work))
      running.add(work)
    },
    async settled() {
      await Promise.all(running)
    },
  }
}

const notNow = '现在不行，管理员可以在日志里看到原因 / not now; the log tells the admin why'

// Read by whoever invited, in whichever language.
const notAllowed = '这个桥没有为你开放。This bridge is not open to you.'
const ownRoom =
  '这位微信联系人有自己的聊天室：用 !wx open 打开。' +
  'This contact has a room of their own: open it with !wx open.'

const failure = (reason: string) =>
  `没能为你建立微信桥：${reason}\nA WeChat bridge of your own could not be set up: ${reason}`
