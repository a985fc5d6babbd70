import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openFiles } from '../../adapters/files/media.ts'
import { type Database, openSqlite } from '../../adapters/sql/open.ts'
import type { Chat } from '../../src/core/chat.ts'
import {
  accountId,
  chatId,
  mediaId,
  messageId,
  sendKey,
  sendLine,
  weChatLane,
} from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import { realClock } from '../support/ports.ts'

export const account = accountId('wx:100')
export const friend: Chat = { id: chatId('wx:100/lin'), account, kind: 'friend', name: 'Lin' }
export const lane = weChatLane(account)

/** A data folder as a bridge leaves it: a database, kept media, an upload, a key. */
export async function makeData(folder: string, texts: readonly string[], key = randomKey()) {
  await mkdir(join(folder, 'uploads'), { recursive: true })
  await writeFile(join(folder, 'seal.key'), `${key}\n`, { mode: 0o600 })
  await writeFile(join(folder, 'uploads', 'an-upload-of-the-page'), 'uploaded', { mode: 0o600 })
  const database = await openData(folder, key)
  await database.vault('wechat-web').set('session', 'the login')
  await write(database, texts)
  return { database, key }
}

export const randomKey = () => randomBytes(32).toString('hex')

export const openData = (folder: string, key: string): Promise<Database> =>
  openSqlite({
    path: join(folder, 'bridge.sqlite'),
    sealKey: Buffer.from(key, 'hex'),
    clock: realClock,
    media: async () => {
      const media = await openFiles(join(folder, 'media'))
      const bytes = new TextEncoder().encode('a picture')
      if (!(await media.kept(mediaId('pic')))) {
        await media.put(mediaId('pic'), ReadableStream.from([bytes]), 'text/plain')
      }
      return media
    },
  })

export const messageOf = (text: string): Message => ({
  id: messageId(`web/${text}`),
  aliases: [],
  account,
  chat: friend.id,
  sender: { type: 'myself' },
  at: Date.now(),
  mentionsMe: false,
  content: { kind: 'text', text },
})

/** Messages of one's own, each waiting to be sent. */
export function write(database: Database, texts: readonly string[]): Promise<void> {
  return database.store.unit(async (unit) => {
    await unit.saveChats([friend])
    for (const text of texts) {
      const message = messageOf(text)
      await unit.saveMessage(message)
      await unit.enqueue(lane, jobOf(message, text), Date.now())
    }
  })
}

/** The same, held back. */
export function hold(database: Database, texts: readonly string[]): Promise<void> {
  return database.store.unit(async (unit) => {
    await unit.saveChats([friend])
    for (const text of texts) {
      const message = messageOf(text)
      await unit.saveMessage(message)
      const failure = { code: 'rate', heal: 'never', certain: true } as const
      await unit.hold(lane, jobOf(message, text), Date.now(), failure)
    }
  })
}

/** Gives up what waits first in line. */
export async function bury(
  database: Database,
  state: 'dead' | 'unknown',
  reason?: 'notFriend',
): Promise<void> {
  const lease = await database.store.take(lane, 'a test', 60_000)
  if (!lease) throw new Error('the lane is taken')
  await database.store.unit(async (unit) => {
    const [item] = await unit.ready(lease, Date.now(), 1, new Set())
    if (!item) throw new Error('nothing waits')
    await unit.markSending(lease, item.seq, Date.now())
    const failure = { code: 'refused', heal: 'never', certain: state === 'dead' } as const
    await unit.bury(lease, item.seq, state, { ...failure, ...(reason && { reason }) })
  })
  await database.store.release(lease)
}

const jobOf = (message: Message, text: string) => ({
  type: 'send' as const,
  key: sendKey(message.id, 0),
  clientId: '1'.repeat(17),
  portal: sendLine(friend.id),
  message: message.id,
  part: 0,
  chat: friend.id,
  body: { kind: 'text' as const, text },
})

export const textsIn = async (database: Database): Promise<readonly string[]> =>
  (await database.archive.messages(friend.id, 1000)).map(({ message: { content } }) =>
    content.kind === 'text' ? content.text : content.kind,
  )
