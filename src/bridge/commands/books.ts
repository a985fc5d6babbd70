import type { Chat } from '../../core/chat.ts'
import { isOurs } from '../../core/chat.ts'
import { BridgeError } from '../../core/errors.ts'
import type { Log } from '../../ports/telemetry.ts'
import type { WeChatPeople } from '../../ports/wechat.ts'
import type { Doors, OpenDoor } from '../doors.ts'
import type { Said } from './verb.ts'

/** The address book of one door. */
export interface Book {
  readonly door: OpenDoor
  readonly people: WeChatPeople
}

/** What each of several books said, and the doors of those that said nothing. */
export interface Asked<T> {
  readonly found: readonly { readonly book: Book; readonly said: T }[]
  readonly without: readonly string[]
}

/**
 * The books of all doors at which somebody is logged in. One that nobody is, where there is no other: it says so itself.
 */
export function booksOf({ all }: Pick<Doors, 'all'>): readonly Book[] {
  const books = all.flatMap((door): Book[] => {
    const { people } = door.connector
    return people ? [{ door, people }] : []
  })
  const online = books.filter(({ door }) => door.login().state === 'online')
  return online.length > 0 ? online : books.slice(0, 1)
}

export const noPeople: Said = { notice: { type: 'cannot', why: 'noPeople' } }

/** The book that a chat is in. Throws a BridgeError (`session`) while another account is logged in there. */
export function bookOf(
  doors: Pick<Doors, 'of'>,
  { id, account }: Pick<Chat, 'id' | 'account'>,
): WeChatPeople | undefined {
  const { connector, login } = doors.of(account)
  const now = login()
  if (isOurs({ id }) || now.state !== 'online' || now.account === account) return connector.people
  throw new BridgeError('Another account is logged in there now. Nothing was done.', {
    code: 'session',
    heal: 'relogin',
    certain: true,
  })
}

/** Are all of them of one account? */
export const areOfOne = (chats: readonly Pick<Chat, 'account'>[]): boolean =>
  new Set(chats.map(({ account }) => account)).size <= 1

/** Rejects only where all do. */
export async function askAll<T>(
  books: readonly Book[],
  log: Pick<Log, 'warn'>,
  ask: (people: WeChatPeople) => Promise<T>,
): Promise<Asked<T>> {
  const ends = await Promise.allSettled(books.map(async ({ people }) => ask(people)))
  const found: { book: Book; said: T }[] = []
  const without: string[] = []
  let failed: unknown
  for (const [at, book] of books.entries()) {
    const end = ends[at]
    if (end?.status === 'fulfilled') found.push({ book, said: end.value })
    else {
      failed ??= end?.reason
      without.push(book.door.id)
      log.warn({ door: book.door.id, error: String(end?.reason) }, 'an address book did not answer')
    }
  }
  if (found.length === 0 && without.length > 0) throw failed
  return { found, without }
}
