/**
 * What a puppet remembers of its login (memory-card 1.x), kept where the bridge keeps its own secrets instead of in a file
 * of its own. `keep` is told everything, each time it is saved.
 */
export class Card {
  readonly name = 'bridge'
  readonly #values: Map<string, unknown>
  readonly #keep: (text: string) => void

  constructor(stored: string, keep: (text: string) => void) {
    this.#values = new Map(read(stored))
    this.#keep = keep
  }

  get size(): number {
    return this.#values.size
  }

  async load(): Promise<void> {}

  async save(): Promise<void> {
    this.#keep(JSON.stringify(Object.fromEntries(this.#values)))
  }

  async get(name: string): Promise<unknown> {
    return this.#values.get(name)
  }

  async set(name: string, value: unknown): Promise<void> {
    this.#values.set(name, structuredClone(value))
  }

  async has(name: string): Promise<boolean> {
    return this.#values.has(name)
  }

  async delete(name: string): Promise<void> {
    this.#values.delete(name)
  }

  async clear(): Promise<void> {
    this.#values.clear()
  }

  async destroy(): Promise<void> {
    this.#values.clear()
    await this.save()
  }

  async *entries(): AsyncGenerator<[string, unknown]> {
    yield* this.#values
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<[string, unknown]> {
    yield* this.#values
  }
}

function read(stored: string): [string, unknown][] {
  try {
    const value: unknown = JSON.parse(stored)
    return typeof value === 'object' && value !== null ? Object.entries(value) : []
  } catch {
    return []
  }
}
