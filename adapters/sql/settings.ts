import type { ChatId } from '../../src/core/ids.ts'
import { chatRow, home } from './chat-rows.ts'
import type { Scope } from './scope.ts'
import { statement } from './statement.ts'

// What a person chose for one chat. A chat that was merged answers as what it became.

export async function setting(
  scope: Scope,
  chat: ChatId,
  name: string,
): Promise<string | undefined> {
  const id = home(await chatRow(scope, chat))?.id ?? chat
  const { rows } = await find(scope.db, { id, name })
  return rows[0]?.value
}

const find = statement((db, { id, name }: { id: string; name: string }) =>
  db.selectFrom('setting').select('value').where('chat', '=', id).where('name', '=', name),
)

export async function setSetting(
  scope: Scope,
  chat: ChatId,
  name: string,
  value: string | undefined,
): Promise<void> {
  const { db } = scope
  const id = home(await chatRow(scope, chat))?.id ?? chat
  if (value === undefined) {
    await db.deleteFrom('setting').where('chat', '=', id).where('name', '=', name).execute()
    return
  }
  await db
    .insertInto('setting')
    .values({ chat: id, name, value })
    .onConflict((conflict) => conflict.columns(['chat', 'name']).doUpdateSet({ value }))
    .execute()
}
