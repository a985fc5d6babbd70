import { speakerOf } from '../core/fit.ts'
import type { MessageId } from '../core/ids.ts'
import { postKey } from '../core/ids.ts'
import { callsOf } from '../core/mentions.ts'
import type { Message } from '../core/message.ts'
import type { Body, Post } from '../core/post.ts'
import type { Voice } from '../core/words.ts'
import type { Portal } from '../ports/store.ts'

/** How a post comes, whatever it says. */
export type Manner = Pick<Post, 'silent' | 'who'>

/** One part of a message on its way to a portal. */
export function postOf(
  message: Message,
  portal: Portal,
  part: number,
  body: Body,
  voice: Voice,
  replyTo?: MessageId,
  manner: Manner = {},
): Post {
  // One call is enough, however many parts there are.
  const calls = part === 0 && body.kind !== 'redaction' ? callsOf(message) : []
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
    ...(calls.length > 0 && { calls }),
    ...manner,
  }
}
