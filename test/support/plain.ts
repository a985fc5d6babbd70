import type { Body } from '../../src/core/post.ts'

/** A body as plain words, without what its media shows. */
export function plainOf(body: Body): string {
  if (body.kind === 'media') return (body.caption ?? []).map((run) => run.text).join('')
  if (body.kind === 'redaction') return `redacts ${body.target}`
  return body.kind === 'location' ? body.label : body.text.map((run) => run.text).join('')
}
