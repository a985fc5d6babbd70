import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type Database, openSqlite } from '../../adapters/sql/open.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Store } from '../../src/ports/store.ts'
import { hub, lane, type Said, said } from './people.ts'

/** `line` items wait in one chat, and one in each of `chats` others. */
export interface Amount {
  readonly line: number
  readonly chats: number
}

export interface Seeded extends Amount {
  readonly file: string
  /** From when (milliseconds) the long line is due, and from when all others. */
  readonly begin: number
  readonly later: number
}

export const sealKey = new Uint8Array(32).fill(0xab)

/** A clock that stands where it is put. */
export function standingClock(at: number): Clock & { at: number } {
  const clock = {
    at,
    now: () => clock.at,
    steady: () => performance.now(),
    sleep: () => Promise.reject(new Error('The store does not sleep')),
  }
  return clock
}

export const openAt = (file: string, clock: Clock): Promise<Database> =>
  openSqlite({ path: file, sealKey, clock })

/**
 * A store with so much waiting, each item with its message, as if a hub had been away for long. The verbs would take
 * minutes for a million: beyond the first item the rows are written directly. That they are the rows the verbs
 * write is shown with some, every time.
 */
export async function seed(folder: string, amount: Amount): Promise<Seeded> {
  const begin = Date.now() - 2 * hour
  await proveTheSame(folder, begin)
  return directly(join(folder, 'bridge.sqlite'), amount, begin)
}

const hour = 3_600_000

/** As the bridge itself does: for small stores. */
export async function throughVerbs(file: string, amount: Amount, begin: number): Promise<Seeded> {
  const database = await openAt(file, standingClock(begin))
  for (const one of everything(amount, begin)) await accept(database.store, one, begin)
  await database.close()
  return { ...amount, file, begin, later: begin + hour }
}

interface Placed extends Said {
  readonly due: number
}

function* everything({ line, chats }: Amount, begin: number): Generator<Placed> {
  for (let n = 0; n < line; n++) yield { ...said(n, 0, begin + n), due: begin }
  for (let i = 1; i <= chats; i++) {
    yield { ...said(line + i - 1, i, begin + line + i), due: begin + hour }
  }
}

function accept(store: Store, one: Placed, now: number): Promise<void> {
  const { chat, portal, room, message, post, due } = one
  return store.unit(async (unit) => {
    await unit.saveChats([chat])
    await unit.portalOf(chat.id, hub, () => portal)
    await unit.bindRoom(portal, room)
    await unit.saveMessage(message)
    await unit.enqueue(lane, post, now, due)
  })
}

async function directly(file: string, amount: Amount, begin: number): Promise<Seeded> {
  const made = await throughVerbs(file, { line: 1, chats: 0 }, begin)
  const first = said(0, 0, begin)
  const db = new DatabaseSync(file)
  // Nobody needs what a crash would leave of this.
  db.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -2000000')
  const [chat, portal, message, alias, outbox, turn] = tables.map((name) => like(db, name))
  db.exec('begin')
  for (const one of everything(amount, begin)) {
    if (one.post.key === first.post.key) continue
    const { id, chat: inChat, sender, at, aliases } = one.message
    const speaker = 'contact' in sender ? `contact/${sender.contact.id}` : null
    if (inChat !== first.chat.id) {
      chat?.({ id: inChat, data: JSON.stringify(one.chat) })
      portal?.({ id: one.portal, chat: inChat, room: one.room })
      turn?.({ portal: one.portal, ready_at: one.due })
    }
    message?.({ id, chat: inChat, speaker, at, data: JSON.stringify(one.message) })
    for (const name of aliases) alias?.({ alias: name, message: id })
    const { key } = one.post
    outbox?.({ key, portal: one.portal, message: id, job: JSON.stringify(one.post) })
  }
  db.exec('commit')
  db.close()
  return { ...made, ...amount }
}

const tables = ['chat', 'portal', 'message', 'alias', 'outbox', 'turn'] as const

type Values = Readonly<Record<string, SQLInputValue>>

/** Inserts rows like the one that is there, but for some columns. `seq` is the database's to give. */
function like(db: DatabaseSync, name: string): (change: Values) => void {
  const { seq: _, ...first } = db.prepare(`select * from ${name} limit 1`).get() as Values
  const columns = Object.keys(first)
  const places = columns.map(() => '?').join(', ')
  const insert = db.prepare(`insert into ${name} (${columns.join(', ')}) values (${places})`)
  return (change) => {
    insert.run(...columns.map((column) => change[column] ?? first[column] ?? null))
  }
}

/** Throws unless a small store built either way holds the same. */
async function proveTheSame(folder: string, begin: number): Promise<void> {
  const amount = { line: 40, chats: 12 }
  await throughVerbs(join(folder, 'verbs.sqlite'), amount, begin)
  await directly(join(folder, 'rows.sqlite'), amount, begin)
  const [verbs, rows] = ['verbs.sqlite', 'rows.sqlite'].map((name) => dump(join(folder, name)))
  for (const [name, text] of verbs ?? []) {
    if (rows?.get(name) === text) continue
    throw new Error(`bench/seed.ts does not write the rows of table ${name} as the store does.`)
  }
}

function dump(file: string): ReadonlyMap<string, string> {
  const db = new DatabaseSync(file, { readOnly: true })
  const names = db
    .prepare(`select name from sqlite_master where type = 'table' and name not like 'kysely%'`)
    .all()
    .map(({ name }) => String(name))
  const all = names.map((name) => {
    const rows = db.prepare(`select * from ${name}`).all()
    return [
      name,
      rows
        .map((row) => JSON.stringify(row))
        .toSorted()
        .join('\n'),
    ] as const
  })
  db.close()
  return new Map(all)
}
