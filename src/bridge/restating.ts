import type { HubId, Key } from '../core/ids.ts'
import { postKey, redactionKey } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Post } from '../core/post.ts'
import { changedMark, led } from '../core/spoken.ts'
import type { Portal, Unit } from '../ports/store.ts'
import { enqueue } from './lining.ts'
import { chatOf, postsOf } from './mirror.ts'
import type { Parts, Seat } from './parts.ts'
import { portalFor } from './places.ts'
import { postOf } from './posts.ts'

/** What a message was changed to. `before` is what is shown so far. */
interface Restated {
  readonly written: Message
  readonly before: Message
  readonly about: Message | undefined
  /** The hub where it was changed shows it already. */
  readonly except: HubId
}

/**
 * Shows on the other hubs what was changed: in the place of what has not been posted yet; else in the place of what is
 * shown, where that can be; else what is shown is taken back, where that can be, and the new words come behind, marked. In
 * the caller's transaction.
 */
export async function restate(parts: Parts, unit: Unit, restated: Restated): Promise<void> {
  const chat = await chatOf(unit, restated.written)
  for (const seat of parts.seats) {
    if (seat.adapter.id === restated.except) continue
    const portal = await portalFor(parts, unit, seat, chat)
    await restateIn(parts, unit, seat, portal, restated)
  }
}

async function restateIn(
  parts: Parts,
  unit: Unit,
  seat: Seat,
  portal: Portal,
  { written, before, about }: Restated,
): Promise<void> {
  const { adapter } = seat
  const { features } = adapter
  const now = parts.clock.now()
  const posts = postsOf(parts, seat, portal, written, about, true)
  const known = await postedOf(unit, portal, before)
  const [post, ...more] = posts
  if (post && known.every(({ state }) => state === 'queued')) {
    const [first, ...left] = known.map(({ key }) => key)
    if (first !== undefined && (await unit.supersede(first, post))) {
      for (const each of more) await placed(unit, seat, portal, left.shift(), each, now)
      for (const key of left) await unit.withdraw(key)
      return
    }
  }
  // Several messages may be one event where posts are merged: nobody else's words are to be lost.
  if (features.edits && !features.merges && post && more.length === 0 && known.length === 1) {
    const replaces = before.id
    return enqueue(unit, adapter, portal, [{ ...post, replaces }], now)
  }
  const marked = { ...written, content: led(written.content, changedMark) }
  const anew = postsOf(parts, seat, portal, marked, about, true)
  const body = { kind: 'redaction', target: before.id } as const
  const taking: Post = {
    ...postOf(written, portal, 0, body, parts.voice),
    key: redactionKey(written.id, portal.id),
  }
  await enqueue(unit, adapter, portal, [...(features.redact ? [taking] : []), ...anew], now)
}

async function placed(
  unit: Unit,
  { adapter }: Seat,
  portal: Portal,
  place: Key | undefined,
  post: Post,
  now: number,
): Promise<void> {
  if (place !== undefined && (await unit.supersede(place, post))) return
  await enqueue(unit, adapter, portal, [post], now)
}

/** Its parts in this portal, as far as anything is known of them. */
async function postedOf(unit: Unit, portal: Portal, message: Message) {
  const all: { readonly key: Key; readonly state: string }[] = []
  for (let part = 0; ; part++) {
    const key = postKey(message.id, portal.id, part)
    const state = await unit.stateOf(key)
    if (state === undefined) return all
    all.push({ key, state })
  }
}
