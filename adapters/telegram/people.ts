import type { User } from '@grammyjs/types'
import type { Role } from '../../src/core/hub.ts'
import type { RoomId } from '../../src/core/ids.ts'
import type { HubPeople } from '../../src/ports/hub.ts'
import type { Claim } from './options.ts'

/** What becomes of someone who presents a word. */
export type Presented = 'owner' | 'user' | 'relay' | 'wrong' | 'none'

/** Who may do what here: kept in the vault. */
export interface People extends HubPeople {
  load(): Promise<void>
  /** The Telegram id of the owner. */
  owner(): string | undefined
  roleOf(from: string, room: RoomId): Role | undefined
  /** How to become the owner, while nobody is. */
  claim(bot: string): Claim | undefined
  /** A word said in private (`/start WORD`, or alone). `none`: it is no such word. */
  present(word: string, by: User): Promise<Presented>
  /** The name of someone who wrote: kept for the list. */
  seen(user: User): void
  /** A stranger wrote. True: tell them once, politely. */
  stranger(user: User): Promise<boolean>
}
