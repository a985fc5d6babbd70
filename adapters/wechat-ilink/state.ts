import type { Vault } from '../../src/ports/vault.ts'
import { readNote } from './credentials.ts'
import { number, record, text } from './json.ts'

interface Context {
  readonly token: string
  /** When the message that brought it was written, in milliseconds. */
  readonly at: number
}

/** More people than this never write to one bot. */
const mostContexts = 50

/**
 * How far this login has read, and with what it may answer whom (`ecosystem §1.3`). Both are of one token: with another
 * they begin anew.
 */
export class State {
  readonly #vault: Vault
  readonly #token: string
  #cursor = ''
  #contexts = new Map<string, Context>()
  #saved = ''

  private constructor(vault: Vault, token: string) {
    this.#vault = vault
    this.#token = token
  }

  /** `token` is a mark of the token, not the token itself. */
  static async open(vault: Vault, token: string): Promise<State> {
    const state = new State(vault, token)
    const raw = await readNote(vault, name)
    if (text(raw.token) !== token) return state
    state.#cursor = text(raw.cursor)
    for (const [user, value] of Object.entries(record(raw.contexts))) {
      const each = record(value)
      if (text(each.token)) {
        state.#contexts.set(user, { token: text(each.token), at: number(each.at) })
      }
    }
    state.#saved = state.#text()
    return state
  }

  static drop(vault: Vault): Promise<void> {
    return vault.drop(name)
  }

  get cursor(): string {
    return this.#cursor
  }

  /** With what this person may be answered. Undefined: they have not written yet. */
  contextOf(user: string): string | undefined {
    return this.#contexts.get(user)?.token
  }

  /** The newest wins: one that comes again brings an old one. Kept with the next {@link advance}. */
  learn(user: string, token: string, at: number): void {
    const had = this.#contexts.get(user)
    if (had && had.at > at) return
    this.#contexts.delete(user)
    this.#contexts.set(user, { token, at })
    const oldest = this.#contexts.keys().next().value
    if (this.#contexts.size > mostContexts && oldest !== undefined) this.#contexts.delete(oldest)
  }

  /** Everything up to here was taken. Resolves when that is kept. */
  async advance(cursor: string): Promise<void> {
    const before = this.#cursor
    if (cursor) this.#cursor = cursor
    const now = this.#text()
    if (now === this.#saved) return
    try {
      await this.#vault.set(name, now)
    } catch (thrown) {
      this.#cursor = before
      throw thrown
    }
    this.#saved = now
  }

  #text(): string {
    const contexts = Object.fromEntries(this.#contexts)
    return JSON.stringify({ token: this.#token, cursor: this.#cursor, contexts })
  }
}

const name = 'state'
