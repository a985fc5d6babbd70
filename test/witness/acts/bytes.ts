import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { Witness } from '../witness.ts'

export const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** What the witness downloads has exactly these bytes. */
export async function sameBytes(eye: Witness, mxc: unknown, bytes: Uint8Array): Promise<void> {
  expect(sha(await eye.bytes(mxc))).toBe(sha(bytes))
}
