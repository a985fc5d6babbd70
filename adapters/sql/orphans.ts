import type { AccountId, ChatId, ContactId, MessageId } from '../../src/core/ids.ts'
import { chatId, messageId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { Scope } from './scope.ts'
import { statement } from './statement.ts'

// Recalls: those that come before what they take back, and those that come one upon another.

/** Remembers a recall by what it names, as nothing of that is known yet. */
export async function rememberOrphan(
  { db }: Scope,
  { id, account, content }: Message,
): Promise<void> {
  if (content.kind !== 'recall' || content.target.aliases.length === 0) return
  const aliases = [...new Set(content.target.aliases)]
  await db
    .insertInto('orphan')
    .values(aliases.map((alias) => ({ account, alias, message: id })))
    .onConflict((conflict) => conflict.columns(['account', 'alias', 'message']).doNothing())
    .execute()
}

export async function orphanRecall(
  { db }: Scope,
  account: AccountId,
  aliases: readonly string[],
  chat: ChatId,
): Promise<Message | undefined> {
  for (const alias of aliases) {
    const row = (await findOrphan(db, { account, alias, chat })).rows[0]
    if (row) return JSON.parse(row.data)
  }
  return undefined
}

interface Named {
  readonly account: string
  readonly alias: string
  readonly chat: string
}

const findOrphan = statement((db, { account, alias, chat }: Named) =>
  db
    .selectFrom('orphan')
    .innerJoin('message', 'message.id', 'orphan.message')
    .select('message.data')
    .where('orphan.account', '=', account)
    .where('orphan.alias', '=', alias)
    .where('message.chat', '=', chat)
    .limit(1),
)

/** The message a recall takes back has been found. */
export async function relate(scope: Scope, recall: MessageId, about: MessageId): Promise<void> {
  const { db } = scope
  await db.updateTable('message').set({ about }).where('id', '=', recall).execute()
  await db.deleteFrom('orphan').where('message', '=', recall).execute()
  const rows = await db
    .selectFrom('message')
    .select(['id', 'chat'])
    .where('id', 'in', [recall, about])
    .execute()
  for (const { id, chat } of rows) scope.messageChanged(chatId(chat), messageId(id))
}

/** Did this person recall something else here since then? */
export async function recalledSince(
  { db }: Scope,
  chat: ChatId,
  by: 'myself' | ContactId,
  since: number,
  but: MessageId,
): Promise<boolean> {
  const row = await db
    .selectFrom('message')
    .select('id')
    .where('chat', '=', chat)
    .where('speaker', '=', by === 'myself' ? by : `contact/${by}`)
    .where('at', '>=', since)
    .where('kind', '=', 'recall')
    .where('id', '!=', but)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function accepted({ db }: Scope, source: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('inbox')
    .select('id')
    .where('source', '=', source)
    .where('id', '=', id)
    .executeTakeFirst()
  return row !== undefined
}
