import { fit } from '../core/fit.ts'
import type { ChatId, ContactId } from '../core/ids.ts'
import { hubLane, redactionKey } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Post } from '../core/post.ts'
import { recallOperator } from '../core/recall.ts'
import { oneMore } from '../core/recall-burst.ts'
import type { RecallPolicy } from '../core/recall-policy.ts'
import { recallPolicies } from '../core/recall-policy.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { Item, Portal, Unit } from '../ports/store.ts'
import { enqueue } from './lining.ts'
import type { Parts } from './parts.ts'
import { postOf } from './posts.ts'

/** Recalls of one person within this time are told together, in milliseconds. */
const burstMs = 60_000
/** How long a notice waits for more of them, in milliseconds. */
const gatherMs = 5_000
/** The name of a chat's own policy among its settings. */
const settingName = 'recall'

/** A recall on its way into one portal of a hub. */
export interface Telling {
  readonly adapter: HubAdapter
  readonly portal: Portal
  readonly recall: Message
  readonly original: Message | undefined
  /** The number of the notice's first part. Not 0: it was told before, when its original was not known. */
  readonly from: number
}

/** What a recall does in the rooms of a chat; undefined where nobody chose. */
export async function chosenPolicy(unit: Unit, chat: ChatId): Promise<RecallPolicy | undefined> {
  const chosen = await unit.setting(chat, settingName)
  return recallPolicies.find((policy) => policy === chosen)
}

/** Undefined: as everywhere. */
export const choosePolicy = (
  unit: Unit,
  chat: ChatId,
  policy: RecallPolicy | undefined,
): Promise<void> => unit.setSetting(chat, settingName, policy)

/**
 * Tells a recall in a portal as its chat wants it: by a notice, by taking back what was mirrored, by both, or not. In
 * the caller's transaction.
 */
export async function tellRecall(parts: Parts, unit: Unit, telling: Telling): Promise<void> {
  const { adapter, portal, recall, original } = telling
  const policy = (await chosenPolicy(unit, recall.chat)) ?? parts.recall
  if (policy === 'off') return
  // What was never seen cannot be taken back: somebody has to say so.
  const takes = policy !== 'notice' && adapter.features.redact && original
  if (!takes) return notice(parts, unit, telling, [])
  const isAlone = policy === 'redact'
  const redaction = redactionOf(parts, telling, original, isAlone)
  if (!isAlone) return notice(parts, unit, telling, [redaction])
  await enqueue(unit, adapter, portal, [redaction], parts.clock.now())
}

/**
 * There was nothing to take back, or it could not be taken back. Where nothing else tells of the recall, a notice does,
 * with the original: what nobody has seen in the room must not vanish. Doing it twice does it once.
 */
export async function nothingTaken(
  parts: Parts,
  unit: Unit,
  adapter: HubAdapter,
  { message, portal: id, body }: Post,
): Promise<void> {
  if (body.kind !== 'redaction' || body.instead === undefined) return
  const heard = await unit.message(message)
  const portal = await unit.portal(id)
  if (heard?.content.kind !== 'recall' || !portal) return
  const original = await unit.message(body.target)
  const recall: Message = {
    ...heard,
    sender: recallOperator(heard, original),
    ...(!original && { content: { ...heard.content, forgotten: true } }),
  }
  const posts = noticesOf(parts, { adapter, portal, recall, original, from: body.instead })
  await enqueue(unit, adapter, portal, posts, parts.clock.now())
}

/** The first of a person's recalls is told at once, further ones soon after it are gathered into one notice. */
async function notice(
  parts: Parts,
  unit: Unit,
  telling: Telling,
  before: readonly Post[],
): Promise<void> {
  const { adapter, portal, recall } = telling
  const lane = hubLane(adapter.id)
  const now = parts.clock.now()
  const [first, ...media] = noticesOf(parts, telling)
  if (!first) return
  const posts = [...before, first, ...media]
  if (media.some(({ body }) => body.kind !== 'media') || !(await isBurst(unit, recall))) {
    return enqueue(unit, adapter, portal, posts, now)
  }
  const last = await unit.lastWaiting(lane, portal.id)
  const folded = last && (await fold(parts, unit, telling, last))
  if (folded) {
    if (before.length === 0) await unit.amend(lane, last.seq, folded)
    else {
      // What is to be taken back goes in front of it, so that it stays the last, which alone can take up more.
      await unit.withdraw(folded.key)
      for (const post of [...before, folded]) await unit.enqueue(lane, post, now)
    }
    if (media.length) await enqueue(unit, adapter, portal, media, now)
    return
  }
  if (last || media.length) return enqueue(unit, adapter, portal, posts, now)
  for (const post of posts) await unit.enqueue(lane, post, now, now + gatherMs)
}

/** The notice that waits, with this recall told in it too. Undefined: it is none, not this person's, or it is full. */
async function fold(
  parts: Parts,
  unit: Unit,
  { adapter, recall, original }: Telling,
  { job, attempt }: Item,
): Promise<Post | undefined> {
  // What was tried may have arrived as it was.
  if (attempt > 0 || job.type !== 'post' || job.part > 0 || job.body.kind !== 'notice') return
  const begun = await unit.message(job.message)
  if (begun?.content.kind !== 'recall' || personOf(begun) !== personOf(recall)) return
  // Chats may share a room.
  if (begun.chat !== recall.chat) return
  const { folded = [], replyTo = original?.id } = job
  const about = job.replyTo && (await unit.message(job.replyTo))
  // Its words are in the notice, and nowhere else any more.
  if (job.replyTo && !about) return
  const told = {
    body: job.body,
    count: folded.length + 1,
    first: { recall: begun, original: about },
  }
  const body = oneMore(told, { recall, original }, adapter.features, parts.voice)
  return body && { ...job, body, ...(replyTo && { replyTo }), folded: [...folded, recall.id] }
}

async function isBurst(unit: Unit, recall: Message): Promise<boolean> {
  const by = personOf(recall)
  return by !== undefined && unit.recalledSince(recall.chat, by, recall.at - burstMs, recall.id)
}

function personOf({ sender }: Message): 'myself' | ContactId | undefined {
  if ('contact' in sender) return sender.contact.id
  return sender.type === 'myself' ? 'myself' : undefined
}

/** The notice, and after it what it shows again. */
function noticesOf(
  { voice }: Parts,
  { adapter, portal, recall, original, from }: Telling,
): readonly Post[] {
  const bodies = fit(recall, original, adapter.features, voice)
  // As in WeChat, no bell rings for it.
  return bodies.map((body, at) =>
    postOf(recall, portal, from + at, body, voice, original?.id, { silent: true }),
  )
}

function redactionOf(
  { voice }: Parts,
  { portal, recall, from }: Telling,
  original: Message,
  isAlone: boolean,
): Post {
  const instead = isAlone && { instead: from }
  const body = { kind: 'redaction', target: original.id, ...instead } as const
  const post = postOf(recall, portal, 0, body, voice)
  return { ...post, key: redactionKey(recall.id, portal.id) }
}
