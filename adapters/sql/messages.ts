import type { Chat, Sender } from '../../src/core/chat.ts'
import type { AccountId, ChatId, ContactId, MessageId } from '../../src/core/ids.ts'
import { chatId, messageId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import { rememberOrphan } from './orphans.ts'
import type { Scope } from './scope.ts'
import { changedOne, statement } from './statement.ts'
import type { AliasTable, MessageTable, Tx } from './tables.ts'

/**
 * Saves a message with its aliases; `about` is what it recalls or answers. A message that is there already stays as
 * it is, but for aliases it did not have.
 */
export async function saveMessage(
  scope: Scope,
  message: Message,
  about?: MessageId,
): Promise<void> {
  const { id, account, chat, at, content } = message
  const done = await insertMessage(scope.db, {
    id,
    account,
    chat,
    kind: content.kind,
    speaker: speakerOf(message.sender),
    at,
    about: about ?? null,
    arrived: scope.now(),
    data: JSON.stringify(message),
  })
  if (!changedOne(done)) return growAliases(scope, id, message.aliases)
  await claimAliases(scope, account, id, message.aliases)
  scope.messageChanged(chat, id)
  if (content.kind !== 'recall') return
  if (about === undefined) await rememberOrphan(scope, message)
  else await tellRecalled(scope, about)
}

const insertMessage = statement((db, given: MessageRow) => {
  const { id, account, chat, kind, speaker, at, about, arrived, data } = given
  return db
    .insertInto('message')
    .values({ id, account, chat, kind, speaker, at, about, arrived, data })
    .onConflict((conflict) => conflict.column('id').doNothing())
})

type MessageRow = Omit<MessageTable, 'seq' | 'arrived'> & { readonly arrived: number }

export async function message({ db }: Scope, id: MessageId): Promise<Message | undefined> {
  const row = (await find(db, { id })).rows[0]
  return row && JSON.parse(row.data)
}

const find = statement((db, { id }: { id: string }) =>
  db.selectFrom('message').select('data').where('id', '=', id),
)

/** The message that one of the aliases names: in `chat` if it is there, else anywhere in the account. */
export async function messageBy(
  { db }: Scope,
  account: AccountId,
  aliases: readonly string[],
  chat: ChatId,
): Promise<Message | undefined> {
  if (aliases.length === 0) return undefined
  const rows = await db
    .selectFrom('alias')
    .innerJoin('message', 'message.id', 'alias.message')
    .select(['alias.alias', 'message.chat', 'message.data'])
    .where('alias.account', '=', account)
    .where('alias.alias', 'in', aliases)
    .execute()
  const named = aliases.flatMap((alias) => rows.filter((row) => row.alias === alias))
  const best = named.find((row) => row.chat === chat) ?? named[0]
  return best && JSON.parse(best.data)
}

/** What `mine` and `sender` of a RecallGuess mean (protocol §5.7): the latest thing this person said here and left. */
export async function latest(
  { db }: Scope,
  chat: ChatId,
  by: 'myself' | ContactId,
  since: number,
): Promise<Message | undefined> {
  const row = await db
    .selectFrom('message')
    .select('data')
    .where('chat', '=', chat)
    .where('speaker', '=', by === 'myself' ? by : `contact/${by}`)
    .where('at', '>=', since)
    .where('kind', 'not in', ['recall', 'notice'])
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('message as recall')
            .select('recall.id')
            .whereRef('recall.about', '=', 'message.id')
            .where('recall.kind', '=', 'recall'),
        ),
      ),
    )
    .orderBy('at', 'desc')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && JSON.parse(row.data)
}

/** What nobody said to anyone. */
const grey = ['recall', 'notice', 'system', 'note', 'pat']

/** The latest that a person said here. */
export async function lastSaid({ db }: Scope, chat: ChatId): Promise<Message | undefined> {
  const row = await db
    .selectFrom('message')
    .select('data')
    .where('chat', '=', chat)
    // Written so that no index on speakers is tempting: walking the chat from its end finds it at once.
    .where(({ fn, val }) => fn.coalesce('speaker', val('')), '!=', '')
    .where('kind', 'not in', grey)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && JSON.parse(row.data)
}

/** Chats of WeChat in which people have said something, the latest first. */
export async function recentChats(
  scope: Scope,
  limit: number,
  offset: number,
): Promise<readonly Chat[]> {
  const rows = await chatsByLast(scope, limit, offset)
  return rows.flatMap(({ data, last }) => (last === null ? [] : [JSON.parse(data)]))
}

/** As `recentChats`, and after them those in which nobody has said anything. */
export async function knownChats(
  scope: Scope,
  limit: number,
  offset: number,
): Promise<readonly Chat[]> {
  const rows = await chatsByLast(scope, limit, offset)
  return rows.map(({ data }) => JSON.parse(data))
}

/**
 * Each chat is asked for its own latest, by the index: what nobody said in is at the end.
 */
function chatsByLast({ db }: Scope, limit: number, offset: number) {
  return db
    .selectFrom('chat')
    .select('data')
    .select(({ selectFrom }) =>
      selectFrom('message')
        .select('message.seq')
        .whereRef('message.chat', '=', 'chat.id')
        .where(({ fn, val }) => fn.coalesce('message.speaker', val('')), '!=', '')
        .where('message.kind', 'not in', grey)
        .orderBy('message.seq', 'desc')
        .limit(1)
        .as('last'),
    )
    .where('merged_into', 'is', null)
    .where('kind', '!=', 'management')
    .where('id', 'not like', 'bridge/%')
    .orderBy('last', 'desc')
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute()
}

/** Gives a message further names that a recall or quote may use. One who has a name already keeps it. */
export async function growAliases(
  scope: Scope,
  id: MessageId,
  aliases: readonly string[],
): Promise<void> {
  const known = await message(scope, id)
  if (!known) return
  const fresh = aliases.filter((alias) => !known.aliases.includes(alias))
  if (fresh.length === 0) return
  await claimAliases(scope, known.account, id, fresh)
  const grown: Message = { ...known, aliases: [...known.aliases, ...fresh] }
  await scope.db
    .updateTable('message')
    .set({ data: JSON.stringify(grown) })
    .where('id', '=', id)
    .execute()
}

async function claimAliases(
  { db }: Scope,
  account: AccountId,
  message: MessageId,
  aliases: readonly string[],
): Promise<void> {
  for (const alias of aliases) await insertAlias(db, { account, alias, message })
}

const insertAlias = statement((db, { account, alias, message }: AliasTable) =>
  db
    .insertInto('alias')
    .values({ account, alias, message })
    .onConflict((conflict) => conflict.columns(['account', 'alias']).doNothing()),
)

async function tellRecalled(scope: Scope, id: MessageId): Promise<void> {
  const row = await placeOf(scope.db, id)
  if (row) scope.messageChanged(chatId(row.chat), messageId(row.id))
}

const placeOf = (db: Tx, id: MessageId) =>
  db.selectFrom('message').select(['id', 'chat']).where('id', '=', id).executeTakeFirst()

function speakerOf(sender: Sender): string | null {
  if ('contact' in sender) return `contact/${sender.contact.id}`
  return sender.type === 'myself' ? sender.type : null
}
