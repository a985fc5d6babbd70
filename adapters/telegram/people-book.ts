import type { Role } from '../../src/core/hub.ts'
import type { Vault } from '../../src/ports/vault.ts'

/** Someone the bridge knows here. `name` is hostile. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly role: Role
}

/** What is kept of people. */
export interface Noted {
  readonly owner?: { readonly id: string; readonly name: string; readonly mark?: string }
  readonly users: readonly Person[]
  /** Rooms in which everybody may write. */
  readonly relays: readonly string[]
  /** Strangers who were told that this is nothing for them; latest last. */
  readonly told: readonly string[]
}

/** The notebook of people: one entry of the vault, written one change after another. */
export interface Book {
  load(): Promise<void>
  now(): Noted
  /** Durable once it resolves; nobody sees it before. */
  change(how: (noted: Noted) => Noted): Promise<void>
}

const entry = 'people'
const nobody: Noted = { users: [], relays: [], told: [] }

export function createBook(vault: Vault): Book {
  let noted = nobody
  let writing: Promise<void> = Promise.resolve()

  return {
    async load() {
      noted = notedIn(await vault.get(entry))
    },
    now: () => noted,
    change(how) {
      const written = writing.then(async () => {
        const next = how(noted)
        if (next === noted) return
        await vault.set(entry, JSON.stringify(next))
        noted = next
      })
      writing = written.catch(() => undefined)
      return written
    },
  }
}

/** What cannot be read must not make somebody else the owner: it throws. */
function notedIn(json: string | undefined): Noted {
  if (json === undefined) return nobody
  const read = JSON.parse(json) as Partial<Noted>
  return { ...nobody, ...read }
}
