/** Those who want to be told. One that throws, or that leaves meanwhile, harms neither the others nor the teller. */
export interface Listeners<T> {
  /** Returns how to stop listening. */
  add(listener: (fact: T) => void): () => void
  tell(fact: T): void
}

export function listeners<T>(): Listeners<T> {
  const all = new Set<{ readonly hear: (fact: T) => void }>()
  return {
    add(hear) {
      const entry = { hear }
      all.add(entry)
      return () => void all.delete(entry)
    },
    tell(fact) {
      for (const { hear } of [...all]) {
        try {
          hear(fact)
        } catch {
          // What was committed stands; a listener's trouble is its own.
        }
      }
    },
  }
}
