import { fit, speakerOf } from '../core/fit.ts'
import type { HubId } from '../core/ids.ts'
import { hubLane, mintPortalId, postKey } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Post } from '../core/post.ts'
import type { Unit } from '../ports/store.ts'
import type { Parts } from './parts.ts'

/**
 * Enqueue a saved message for every hub but `except` (where it came from), as the posts it makes there. `about`
 * is what it recalls or answers. In the caller's transaction; doing it twice enqueues once.
 */
export async function mirror(
  parts: Parts,
  unit: Unit,
  message: Message,
  about?: Message,
  except?: HubId,
): Promise<void> {
  for (const { adapter } of parts.seats) {
    if (adapter.id === except) continue
    const portal = await unit.portalOf(message.chat, adapter.id, () => mintPortalId(parts.random))
    const bodies = fit(message, about, adapter.features, parts.voice)
    for (const [part, body] of bodies.entries()) {
      const post: Post = {
        type: 'post',
        key: postKey(message.id, portal.id, part),
        portal: portal.id,
        message: message.id,
        part,
        at: message.at,
        speaker: speakerOf(message, parts.voice),
        ...(about && { replyTo: about.id }),
        body,
      }
      await unit.enqueue(hubLane(adapter.id), post, parts.clock.now())
    }
  }
}
