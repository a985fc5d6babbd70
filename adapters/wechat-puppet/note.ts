import type { Vault } from '../../src/ports/vault.ts'
import { type Raw, record } from './raw.ts'

/** A vault entry as an object; what is not there, or cannot be read, is empty. */
export async function readNote(vault: Vault, name: string): Promise<Raw> {
  const stored = await vault.get(name)
  if (stored === undefined) return {}
  try {
    return record(JSON.parse(stored))
  } catch {
    return {}
  }
}

export async function writeNote(vault: Vault, name: string, value: object): Promise<void> {
  await vault.set(name, JSON.stringify(value))
}
