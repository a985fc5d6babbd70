import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Why the page's server does not do what it was asked; the page has words for each in both languages. */
export type Why =
  | 'login'
  | 'foreign'
  | 'host'
  | 'missing'
  | 'malformed'
  | 'tooLarge'
  | 'noRoom'
  | 'store'
  | 'stopping'
  | 'bug'

/** An answer other than success. `message` is a full sentence for a person; it never repeats what was sent. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: ContentfulStatusCode
  readonly why: Why
  constructor(status: ContentfulStatusCode, why: Why, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.why = why
  }
}
