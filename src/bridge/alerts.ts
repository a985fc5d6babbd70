import type { Chat } from '../core/chat.ts'
import type { ChatId } from '../core/ids.ts'
import { accountOf, noticeId, sendKey, sendLine, weChatLane } from '../core/ids.ts'
import type { Notice } from '../core/notice.ts'
import { noticeWords } from '../core/notice-words.ts'
import type { Send } from '../core/post.ts'
import type { Login } from '../ports/wechat.ts'
import type { Doors, OpenDoor } from './doors.ts'
import type { Parts } from './parts.ts'

/** All doors that alert, for what happens at any door. */
export interface Alarms {
  /** Chats that a door has. */
  chats(door: OpenDoor, chats: readonly Chat[]): Promise<void>
  /** The login of a door may have changed. */
  told(door: OpenDoor): Promise<void>
}

export function createAlarms(
  parts: Pick<Parts, 'store' | 'vault' | 'clock' | 'voice'>,
  doors: Pick<Doors, 'all'>,
  mintClientId: () => string,
): Alarms {
  const all = new Map(
    doors.all.flatMap((door) => {
      if (!door.alerts) return []
      const hasOneChat = door.connector.features.oneChat === true
      return [[door, createAlerts(parts, door.id, { hasOneChat, mintClientId })] as const]
    }),
  )
  return {
    async chats(door, chats) {
      await all.get(door)?.chats(chats)
    },
    async told(door) {
      // Whose it is, is told by the other door.
      if (door.taken()) return
      for (const [each, alerts] of all) if (each !== door) await alerts.told(door.id, door.login())
    },
  }
}

/** Tells a person in WeChat itself, by one account, what became of another. */
export interface Alerts {
  /** Chats of the account that alerts. */
  chats(chats: readonly Chat[]): Promise<void>
  /** The login of another door. */
  told(door: string, login: Login): Promise<void>
}

/**
 * `door` is the one that alerts. It writes to its chat with oneself, or, where it has but one chat, to that. What is told
 * goes the way of everything that is sent: it waits while it cannot go out; and it is taken back when it is over before that.
 */
export function createAlerts(
  { store, vault, clock, voice }: Pick<Parts, 'store' | 'vault' | 'clock' | 'voice'>,
  door: string,
  { hasOneChat, mintClientId }: { readonly hasOneChat: boolean; mintClientId(): string },
): Alerts {
  const place = `alerts/${door}`
  const open = (other: string) => `alerts/${door}/${other}`

  return {
    async chats(chats) {
      const found = chats.find(({ kind }) => kind === 'self' || (hasOneChat && kind === 'friend'))
      if (!found) return
      const before = (await vault.get(place)) as ChatId | undefined
      if (before === found.id) return
      // The first that is told of an account is the person's own; another one is somebody else's.
      if (found.kind === 'friend' && before && accountOf(before) === found.account) return
      await vault.set(place, found.id)
    },

    async told(other, login) {
      if (login.state === 'online') return over(other)
      // It comes back by itself, or it is just starting.
      if (login.state !== 'offline' || !login.relogin) return
      const send = (await noted(other)) ?? (await make(other, login))
      // Told once, however often this is said, and whatever a crash cut off.
      if (send)
        await store.unit((unit) =>
          unit.enqueue(weChatLane(accountOf(send.chat)), send, clock.now()),
        )
    },
  }

  async function noted(other: string): Promise<Send | undefined> {
    const text = await vault.get(open(other))
    return text === undefined ? undefined : (JSON.parse(text) as Send)
  }

  async function make(
    other: string,
    { reason, detail }: Extract<Login, { readonly state: 'offline' }>,
  ): Promise<Send | undefined> {
    const chat = (await vault.get(place)) as ChatId | undefined
    if (chat === undefined) return undefined
    const message = noticeId(`${door}/${other}/${clock.now()}`, 'alert')
    const notice: Notice = {
      type: 'offline',
      reason,
      ...(detail !== undefined && { detail }),
      relogin: true,
    }
    const send: Send = {
      type: 'send',
      key: sendKey(message, 0),
      clientId: mintClientId(),
      portal: sendLine(chat),
      message,
      part: 0,
      chat,
      body: { kind: 'text', text: `${other}: ${noticeWords(notice, voice.language)}` },
    }
    await vault.set(open(other), JSON.stringify(send))
    return send
  }

  async function over(other: string): Promise<void> {
    const send = await noted(other)
    if (!send) return
    await store.unit((unit) => unit.withdraw(send.key))
    await vault.drop(open(other))
  }
}
