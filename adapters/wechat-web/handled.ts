import type { Vault } from '../../src/ports/vault.ts'
import { readNote, strings, writeNote } from './note.ts'

const maxHandled = 5000

/**
 * MsgIds told to the sink, so that a repeat is dropped early (protocol §4.4); and which were one's own. Bounded,
 * durable, kept across logins. The sink knows repeats too: losing the newest of these costs nothing.
 */
export class Handled {
  readonly #vault: Vault
  readonly #name: string
  readonly #ids = new Map<string, boolean>()
  #dirty = false

  private constructor(vault: Vault, uin: string) {
    this.#vault = vault
    this.#name = `handled-${uin}`
  }

  static async open(vault: Vault, uin: string): Promise<Handled> {
    const handled = new Handled(vault, uin)
    const raw = await readNote(vault, handled.#name)
    const mine = new Set(strings(raw.mine))
    for (const id of strings(raw.ids)) handled.#ids.set(id, mine.has(id))
    return handled
  }

  has(msgId: string): boolean {
    return this.#ids.has(msgId)
  }

  isMine(msgId: string): boolean {
    return this.#ids.get(msgId) === true
  }

  add(msgId: string, mine: boolean): void {
    this.#ids.set(msgId, mine)
    this.#dirty = true
    for (const oldest of this.#ids.keys()) {
      if (this.#ids.size <= maxHandled) break
      this.#ids.delete(oldest)
    }
  }

  drop(msgId: string): void {
    this.#dirty = this.#ids.delete(msgId) || this.#dirty
  }

  async save(): Promise<void> {
    if (!this.#dirty) return
    this.#dirty = false
    const ids = [...this.#ids.keys()]
    const mine = ids.filter((each) => this.#ids.get(each))
    await writeNote(this.#vault, this.#name, { ids, mine })
  }
}
