import { BridgeError } from '../../src/core/errors.ts'

/** What the disk threw, as ours: it may pass (a full disk can be emptied), and nothing was kept. */
export function toDiskError(thrown: unknown): BridgeError {
  if (thrown instanceof BridgeError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  const why = isFull ? 'the disk is full; make room' : (code ?? String(thrown))
  return new BridgeError(
    `The media folder could not be used: ${why}. Nothing was changed; it will be tried again.`,
    { code: 'server', heal: 'retry', certain: true, ...(isFull && { reason: 'disk' }) },
    { cause: thrown },
  )
}

/** No bytes came: there is nothing to keep, nor to show. */
export const emptyMedia = (): BridgeError =>
  new BridgeError('The media is empty: its source gave no bytes. Nothing was kept.', {
    code: 'gone',
    heal: 'never',
    certain: true,
  })
