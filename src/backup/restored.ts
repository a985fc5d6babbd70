import type { Vault } from '../ports/vault.ts'

const name = 'restored'

/** When (milliseconds) this data was put in place from a backup. Undefined: never. */
export async function restoredAt(vault: Pick<Vault, 'get'>): Promise<number | undefined> {
  const at = Number(await vault.get(name))
  return Number.isSafeInteger(at) && at > 0 ? at : undefined
}

export const noteRestored = (vault: Vault, at: number): Promise<void> => vault.set(name, String(at))
