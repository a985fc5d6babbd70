import { fit } from '../core/fit.ts'
import type { HubId } from '../core/ids.ts'
import { mintPortalId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Portal, Unit } from '../ports/store.ts'
import { enqueue } from './lining.ts'
import type { Parts } from './parts.ts'
import { postOf } from './posts.ts'
import { tellRecall } from './recalls.ts'

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
  const { voice, clock } = parts
  for (const { adapter } of parts.seats) {
    if (adapter.id === except) continue
    const portal = await portalOn(parts, unit, adapter.id, message)
    if (message.content.kind === 'recall') {
      const telling = { adapter, portal, recall: message, original: about, from: 0 }
      await tellRecall(parts, unit, telling)
      continue
    }
    const bodies = fit(message, about, adapter.features, voice)
    const posts = bodies.map((body, part) => postOf(message, portal, part, body, voice, about?.id))
    await enqueue(unit, adapter.id, portal, posts, clock.now())
  }
}

/** Tell a recall once more: it was told as one of something never seen, and now that has come. */
export async function retell(
  parts: Parts,
  unit: Unit,
  recall: Message,
  original: Message,
): Promise<void> {
  for (const { adapter } of parts.seats) {
    const portal = await portalOn(parts, unit, adapter.id, recall)
    const from = fit(recall, undefined, adapter.features, parts.voice).length
    await tellRecall(parts, unit, { adapter, portal, recall, original, from })
  }
}

const portalOn = (parts: Parts, unit: Unit, hub: HubId, { chat }: Message): Promise<Portal> =>
  unit.portalOf(chat, hub, () => mintPortalId(parts.random))
