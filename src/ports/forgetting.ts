import type { MediaId } from '../core/ids.ts'

/**
 * What can be forgotten. `raws`: events as received; that they were is remembered as `inbox`. `sent`: deliveries that
 * arrived. `missed`: that media was given up.
 */
export type Forgettable = 'messages' | 'raws' | 'inbox' | 'sent' | 'spent' | 'missed'

/** Where a walk along what is old has come to: a moment, and what tells apart what shares it. */
export interface Place {
  readonly at: number
  readonly last: string | number
}

/** What a step of forgetting did. Without `next` it was the last one. */
export interface Step {
  readonly gone: number
  readonly next?: Place
}

/** Kept media that may go. Without `next` there is no more. */
export interface OldMedia {
  readonly media: readonly { readonly id: MediaId; readonly bytes: number }[]
  readonly next?: Place
}
