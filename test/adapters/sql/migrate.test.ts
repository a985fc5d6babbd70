import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../adapters/sql/open.ts'
import type { Job } from '../../../src/core/post.ts'
import {
  chatOf,
  hikers,
  linChat,
  message,
  mine,
  noon,
  own,
  picture,
  post,
  receipt,
  send,
  toHub,
  toWeChat,
} from '../../contract/store/samples.ts'
import { tempFolder } from '../../support/ports.ts'
import { sealKey, testClock } from './harness.ts'
import { left, type Rows } from './left.ts'

const chatRow = ({ id, account, kind }: typeof linChat) => ({ id, account, kind })
const withData = <R extends object>(row: R, data: unknown) => ({
  ...row,
  data: JSON.stringify(data),
})

test('a database of the first release is brought up to date and keeps what it holds', async () => {
  const folder = await tempFolder()
  const path = join(folder.path, 'bridge.db')
  await left(path, '0001_init', {
    chat: [withData(chatRow(linChat), linChat)],
  })

  const database = await openSqlite({ path, sealKey, clock: testClock() })
  await database.store.unit(async (unit) => {
    await unit.saveChats([hikers])
    await unit.saveMessage(message('a'))
    await unit.markRead(linChat.id, noon)
    await unit.mergeChats(hikers.id, linChat.id)
  })
  const chats = await database.archive.chats()
  expect(chats.map(({ chat, readAt }) => [chat, readAt])).toEqual([[linChat, noon]])
  await database.close()
  await folder.drop()
})

const shown = message('shown', { content: { kind: 'image', media: picture('p') } })
const job = (seq: number, state: string, lane: string, work: Job) => ({
  seq,
  key: work.key,
  lane,
  portal: work.portal,
  purpose: work.type,
  message: work.message,
  state,
  attempt: seq,
  since: noon + seq,
  sending_since: state === 'queued' ? null : noon + 50,
  failure: state === 'dead' ? '{"code":"refused","heal":"never","certain":true}' : null,
  job: JSON.stringify(work),
})
const pictured = (name: string): Job => ({
  ...post(name),
  body: { kind: 'media', media: picture(name) },
})

/** Something in every table of the second release. */
const full: Rows = {
  chat: [
    { ...withData(chatRow(linChat), linChat), merged_into: null, read_at: noon },
    { ...withData(chatRow(hikers), hikers), merged_into: linChat.id, read_at: null },
  ],
  inbox: [{ source: 'matrix', id: '$e', raw: '{"a":1}', at: noon }],
  message: [message('said'), shown, mine('a')].map((one, i) =>
    withData(
      {
        seq: i + 7,
        id: one.id,
        account: one.account,
        chat: one.chat,
        kind: one.content.kind,
        speaker: i === 2 ? 'myself' : 'contact/lin',
        at: noon + i,
        about: i === 1 ? message('said').id : null,
      },
      one,
    ),
  ),
  alias: [{ account: linChat.account, alias: 'said', message: message('said').id }],
  portal: [{ id: 'portal-one', hub: 'matrix', chat: linChat.id, room: '!r' }],
  outbox: [
    job(3, 'queued', toHub, post('said')),
    job(4, 'queued', toHub, pictured('waits')),
    job(5, 'sent', toHub, pictured('went')),
    job(6, 'dead', toWeChat, send('dead')),
    job(7, 'unknown', toWeChat, send('unknown')),
    job(9, 'sending', toWeChat, send('a')),
  ],
  turn: [
    { lane: toHub, portal: 'portal-one', ready_at: noon + 1 },
    { lane: toWeChat, portal: 'portal-one', ready_at: null },
  ],
  receipt: [
    { seq: 2, message: message('said').id, part: 0, side: 'hub/matrix', id: '$s', at: noon },
  ],
  media: [
    {
      id: picture('p').id,
      state: 'kept',
      ref: JSON.stringify(picture('p')),
      rank: 0,
      attempt: 1,
      at: noon,
      due: noon,
      reason: null,
      bytes: 3,
      mime: 'image/png',
      sha256: 'ab',
    },
  ],
  lease: [{ lane: toWeChat, owner: null, epoch: 41, until: 0 }],
  secret: [{ owner: 'wechat-web', name: 'session', sealed: 'AAAA' }],
}

/** What the third one knows besides. */
function added(table: string, row: Rows[string][number]): object {
  if (table === 'message') return { arrived: row.at }
  if (table !== 'outbox') return {}
  return { revision: 0, print: null, media: row.seq === 4 ? picture('waits').id : null }
}

test('a database of the second release comes through unharmed, whatever is in it', async () => {
  const folder = await tempFolder()
  const path = join(folder.path, 'bridge.db')
  await left(path, '0002_merged_chats', full)
  const database = await openSqlite({ path, sealKey, clock: testClock() })

  const raw = new DatabaseSync(path, { readOnly: true })
  const rows = (table: string) =>
    raw
      .prepare(`select * from ${table}`)
      .all()
      .map((row) => ({ ...row }))
  for (const [table, before] of Object.entries(full)) {
    const key = (row: object) => JSON.stringify(Object.values(row).slice(0, 2))
    const sorted = (all: readonly object[]) => all.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
    expect(sorted(rows(table)), table).toEqual(
      sorted(before.map((row) => ({ ...row, ...added(table, row) }))),
    )
  }
  raw.close()

  expect(await database.archive.depth()).toEqual({ queued: 3, dead: 2 })
  const letters = await database.archive.deadLetters(9)
  expect(letters.map(({ job }) => job)).toEqual([send('unknown'), send('dead')])
  const toRoom = await own(database.store)
  const toChat = await own(database.store, toWeChat)
  expect(toChat.epoch).toBe(42)
  await database.store.unit(async (unit) => {
    const [item] = await unit.ready(toRoom, noon + 1, 9, new Set())
    expect(item).toMatchObject({ seq: 3, revision: 0, job: post('said') })
    await unit.markSending(toRoom, 3, noon, 0)
    await unit.deliver(toRoom, 3, receipt('$x'))
    const [flying] = await unit.uncertain(toChat)
    await unit.deliver(toChat, flying!.seq, receipt('msg'))
    expect(await unit.requeue(6, noon)).toBe(true)
    expect(await unit.depth()).toEqual({ queued: 2, dead: 1 })
    await unit.setSetting(chatOf('hikers').id, 'recall', 'off')
    expect(await unit.setting(linChat.id, 'recall')).toBe('off')
  })
  await database.close()
  await folder.drop()
})
