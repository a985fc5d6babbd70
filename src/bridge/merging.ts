import { isOurs } from '../core/chat.ts'
import type { MessageId } from '../core/ids.ts'
import { hubLane } from '../core/ids.ts'
import { isSame } from '../core/mentions.ts'
import type { Body, Post, Speaker } from '../core/post.ts'
import { leadRoom } from '../core/post.ts'
import type { Run } from '../core/runs.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { Portal, Unit } from '../ports/store.ts'

/** Longer texts stand by themselves. In UTF-16 units. */
const longestShort = 300
/** One post is not to become a page. In UTF-16 units, and in messages. */
const longestPost = 1500
const mostMessages = 25
/** What was said so much later, in milliseconds, is another burst. */
const burstMs = 120_000

type Said = Post & { readonly body: Extract<Body, { readonly kind: 'text' | 'notice' }> }

/**
 * Where a hub takes so few posts that a line forms, a short text joins the one in front of it if the same person said
 * that: both are posted as one. The first in line is left alone, it may be going out. False: it stands by itself. In the
 * caller's transaction; doing it twice does it once.
 */
export async function joined(
  unit: Unit,
  adapter: Pick<HubAdapter, 'id' | 'features'>,
  portal: Portal,
  post: Post,
): Promise<boolean> {
  if (!adapter.features.merges || !isShort(post)) return false
  // Chats may share a room of ours: what answers one of them is not to be taken for an answer to another.
  if (isOurs(portal.chat)) return false
  const lane = hubLane(adapter.id)
  const last = await unit.lastWaiting(lane, portal.id)
  if (!last || last.attempt > 0 || last.job.type !== 'post') return false
  const before = last.job
  if (!isPlain(before) || !(before.folded || isShort(before))) return false
  if (!isOneBurst(before, post)) return false
  if (messagesOf(before).includes(post.message)) return true
  const text: readonly Run[] = [...before.body.text, { text: '\n' }, ...post.body.text]
  const limit = Math.min(longestPost, adapter.features.text.limit - leadRoom)
  if (lengthOf(text) > limit || messagesOf(before).length >= mostMessages) return false
  if ((await unit.waiting(lane, portal.id, 2)) < 2) return false
  const { silent: _, ...rest } = before
  const isQuiet = before.silent && post.silent
  const calls = [...(before.calls ?? []), ...(post.calls ?? [])].filter(
    (each, at, all) => all.findIndex((other) => isSame(other, each)) === at,
  )
  return unit.amend(lane, last.seq, {
    ...rest,
    body: { ...before.body, text },
    folded: [...(before.folded ?? []), post.message],
    ...(calls.length > 0 && { calls }),
    ...(isQuiet && { silent: true }),
  })
}

const messagesOf = ({ message, folded = [] }: Post): readonly MessageId[] => [message, ...folded]

function isShort(post: Post): post is Said {
  return isPlain(post) && lengthOf(post.body.text) <= longestShort
}

/** Words of a person that stand for a whole message and answer nothing. */
function isPlain(post: Post): post is Said {
  const { body, part, replyTo, replaces, there, speaker } = post
  if (body.kind !== 'text' || part > 0 || speaker.type === 'bridge') return false
  return !(body.unquoted || body.buttons || replyTo || replaces || there)
}

const isOneBurst = (one: Post, other: Post): boolean =>
  nameOf(one.speaker) === nameOf(other.speaker) &&
  one.who === other.who &&
  Math.abs(other.at - one.at) <= burstMs

const nameOf = (speaker: Speaker): string =>
  speaker.type === 'contact' ? `contact/${speaker.contact}` : speaker.type

const lengthOf = (text: readonly Run[]): number =>
  text.reduce((sum, run) => sum + run.text.length, 0)
