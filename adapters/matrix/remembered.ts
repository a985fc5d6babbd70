import type { Vault } from '../../src/ports/vault.ts'

const most = 20_000

/**
 * A vault whose entries are kept in memory once they were read or written: opening what is sealed costs more than saying a
 * message does. Only for entries that nobody else writes.
 */
export function remembered(vault: Vault): Vault {
  const entries = new Map<string, string>()
  const keep = (name: string, text: string) => {
    entries.set(name, text)
    const [oldest] = entries.keys()
    if (entries.size > most && oldest !== undefined) entries.delete(oldest)
  }
  return {
    async get(name) {
      const known = entries.get(name)
      if (known !== undefined) return known
      const text = await vault.get(name)
      if (text !== undefined && !entries.has(name)) keep(name, text)
      return text
    },
    async set(name, text) {
      await vault.set(name, text)
      keep(name, text)
    },
    async drop(name) {
      entries.delete(name)
      await vault.drop(name)
      entries.delete(name)
    },
  }
}
