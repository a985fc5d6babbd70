import { BridgeError } from '../core/errors.ts'
import type { Item } from '../ports/store.ts'

/**
 * Is this from before the storage was restored from a backup, and not begun since? Then it may have been delivered
 * between the backup and its being restored. WeChat's side tells again what it told in that time: a post of what was
 * said before is as doubtful, though it was enqueued after.
 */
export function wasRestored(
  { since, sendingSince, job }: Item,
  restoredAt: number | undefined,
): boolean {
  if (restoredAt === undefined) return false
  if (sendingSince !== undefined && sendingSince >= restoredAt) return false
  return since < restoredAt || (job.type === 'post' && job.at < restoredAt)
}

export function restored(): BridgeError {
  const failure = { code: 'timeout', heal: 'retry', certain: false, reason: 'restored' } as const
  const text =
    'It is from before the backup that was restored: nobody knows any more whether it went out.'
  return new BridgeError(text, failure)
}

/** When it was first there to be delivered, as far back as anybody knows. */
export function beforeThat({ job, since, sendingSince }: Item): number {
  return Math.min(since, sendingSince ?? since, job.type === 'post' ? job.at : since)
}
