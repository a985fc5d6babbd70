import { sql } from 'kysely'
import type { Failure } from '../../src/core/errors.ts'
import type { ChatId, MessageId } from '../../src/core/ids.ts'
import { lane as asLane, chatId, sendLine } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { Job } from '../../src/core/post.ts'
import type { DeadLetter } from '../../src/ports/store.ts'
import { placesOf } from './merging.ts'
import { type Row, rowBySeq, tellDelivery } from './outbox.ts'
import type { Scope } from './scope.ts'
import type { Tx } from './tables.ts'

// What waits for a person's word.

const open = ['dead', 'unknown', 'held'] as const

/** Which of them are asked for. */
interface Which {
  readonly before?: number
  readonly chat?: ChatId
  readonly message?: MessageId
  readonly state?: DeadLetter['state']
  readonly oldest?: true
}

export async function deadLetters(
  db: Tx,
  limit: number,
  which: Which = {},
): Promise<readonly DeadLetter[]> {
  const rows = await rowsOf(db, limit, which)
  const all: DeadLetter[] = []
  // A long text was given up in many parts: it is read once.
  const read = new Map<string, Message | undefined>()
  for (const row of rows) all.push(await letter(db, row, read))
  return all
}

async function rowsOf(db: Tx, limit: number, which: Which): Promise<readonly Row[]> {
  const { chat, message, state, before, oldest } = which
  if (chat === undefined && message === undefined) return openRows(db, limit, which)
  const rows: Row[] = []
  if (message !== undefined) {
    rows.push(
      ...(await db.selectFrom('outbox').selectAll().where('message', '=', message).execute()),
    )
  } else if (chat !== undefined) {
    for (const portal of await portalsOf(db, chat)) {
      rows.push(...(await openRows(db, limit, which, portal)))
    }
  }
  const portals = message !== undefined && chat !== undefined && (await portalsOf(db, chat))
  return rows
    .filter((row) => isOpen(row) && (before === undefined || row.seq < before))
    .filter((row) => state === undefined || row.state === state)
    .filter((row) => !portals || portals.includes(row.portal))
    .sort((a, b) => (oldest ? a.seq - b.seq : b.seq - a.seq))
    .slice(0, limit)
}

/** By indexes that hold only these, `outbox_open`: hence the states as they are written there. */
const openRows = (
  db: Tx,
  limit: number,
  { before, state, oldest }: Which,
  portal?: string,
): Promise<readonly Row[]> =>
  db
    .selectFrom('outbox')
    .selectAll()
    .where(sql<boolean>`state not in ('queued', 'sending', 'sent')`)
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'dead'))
    .$if(portal !== undefined, (query) => query.where('portal', '=', portal ?? ''))
    .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
    .orderBy('seq', oldest ? 'asc' : 'desc')
    .limit(limit)
    .execute()

/** Where deliveries of a chat wait, of what was merged into it too: its line to WeChat, its rooms. */
async function portalsOf(db: Tx, chat: ChatId): Promise<readonly string[]> {
  const all: string[] = []
  for (const { id } of await placesOf(db, chat)) {
    const rooms = await db.selectFrom('portal').select('id').where('chat', '=', id).execute()
    all.push(sendLine(chatId(id)), ...rooms.map((room) => room.id))
  }
  return all
}

export async function deadLetter(db: Tx, seq: number): Promise<DeadLetter | undefined> {
  const row = await rowBySeq(db, seq)
  return row && isOpen(row) ? letter(db, row) : undefined
}

export async function drop(scope: Scope, seq: number): Promise<boolean> {
  const row = await rowBySeq(scope.db, seq)
  if (!row || !isOpen(row)) return false
  await scope.db.deleteFrom('outbox').where('seq', '=', seq).execute()
  tellDelivery(scope, JSON.parse(row.job))
  return true
}

const isOpen = ({ state }: Row): boolean => (open as readonly string[]).includes(state)

async function letter(
  db: Tx,
  row: Row,
  read = new Map<string, Message | undefined>(),
): Promise<DeadLetter> {
  const job: Job = JSON.parse(row.job)
  const about = job.type === 'send' && job.body.kind === 'recall' ? job.body.target : job.message
  if (!read.has(about)) read.set(about, await messageOf(db, about))
  const message = read.get(about)
  const failure: Failure | undefined = row.failure === null ? undefined : JSON.parse(row.failure)
  return {
    seq: row.seq,
    lane: asLane(row.lane),
    state: row.state as DeadLetter['state'],
    since: row.since,
    ...(failure && { failure }),
    job,
    ...(message && { message }),
  }
}

async function messageOf(db: Tx, id: MessageId): Promise<Message | undefined> {
  const row = await db.selectFrom('message').select('data').where('id', '=', id).executeTakeFirst()
  return row && JSON.parse(row.data)
}
