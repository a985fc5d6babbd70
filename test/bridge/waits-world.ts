import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import { openSqlite } from '../../adapters/sql/open.ts'
import type { Parts } from '../../src/bridge/parts.ts'
import type { QueueView } from '../../src/bridge/queue-view.ts'
import { createWaits, type Waits } from '../../src/bridge/waits.ts'
import { type Chat, management } from '../../src/core/chat.ts'
import type { PortalId } from '../../src/core/ids.ts'
import { messageId, sendKey, sendLine, weChatLane } from '../../src/core/ids.ts'
import type { Send } from '../../src/core/post.ts'
import type { Item } from '../../src/ports/store.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { account, friendChat, groupChat, lin, message } from '../core/samples.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { virtualClock } from './virtual.ts'

export const lane = weChatLane(account)

/** Those who tell about waiting, over real storage, with a pace that the test makes up. */
export async function openWaits() {
  const folder = await tempFolder()
  const clock = virtualClock(Date.UTC(2026, 10, 21, 14, 0))
  const database = await openSqlite({
    path: join(folder.path, 'bridge.sqlite'),
    sealKey: randomBytes(32),
    clock,
  })
  const { store } = database
  const log = memoryLog()
  const online: Login = { state: 'online', account, me: lin }
  let stop = new AbortController()
  let waits: Waits
  let count = 0
  /** As things stand: how long each send takes, why nothing goes out, and what the log is to hold. */
  const now = {
    eachMs: 1_000,
    closed: undefined as 'offline' | 'rate' | undefined,
    pausedUntil: 0,
    login: online as Login,
    doubtful: undefined as string | undefined,
    full: undefined as number | undefined,
    held: new Set<PortalId>(),
    /** Since the start. */
    wasOnline: true,
    complaints: 0,
  }
  await store.unit((unit) => unit.saveChats([management, friendChat, groupChat]))
  const lease = await store.take(lane, 'me', 1e9)
  if (!lease) throw new Error('the lane is taken')
  start()
  return { now, clock, database, start, writes, sends, refused, pause, paused, told, pass, close }

  /** A new process over the same storage. */
  function start(): void {
    stop.abort(new Error('begun anew'))
    stop = new AbortController()
    const used = { used: 0, of: 9 }
    const view: QueueView = {
      allowance: () => ({
        minute: used,
        hour: used,
        day: used,
        ...(now.pausedUntil && { pausedUntil: now.pausedUntil }),
      }),
      estimate: (place) => Math.max(0, now.pausedUntil - clock.now()) + (place - 1) * now.eachMs,
      closed: () => now.closed,
    }
    const voice = { language: 'en', timezone: 'UTC' }
    const parts = { store, clock, log, seats: [], voice } as unknown as Parts
    const holds = {
      held: () => now.held,
      heldBy: () => now.doubtful,
      quotaOf: () => now.full,
    }
    waits = createWaits(
      parts,
      { of: () => (now.wasOnline ? view : undefined) },
      holds,
      () => now.login,
    )
    void waits.run(stop.signal)
  }

  /** The owner writes something in a chat: as the journey from a hub does it. */
  async function writes(chat: Chat = friendChat, parts = 1): Promise<string> {
    const id = `w${++count}`
    const written = message(id, { chat: chat.id, sender: { type: 'myself' } })
    const after = await store.unit(async (unit) => {
      await unit.saveMessage(written)
      for (let part = 0; part < parts; part++) {
        await unit.enqueue(lane, job(id, chat, part), clock.now())
      }
      return waits.written(unit, chat, written, parts)
    })
    after?.()
    // Whose turn is first shows in when it came.
    await pass(1)
    return written.id
  }

  /** The next of all goes out. */
  async function sends(times = 1): Promise<void> {
    for (let done = 0; done < times; done++) {
      const { seq } = await refused()
      await store.unit(async (unit) => {
        await unit.markSending(lease as never, seq, clock.now())
        await unit.deliver(lease as never, seq, { ids: [`r${seq}`], at: clock.now() })
      })
    }
  }

  /** The next of all, which WeChat refuses. */
  async function refused(): Promise<Item> {
    const due = await store.unit((unit) => unit.ready(lease as never, clock.now(), 1, new Set()))
    if (!due[0]) throw new Error('nothing waits')
    return due[0]
  }

  async function pause(minutes: number): Promise<void> {
    now.pausedUntil = clock.now() + minutes * 60_000
    now.closed = 'rate'
    await paused(minutes * 60_000)
  }

  async function paused(ms: number): Promise<void> {
    await waits.paused({ lane, until: clock.now() + ms, ms, refused: await refused() })
  }

  /** What was said in a chat's room, and about what. */
  async function told(chat: Chat = friendChat): Promise<readonly unknown[]> {
    const all = await database.archive.messages(chat.id, 500)
    return all.flatMap(({ message: { content }, about }) =>
      content.kind === 'notice' ? [{ ...content.notice, ...(about && { about: about.id }) }] : [],
    )
  }

  function pass(ms: number): Promise<void> {
    return clock.pass(ms, settled)
  }

  async function settled(): Promise<void> {
    for (let done = 0; done < 5; done++) {
      await turn()
      await store.unit(async () => undefined)
    }
  }

  async function close(): Promise<void> {
    stop.abort(new Error('test over'))
    await database.close()
    await folder.drop()
    expect(log.lines).toHaveLength(now.complaints)
  }
}

const job = (id: string, chat: Chat, part: number): Send => ({
  type: 'send',
  key: sendKey(messageId(`wx:2718281828/${id}`), part),
  clientId: `c${id}/${part}`,
  portal: sendLine(chat.id),
  message: messageId(`wx:2718281828/${id}`),
  part,
  chat: chat.id,
  body: { kind: 'text', text: id },
})
