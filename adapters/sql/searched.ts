import { createHash } from 'node:crypto'
import type { Job } from '../../src/core/post.ts'
import type { OutboxTable } from './tables.ts'

/**
 * What two texts that people take for the same have in common: wide and narrow forms, capitals, spaces and what
 * cannot be seen make no difference.
 */
export function printOf(text: string): string {
  const plain = text
    .normalize('NFKC')
    .replace(/[\s\p{Cf}]/gu, '')
    .toLowerCase()
  return createHash('sha256').update(plain).digest('base64url')
}

/** The columns that a job is searched by. */
export function searched(job: Job): Pick<OutboxTable, 'print' | 'media'> {
  const media = job.body.kind === 'media' ? job.body.media.id : null
  const text = job.type === 'send' && job.body.kind === 'text' ? job.body.text : undefined
  return { print: text === undefined ? null : printOf(text), media }
}
