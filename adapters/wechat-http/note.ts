import type { Vault } from '../../src/ports/vault.ts'
import { readJson, type Tree, tree } from './reading.ts'

/** A vault entry as an object. What is not there, or cannot be read, is empty. */
export async function readNote(vault: Vault, name: string): Promise<Tree> {
  const stored = await vault.get(name)
  const read = stored === undefined ? undefined : readJson(stored)
  return tree(read && 'value' in read ? read.value : undefined)
}

export async function writeNote(vault: Vault, name: string, value: object): Promise<void> {
  await vault.set(name, JSON.stringify(value))
}
