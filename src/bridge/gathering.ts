import type { Chat } from '../core/chat.ts'
import { accountsRoom } from '../core/chat.ts'
import { nextTime } from '../core/day-time.ts'
import type { HubId } from '../core/ids.ts'
import type { Article, Message } from '../core/message.ts'
import { oneLine } from '../core/one-line.ts'
import type { Unit } from '../ports/store.ts'
import { openName } from './open-names.ts'
import type { Parts } from './parts.ts'

/** One digest is not to become a book; what is more begins another, due at once. */
const mostArticles = 200

/** The articles that wait on one hub, and when (milliseconds) they are posted. */
export interface Digest {
  readonly due: number
  readonly entries: readonly { readonly name: string; readonly articles: readonly Article[] }[]
}

/** Puts the articles of an official account to those of the day. In the caller's transaction. */
export async function gather(
  parts: Parts,
  unit: Unit,
  hub: HubId,
  { content }: Message,
  chat: Chat,
): Promise<void> {
  if (content.kind !== 'articles') return
  const name = oneLine(openName(parts, chat), 60)
  const known = await gathered(unit, hub)
  const due = known?.due ?? nextTime(parts.digestAt ?? '20:00', parts.clock.now(), parts.voice)
  const entries = [...(known?.entries ?? []), { name, articles: content.articles }]
  const count = entries.reduce((sum, { articles }) => sum + articles.length, 0)
  const digest: Digest = { due: count > mostArticles ? parts.clock.now() : due, entries }
  if (!(await unit.chat(accountsRoom.id))) await unit.saveChats([accountsRoom])
  await setGathered(unit, hub, digest)
}

export async function gathered(unit: Unit, hub: HubId): Promise<Digest | undefined> {
  const text = await unit.setting(accountsRoom.id, nameOf(hub))
  return text === undefined ? undefined : JSON.parse(text)
}

export const setGathered = (unit: Unit, hub: HubId, digest: Digest | undefined): Promise<void> =>
  unit.setSetting(accountsRoom.id, nameOf(hub), digest && JSON.stringify(digest))

const nameOf = (hub: HubId): string => `digest/${hub}`
