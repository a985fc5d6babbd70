import type { Chat } from '../../src/core/chat.ts'
import type { Notice } from '../../src/core/notice.ts'
import { until } from '../support/until.ts'
import { roomOf, type World } from './harness.ts'

/** What was said in a chat's room, as data. */
export async function noticesIn(world: World, chat: Chat): Promise<readonly Notice[]> {
  const all = await world.database.archive.messages(chat.id, 500)
  return all.flatMap(({ message: { content } }) =>
    content.kind === 'notice' ? [content.notice] : [],
  )
}

/** Runs a command in a chat's room; resolves with the answer to it. */
export async function commandIn(world: World, chat: Chat, line: string): Promise<Notice> {
  const before = (await noticesIn(world, chat)).length
  await world.hub.commands(await roomOf(world, chat), line)
  const answered = async () => (await noticesIn(world, chat)).length > before
  await until(answered, `an answer to ${line}`)
  return (await noticesIn(world, chat)).at(-1) as Notice
}
