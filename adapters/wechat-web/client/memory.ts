import type { Vault } from '../../../src/ports/vault.ts'

/** The notes of one client. They are in memory; `dumpLoginStatus` writes them to a file. */
export class MemoryVault implements Vault {
  #notes = new Map<string, string>()

  async get(name: string): Promise<string | undefined> {
    return this.#notes.get(name)
  }

  async set(name: string, text: string): Promise<void> {
    this.#notes.set(name, text)
  }

  async drop(name: string): Promise<void> {
    this.#notes.delete(name)
  }

  all(): Record<string, string> {
    return Object.fromEntries(this.#notes)
  }

  replace(notes: Readonly<Record<string, string>>): void {
    this.#notes = new Map(Object.entries(notes))
  }
}
