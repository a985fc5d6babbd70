import type { Vault } from '../../src/ports/vault.ts'
import { blank, clues, type Traits } from './evidence.ts'
import { readNote, strings, writeNote } from './note.ts'
import { number, type Raw, record, text } from './raw.ts'

/** A lasting id: a special account's own name, `self`, or a short random word. */
export type Lasting = string

/** A group member who is nobody else we know: remembered by nickname, per group. */
export interface Stranger {
  readonly name: string
  readonly rooms: readonly Lasting[]
}

/** An id minted in doubt. `answered`: it is somebody new. `used`: something was said there. */
export interface Doubtful {
  readonly candidates: readonly Lasting[]
  readonly answered: boolean
  readonly used: boolean
}

/** What a book keeps. `names` and `doubtful` belong to the session `sid`. */
export interface BookNote {
  readonly known: Iterable<readonly [Lasting, Traits]>
  readonly strangers: ReadonlyMap<Lasting, Stranger>
  readonly merged: ReadonlyMap<Lasting, Lasting>
  readonly sid: string
  readonly names: ReadonlyMap<string, Lasting>
  readonly doubtful: ReadonlyMap<Lasting, Doubtful>
}

const maxStrangers = 20_000

/** Reads a book as far as it can be read, for the session `sid`: what belongs to another is over. */
export async function readBook(vault: Vault, name: string, sid: string): Promise<BookNote> {
  const raw = await readNote(vault, name)
  const known = mapOf(raw.known, readTraits)
  const doubtful = mapOf(raw.doubtful, (each) => ({
    candidates: strings(each.candidates),
    answered: each.answered === true,
    used: each.used === true,
  }))
  const isSame = text(raw.sid) === sid
  return {
    known: isSame ? known : [...known].filter((each) => isWorth(each, doubtful)),
    strangers: mapOf(raw.strangers, (each) => ({
      name: text(each.name),
      rooms: strings(each.rooms),
    })),
    merged: new Map(pairs(raw.merged).map(([from, into]) => [from, text(into)])),
    sid,
    names: new Map(isSame ? pairs(raw.names).map(([userName, id]) => [userName, text(id)]) : []),
    doubtful: isSame ? doubtful : new Map(),
  }
}

/**
 * Who was in doubt, and where nothing was ever said, would only be one more to choose from; and of whom nothing is
 * known, nobody can be known again.
 */
function isWorth(
  [id, traits]: readonly [Lasting, Traits],
  doubtful: ReadonlyMap<Lasting, Doubtful>,
): boolean {
  const doubt = doubtful.get(id)
  return clues(traits).length > 0 && (!doubt || doubt.answered || doubt.used)
}

export async function writeBook(vault: Vault, name: string, note: BookNote): Promise<void> {
  await writeNote(vault, name, {
    known: [...note.known].map(([id, traits]) => [id, spare(traits)]),
    strangers: [...note.strangers].slice(-maxStrangers),
    merged: [...note.merged],
    sid: note.sid,
    names: [...note.names],
    doubtful: [...note.doubtful],
  })
}

/** Without what says nothing: most people have few of the traits. */
function spare(traits: Traits): object {
  return Object.fromEntries(
    Object.entries(traits).filter(
      ([, value]) => value !== '' && value !== 0 && (!Array.isArray(value) || value.length > 0),
    ),
  )
}

function readTraits(raw: Raw): Traits {
  return {
    ...blank,
    kind: raw.kind === 'group' || raw.kind === 'mp' ? raw.kind : 'person',
    real: text(raw.real),
    name: text(raw.name),
    remark: text(raw.remark),
    alias: text(raw.alias),
    seq: text(raw.seq) || '0',
    sex: number(raw.sex),
    province: text(raw.province),
    city: text(raw.city),
    signature: text(raw.signature),
    members: strings(raw.members),
    owner: text(raw.owner),
    groups: strings(raw.groups),
  }
}

function mapOf<T>(value: unknown, read: (raw: Raw) => T): Map<Lasting, T> {
  return new Map(pairs(value).map(([id, each]) => [id, read(record(each))]))
}

function pairs(value: unknown): [string, unknown][] {
  if (!Array.isArray(value)) return []
  return value.flatMap((each): [string, unknown][] =>
    Array.isArray(each) && typeof each[0] === 'string' ? [[each[0], each[1]]] : [],
  )
}
