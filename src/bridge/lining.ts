import { hubLane } from '../core/ids.ts'
import type { Post } from '../core/post.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { Portal, Unit } from '../ports/store.ts'
import { joined } from './merging.ts'

/** Puts posts at the end of a portal's line. What was left to gather there waits no longer. */
export async function enqueue(
  unit: Unit,
  adapter: Pick<HubAdapter, 'id' | 'features'>,
  portal: Portal,
  posts: readonly Post[],
  now: number,
): Promise<void> {
  const lane = hubLane(adapter.id)
  const [only] = posts
  const isJoined = only && posts.length === 1 ? await joined(unit, adapter, portal, only) : false
  if (!isJoined) for (const post of posts) await unit.enqueue(lane, post, now)
  await unit.hurry(lane, portal.id, now)
}
