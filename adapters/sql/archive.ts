import type { Chat } from '../../src/core/chat.ts'
import type { ChatId, MediaId, MessageId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import { mediaOf } from '../../src/core/message.ts'
import type { Archive, Archived, Change, ChatEntry, Delivery } from '../../src/ports/archive.ts'
import type { ByteRange, MediaStore } from '../../src/ports/media.ts'
import { chatIn, readChatRow } from './chat-rows.ts'
import { deadLetters } from './letters.ts'
import type { Listeners } from './listeners.ts'
import { keptMedia } from './media.ts'
import { depth, lanes } from './outbox.ts'
import type { Session } from './session.ts'
import type { State, Tx } from './tables.ts'

/** The read side. Each answer is read in one transaction of its own. Without `media` no bytes are found. */
export function sqlArchive(
  session: Session,
  changes: Listeners<Change>,
  media: MediaStore | undefined,
): Archive {
  return {
    chats: () => session.read(chats),
    chat: (id) => session.read(async (tx) => chatIn(await readChatRow(tx, id))),
    messages: (chat, limit, before) => session.read((tx) => page(tx, chat, limit, before)),
    message: (id) => session.read((tx) => one(tx, id)),
    async media(id: MediaId, range?: ByteRange) {
      const kept = await session.read((tx) => keptMedia(tx, id))
      return kept && (await media?.open(id, range))
    },
    depth: () => session.read(depth),
    lanes: () => session.read(lanes),
    deadLetters: (limit, before) =>
      session.read((tx) => deadLetters(tx, limit, before === undefined ? {} : { before })),
    watch: (tell) => changes.add(tell),
  }
}

const byName = new Intl.Collator('zh')

async function chats(db: Tx): Promise<readonly ChatEntry[]> {
  const rows = await db
    .selectFrom('chat')
    .select(['data', 'read_at'])
    .select(({ selectFrom }) =>
      selectFrom('message')
        .select(({ fn }) => fn.max('message.seq').as('seq'))
        .whereRef('message.chat', '=', 'chat.id')
        .as('last'),
    )
    .where('merged_into', 'is', null)
    .execute()
  const lasts = new Map<number, Archived>()
  for (const some of slices(rows.flatMap(({ last }) => (last === null ? [] : [last])))) {
    const found = await messageRows(db).where('seq', 'in', some).execute()
    for (const archived of await complete(db, found)) lasts.set(archived.seq, archived)
  }
  const entries = rows.map(({ data, last, read_at }): ChatEntry => {
    const archived = last === null ? undefined : lasts.get(last)
    const chat: Chat = JSON.parse(data)
    return {
      chat,
      ...(archived && { last: archived }),
      ...(read_at !== null && { readAt: read_at }),
    }
  })
  return entries.sort(
    (a, b) => (b.last?.seq ?? 0) - (a.last?.seq ?? 0) || byName.compare(a.chat.name, b.chat.name),
  )
}

async function page(
  db: Tx,
  chat: ChatId,
  limit: number,
  before: number | undefined,
): Promise<readonly Archived[]> {
  const rows = await messageRows(db)
    .where('chat', '=', chat)
    .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  const all: Archived[] = []
  for (const some of slices(rows.reverse())) all.push(...(await complete(db, some)))
  return all
}

async function one(db: Tx, id: MessageId): Promise<Archived | undefined> {
  const [archived] = await complete(db, await messageRows(db).where('id', '=', id).execute())
  return archived
}

interface MessageRow {
  readonly seq: number
  readonly id: string
  readonly about: string | null
  readonly data: string
}

const messageRows = (db: Tx) => db.selectFrom('message').select(['seq', 'id', 'about', 'data'])

/** Adds what other tables know: how far it got, what it is about, whether it was recalled. */
async function complete(db: Tx, rows: readonly MessageRow[]): Promise<readonly Archived[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const deliveries = await deliveriesOf(db, ids)
  const recalled = await recalledOf(db, ids)
  const abouts = await messagesOf(
    db,
    rows.flatMap(({ about }) => about ?? []),
  )
  const parsed = rows.map(({ data, ...row }) => ({ ...row, message: JSON.parse(data) as Message }))
  const lacking = await missingOf(db, parsed)
  return parsed.map(({ seq, id, about, message }) => {
    const subject = about === null ? undefined : abouts.get(about)
    const missing = lacking.get(mediaOf(message.content)?.id)
    return {
      seq,
      message,
      ...deliveries.get(id),
      ...(subject && { about: subject }),
      recalled: recalled.has(id),
      ...(missing !== undefined && { missing }),
    }
  })
}

/** Worse counts more: all parts of a message together are as far as the worst of them. */
const badness: Record<State, number> = {
  sent: 0,
  queued: 1,
  sending: 2,
  held: 3,
  unknown: 4,
  dead: 5,
}

async function deliveriesOf(db: Tx, ids: readonly string[]) {
  const parts = await db
    .selectFrom('outbox')
    .select(['message', 'state', 'seq'])
    .where('message', 'in', ids)
    .where('purpose', '=', 'send')
    .orderBy('seq')
    .execute()
  const worst = new Map<string, { delivery: Delivery; resend?: number }>()
  for (const { message, state, seq } of parts) {
    const known = worst.get(message)
    if (known && badness[known.delivery] >= badness[state]) continue
    const open = state === 'dead' || state === 'unknown' || state === 'held'
    worst.set(message, { delivery: state, ...(open && { resend: seq }) })
  }
  return worst
}

async function recalledOf(db: Tx, ids: readonly string[]): Promise<ReadonlySet<string | null>> {
  const rows = await db
    .selectFrom('message')
    .select('about')
    .where('about', 'in', ids)
    .where('kind', '=', 'recall')
    .execute()
  return new Set(rows.map((row) => row.about))
}

/** Why media was given up, by its id. */
async function missingOf(
  db: Tx,
  rows: readonly { readonly message: Message }[],
): Promise<ReadonlyMap<string | undefined, string>> {
  const ids = rows.flatMap(({ message }) => mediaOf(message.content)?.id ?? [])
  if (ids.length === 0) return new Map()
  const given = await db
    .selectFrom('media')
    .select(['id', 'reason'])
    .where('id', 'in', ids)
    .where('state', '=', 'missed')
    .execute()
  return new Map(given.map(({ id, reason }) => [id, reason ?? 'gone']))
}

async function messagesOf(db: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Message>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('message')
    .select(['id', 'data'])
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map(({ id, data }) => [id, JSON.parse(data)]))
}

/** Databases limit how many values a statement may carry. */
function* slices<T>(all: readonly T[], size = 500): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size)
}
