import { backoff } from '../core/backoff.ts'
import { BridgeError } from '../core/errors.ts'
import type { AccountId } from '../core/ids.ts'
import { accountOf } from '../core/ids.ts'
import type { WeChatSink } from '../ports/wechat.ts'
import type { Alarms } from './alerts.ts'
import type { OpenDoor, Register } from './doors.ts'
import { createLogins } from './logins.ts'
import type { Parts } from './parts.ts'
import type { Quotas } from './quotas.ts'

export interface SinksGround {
  readonly parts: Parts
  readonly doors: Register
  /** Each door has its own. */
  doubts(door: OpenDoor): Pick<WeChatSink, 'doubts' | 'merge'>
  /** What is the same for all. */
  readonly shared: Omit<WeChatSink, 'doubts' | 'merge' | 'login'>
  /** Chats were merged. */
  merged(): void
  /** There may be media to fetch. */
  wanted(): void
  readonly quotas: Pick<Quotas, 'heard'>
  readonly alarms: Alarms
  readonly signal: AbortSignal
}

/**
 * Where each door tells its facts. Those of an account that another door has are refused, and so offered again: should
 * that one let it go, they are taken, and nothing is in two chats.
 */
export function createDoorSinks(ground: SinksGround): (door: OpenDoor) => WeChatSink {
  const { parts, doors, shared, quotas, alarms, signal } = ground
  const { clock, random, log } = parts
  const all = new Map(
    doors.all.map((door) => [door, createLogins(parts, door, doors.among(door), ground.wanted)]),
  )

  return (door) => {
    const doubts = ground.doubts(door)
    const logins = all.get(door)!
    const sink: WeChatSink = {
      async login(login) {
        const changed = await doors.tell(door, login)
        others(changed)
        await logins.said(door.login())
        await alarms.told(door)
      },
      async chats(chats) {
        await claimed(chats.map(({ account }) => account))
        const merged = await shared.chats(chats)
        await alarms.chats(door, chats)
        return merged
      },
      async message(message, raw) {
        await claimed([message.account])
        await shared.message(message, raw)
        await quotas.heard(message)
      },
      async members(groups) {
        await claimed(groups.map(accountOf))
        await shared.members?.(groups)
      },
      // Whoever sees it, it was delivered.
      echo: shared.echo,
      async read(chat) {
        await claimed([accountOf(chat)])
        return shared.read(chat)
      },
      async doubts(list) {
        await claimed(list.map(({ chat }) => chat.account))
        return doubts.doubts(list)
      },
      async merge(from, into) {
        await claimed([accountOf(from)])
        await doubts.merge(from, into)
        ground.merged()
      },
    }
    return sink

    async function claimed(accounts: readonly AccountId[]): Promise<void> {
      for (const account of new Set(accounts)) {
        const { mayPass, changed } = await doors.claim(door, account)
        others(changed)
        if (changed.includes(door)) await logins.said(door.login())
        if (mayPass) continue
        log.warn({ door: door.id, account }, 'another door has this account; nothing is taken here')
        throw new BridgeError('Another door is logged in as this account. It is not taken now.', {
          code: 'refused',
          heal: 'retry',
          certain: true,
        })
      }
    }

    /** What holds for the others now is nothing that this one has to wait for. */
    function others(changed: readonly OpenDoor[]): void {
      for (const each of changed) if (each !== door) void said(each)
    }
  }

  /** As often as it takes: a state nobody was told of is a person left in the dark. */
  async function said(door: OpenDoor): Promise<void> {
    const login = door.login()
    for (let attempt = 1; door.login() === login && !signal.aborted; attempt++) {
      try {
        await all.get(door)?.said(login)
        return await alarms.told(door)
      } catch (error) {
        log.warn({ door: door.id, error: String(error) }, 'a login could not be told yet')
        await clock.sleep(backoff(attempt, random()), signal).catch(() => undefined)
      }
    }
  }
}
