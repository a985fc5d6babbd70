import type { ContactId } from './ids.ts'

/** Formatted text as runs. Every `text` is plain; an adapter turns runs into its hub's markup, escaping all of it. */
export type Rich = readonly Run[]
export interface Run {
  readonly text: string
  readonly bold?: true
  readonly italic?: true
  readonly strike?: true
  /** Written in letters of one width, spaces and lines kept. */
  readonly code?: true
  readonly quote?: true
  /** An absolute http(s) URL; anything else is not set here. */
  readonly href?: string
  /** It names somebody: hubs that can point at people do. The words are those of WeChat (`@` and a name). */
  readonly mention?: Mentioned
}

/** Whom a mention names: a contact, the account's owner, or everybody in the group. */
export type Mentioned =
  | { readonly type: 'contact'; readonly contact: ContactId }
  | { readonly type: 'me' | 'all' }
