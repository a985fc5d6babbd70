import type { HubEvent, RoomPost } from '../../src/ports/hub.ts'

// What the raw hub and its adapter say to each other: JSON over HTTP, bytes as bodies.
//
//   PUT  /rooms/:portal            Chat            → { room }       one portal, one room; again: brought up to date
//   PUT  /rooms/:room/posts/:key   PostBody        → Placed         404: no such room
//   GET  /rooms/:room/posts/:key                   → Placed         404: not there; 501: a forgetful hub cannot tell
//   POST /media                    bytes           → Uploaded
//   GET  /media/:id                                → bytes
//   GET  /events/:ms                               → Batch          held until there is something, or for so long
//   POST /events/seen              Acknowledged    → {}             what is not acknowledged comes again
//   PUT  /login                    Login           → {}

/** The only person there, as the bridge must know it in its seat. */
export const rawOwner = '@owner'

export interface PostBody {
  readonly post: RoomPost
  /** The upload that is its media. */
  readonly media?: string
}

export interface Placed {
  readonly id: string
  /** In milliseconds. */
  readonly at: number
}

export interface Uploaded {
  readonly id: string
  readonly bytes: number
  /** In lower-case hex. */
  readonly sha256: string
}

export interface Batch {
  readonly events: readonly { readonly seq: number; readonly event: HubEvent }[]
}

export interface Acknowledged {
  readonly seqs: readonly number[]
}

export interface RoomMade {
  readonly room: string
}

/** What the bridge may ask of a raw hub; faults are named by these. */
export type RawCall =
  | 'rooms'
  | 'posts'
  | 'find'
  | 'upload'
  | 'download'
  | 'events'
  | 'seen'
  | 'login'
