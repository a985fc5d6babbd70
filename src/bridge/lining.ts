import type { HubId } from '../core/ids.ts'
import { hubLane } from '../core/ids.ts'
import type { Post } from '../core/post.ts'
import type { Portal, Unit } from '../ports/store.ts'

/** Puts posts at the end of a portal's line. What was left to gather there waits no longer. */
export async function enqueue(
  unit: Unit,
  hub: HubId,
  portal: Portal,
  posts: readonly Post[],
  now: number,
): Promise<void> {
  for (const post of posts) await unit.enqueue(hubLane(hub), post, now)
  await unit.hurry(hubLane(hub), portal.id, now)
}
