import { speakerOf } from '../core/fit.ts'
import type { HubId, MessageId } from '../core/ids.ts'
import { hubLane, postKey } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Body, Post } from '../core/post.ts'
import type { Voice } from '../core/words.ts'
import type { Portal, Unit } from '../ports/store.ts'

/** One part of a message on its way to a portal. */
export function postOf(
  message: Message,
  portal: Portal,
  part: number,
  body: Body,
  voice: Voice,
  replyTo?: MessageId,
): Post {
  return {
    type: 'post',
    key: postKey(message.id, portal.id, part),
    portal: portal.id,
    message: message.id,
    part,
    at: message.at,
    speaker: speakerOf(message, voice),
    ...(replyTo && { replyTo }),
    body,
  }
}

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
