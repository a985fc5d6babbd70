import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { Vault } from '../../src/ports/vault.ts'
import { cannotOpen } from './errors.ts'
import type { Session } from './session.ts'
import { statement } from './statement.ts'
import type { SecretTable } from './tables.ts'

/** AES-256-GCM takes a key of 32 bytes; 12 and 16 are its usual sizes of nonce and tag. */
export const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** One adapter's notebook (architecture §10): values are sealed, and bound to their owner and name. */
export function sqlVault(session: Session, sealKey: Uint8Array, owner: string): Vault {
  const key = createSecretKey(sealKey)
  return {
    async get(name) {
      const { rows } = await session.read((tx) => find(tx, { owner, name }))
      return rows[0] && unseal(key, owner, name, rows[0].sealed)
    },
    async set(name, text) {
      const sealed = seal(key, owner, name, text)
      await session.write((tx) => insert(tx, { owner, name, sealed }))
    },
    async drop(name) {
      await session.write((tx) =>
        tx.deleteFrom('secret').where('owner', '=', owner).where('name', '=', name).execute(),
      )
    },
  }
}

const find = statement((db, { owner, name }: Omit<SecretTable, 'sealed'>) =>
  db.selectFrom('secret').select('sealed').where('owner', '=', owner).where('name', '=', name),
)

const insert = statement((db, { owner, name, sealed }: SecretTable) =>
  db
    .insertInto('secret')
    .values({ owner, name, sealed })
    .onConflict((conflict) => conflict.columns(['owner', 'name']).doUpdateSet({ sealed })),
)

/** Nonce, tag and ciphertext, in base64. */
function seal(key: KeyObject, owner: string, name: string, text: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound(owner, name))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
}

function unseal(key: KeyObject, owner: string, name: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes)
  const body = bytes.subarray(nonceBytes + tagBytes)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAAD(bound(owner, name)).setAuthTag(tag)
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
  } catch {
    throw cannotOpen(
      `The entry ${JSON.stringify(name)} of ${JSON.stringify(owner)} cannot be unsealed: the seal key is not the one it was sealed with, or the entry was changed.`,
      'Give the bridge its former seal key, or log in anew.',
    )
  }
}

/** Unambiguous for any owner and name, so that a sealed value fits nowhere else. */
const bound = (owner: string, name: string): Buffer => Buffer.from(JSON.stringify([owner, name]))
