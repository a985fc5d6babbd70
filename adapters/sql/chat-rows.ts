import type { Chat } from '../../src/core/chat.ts'
import type { Scope } from './scope.ts'
import { statement } from './statement.ts'
import type { ChatTable, Tx } from './tables.ts'

/** What nearly everything that is asked of a chat comes down to. */
export type ChatRow = Pick<ChatTable, 'id' | 'account' | 'data' | 'merged_into'>

/** The row of a chat, read once in a unit: each message asks for that of its chat again and again. */
export async function chatRow({ db, chatRows }: Scope, id: string): Promise<ChatRow | undefined> {
  if (chatRows.has(id)) return chatRows.get(id)
  const row = await readChatRow(db, id)
  chatRows.set(id, row)
  return row
}

export const readChatRow = async (db: Tx, id: string): Promise<ChatRow | undefined> =>
  (await find(db, { id })).rows[0]

const find = statement((db, { id }: { id: string }) =>
  db.selectFrom('chat').select(['id', 'account', 'data', 'merged_into']).where('id', '=', id),
)

/** The chat, unless it turned out to be another. */
export const chatIn = (row: ChatRow | undefined): Chat | undefined =>
  row?.merged_into === null ? JSON.parse(row.data) : undefined

/** A chat as it goes on: itself, or what it was merged into. */
export const home = (
  row: ChatRow | undefined,
): { readonly id: string; readonly account: string } | undefined =>
  row && { id: row.merged_into ?? row.id, account: row.account }
