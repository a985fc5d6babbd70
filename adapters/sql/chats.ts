import type { Chat } from '../../src/core/chat.ts'
import type { ChatId } from '../../src/core/ids.ts'
import { chatRow, home } from './chat-rows.ts'
import type { Scope } from './scope.ts'
import { changedOne, statement } from './statement.ts'
import type { InboxTable } from './tables.ts'

/** Remembers that an event of a source was taken in. False: it had been before. */
export async function accept(
  { db }: Scope,
  source: string,
  id: string,
  raw: string,
  at: number,
): Promise<boolean> {
  return changedOne(await keepInbox(db, { source, id, raw, at }))
}

const keepInbox = statement((db, { source, id, raw, at }: InboxTable) =>
  db
    .insertInto('inbox')
    .values({ source, id, raw, at })
    .onConflict((conflict) => conflict.columns(['source', 'id']).doNothing()),
)

/** Saves chats, new or changed; saving one as it is tells nobody. What was merged into another stays that. */
export async function saveChats(scope: Scope, chats: readonly Chat[]): Promise<void> {
  for (const chat of chats) {
    const { id, account, kind } = chat
    const row = { account, kind, data: JSON.stringify(chat) }
    const done = await scope.db
      .insertInto('chat')
      .values({ id, ...row, merged_into: null, read_at: null })
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet(row)
          .where('chat.data', '!=', row.data)
          .where('chat.merged_into', 'is', null),
      )
      .executeTakeFirst()
    if (done.numInsertedOrUpdatedRows === 1n) scope.chatsChanged()
  }
}

/** Everything up to `at` has been read. Never goes back, and tells only when it goes on. */
export async function markRead(scope: Scope, chat: ChatId, at: number): Promise<void> {
  const found = home(await chatRow(scope, chat))
  if (!found) return
  const done = await scope.db
    .updateTable('chat')
    .set({ read_at: at })
    .where('id', '=', found.id)
    .where(({ or, eb }) => or([eb('read_at', 'is', null), eb('read_at', '<', at)]))
    .executeTakeFirst()
  if (done.numUpdatedRows === 1n) scope.chatsChanged()
}

/** How many conversations of WeChat are known; rooms of the bridge's own are none. */
export async function countChats({ db }: Scope): Promise<number> {
  const row = await db
    .selectFrom('chat')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('id', 'not like', 'bridge/%')
    .where('merged_into', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}
