import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { type Contact, readContact } from '../contact.ts'
import { record, records } from '../raw.ts'
import { LocalError } from './result.ts'

/** What a login leaves in a file for the next start (protocol §2.7). It is a key to the account: keep it secret. */
export interface State {
  readonly notes: Readonly<Record<string, string>>
  readonly contacts: readonly Contact[]
}

const version = 1

/**
 * Writes it whole or not at all: beside the old one first, then over it (trap 27). Only the user can read it. The
 * folder must exist.
 */
export async function writeState(path: string, state: State): Promise<void> {
  const part = `${path}.${randomBytes(6).toString('hex')}.part`
  try {
    const file = await open(part, 'wx', 0o600)
    try {
      await file.writeFile(JSON.stringify({ version, ...state }))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(part, path)
  } catch (thrown) {
    await rm(part, { force: true })
    throw thrown
  }
}

/** Throws a LocalError: -1002 there is none, -1005 it is of another version or cannot be read. */
export async function readState(path: string): Promise<State> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) throw new LocalError(-1002, 'There is no stored login.')
  const raw = parsed(text)
  if (raw.version !== version) throw new LocalError(-1005, 'The stored login cannot be read.')
  const notes: Record<string, string> = {}
  for (const [name, note] of Object.entries(record(raw.notes))) {
    if (typeof note === 'string') notes[name] = note
  }
  return { notes, contacts: records(raw.contacts).flatMap((each) => readContact(each) ?? []) }
}

function parsed(text: string) {
  try {
    return record(JSON.parse(text))
  } catch {
    return record(undefined)
  }
}
