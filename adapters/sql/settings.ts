import type { ChatId } from '../../src/core/ids.ts'
import { home } from './merging.ts'
import type { Scope } from './scope.ts'

// What a person chose for one chat. A chat that was merged answers as what it became.

export async function setting(
  { db }: Scope,
  chat: ChatId,
  name: string,
): Promise<string | undefined> {
  const id = (await home(db, chat))?.id ?? chat
  const row = await db
    .selectFrom('setting')
    .select('value')
    .where('chat', '=', id)
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.value
}

export async function setSetting(
  { db }: Scope,
  chat: ChatId,
  name: string,
  value: string | undefined,
): Promise<void> {
  const id = (await home(db, chat))?.id ?? chat
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
