import { createHash } from 'node:crypto'

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

/** Bytes that look like what they are said to be, and that no other label has. */
export function bytesOf(kind: 'picture' | 'file', label: string): Uint8Array {
  const head =
    kind === 'picture'
      ? Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
      : Buffer.from('%PDF-1.4\n')
  return Buffer.concat([head, Buffer.from(`${label}\n`.repeat(300))])
}
