import type { Update } from '@grammyjs/types'
import type { HubStanding, ShutRoom } from '../../src/core/hub.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { TelegramApi } from './api.ts'
import { isBlocked, isTokenRefused } from './errors.ts'

export interface StandingParts {
  readonly vault: Vault
  /** Whom the bridge belongs to here. */
  owner(): string | undefined
  shut(): readonly ShutRoom[]
}

export interface Standing {
  /** The API, listened to: its answers say whether the bot may speak at all, and to its owner. */
  observed(api: TelegramApi): TelegramApi
  /** What people do says it too. */
  heard(update: Update): void
  /** Reads what is kept, then tells at once and at each change. */
  begin(tell: (standing: HubStanding) => void): Promise<void>
  /** Something it depends on may have changed. */
  look(): void
  isBlocked(): boolean
}

const name = 'standing/blocked'

/** Whether Telegram takes anything from the bridge now, and if not, why. */
export function createStanding({ vault, owner, shut }: StandingParts): Standing {
  let refused: string | undefined
  let blocked = false
  let tell: ((standing: HubStanding) => void) | undefined
  let told = ''

  const now = (): HubStanding => {
    const rooms = shut()
    if (refused !== undefined) return { open: false, why: 'refused', detail: refused, rooms }
    if (owner() === undefined) return { open: false, why: 'unclaimed', detail: unclaimed, rooms }
    if (blocked) return { open: false, why: 'blocked', detail: shutOut, rooms }
    return { open: true, rooms }
  }
  const look = () => {
    if (!tell) return
    const standing = now()
    const text = JSON.stringify(standing)
    if (text === told) return
    told = text
    tell(standing)
  }
  const block = (is: boolean) => {
    if (is === blocked) return
    blocked = is
    // Found out again soon where it could not be kept.
    const kept = is ? vault.set(name, 'yes') : vault.drop(name)
    kept.catch(() => undefined)
    look()
  }
  const refuse = (detail: string | undefined) => {
    if (detail === refused) return
    refused = detail
    look()
  }
  const isOwners = (chat: unknown) => chat !== undefined && String(chat) === owner()

  return {
    look,
    isBlocked: () => blocked,
    observed: (api) => ({
      file: api.file,
      async call(method, args, signal, how) {
        const chat = Reflect.get(args ?? {}, 'chat_id')
        try {
          const result = await api.call(method, args, signal, how)
          refuse(undefined)
          if (method.startsWith('send') && isOwners(chat)) block(false)
          return result
        } catch (error) {
          if (isTokenRefused(error)) refuse(error instanceof Error ? error.message : undefined)
          if (isBlocked(error) && isOwners(chat)) block(true)
          throw error
        }
      },
    }),
    heard({ message, my_chat_member: member }) {
      if (message && isOwners(message.chat.id)) block(false)
      if (member && isOwners(member.chat.id)) block(member.new_chat_member.status === 'kicked')
    },
    async begin(whom) {
      blocked = (await vault.get(name)) !== undefined
      tell = whom
      told = ''
      look()
    },
  }
}

const unclaimed =
  'Nobody owns the Telegram bot yet: send it the code that the bridge printed at its start.'
const shutOut =
  'The owner has blocked the bot in Telegram, or deleted the account. Unblock it, and what waited arrives.'
