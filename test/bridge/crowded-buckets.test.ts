import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { chatId, portalId } from '../../src/core/ids.ts'
import type { Rate } from '../../src/core/post.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import { friendChat, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, type World } from './harness.ts'

// A hub that counts many rooms as one bucket, as Telegram counts the topics of one chat.

let world: World
afterEach(() => world.close())

const friends: readonly Chat[] = Array.from({ length: 12 }, (_, n) => ({
  ...friendChat,
  id: chatId(`wx:2718281828/n${n}`),
  name: `friend ${n}`,
  remark: '',
}))

/** `slow` is the rate of all rooms but the last friend's. */
async function open(slow: Rate): Promise<void> {
  const rooms = new Set<string>()
  world = await openWorld({
    prepare: ({ hub }) => {
      const buckets = (name: string) => (name === 'slow' ? [slow] : [])
      const bucket = ({ room }: RoomPost) => (rooms.has(room) ? 'quick' : 'slow')
      Object.assign(hub, { rate: { concurrency: 1, buckets }, bucket })
    },
  })
  const quick = friends.at(-1) ?? friendChat
  await world.wechat.sink.chats(friends)
  rooms.add(`!${await portalOf(quick)}`)
}

const portalOf = (chat: Chat) =>
  world.database.store.unit(
    async (unit) => (await unit.portalOf(chat.id, world.hub.id, () => portalId('quick'))).id,
  )
const hear = async (from: number, to: number) => {
  for (const [n, { id }] of friends.entries()) {
    if (n < from || n >= to) continue
    await world.wechat.sink.message(message(`${n}`, { chat: id }), '{}')
  }
}
const shown = () => world.hub.tries.map(({ body }) => plainOf(body))

test('many rooms that wait for their common bucket do not keep others from theirs', async () => {
  await open({ count: 1, perMs: 3_600_000 })
  await until(() => world.hub.delivered.length === 1, 'the welcome, which is all there is room for')
  await hear(0, 12)
  await until(() => shown().includes('text 11'), 'the post that has room')
  expect(world.hub.delivered).toHaveLength(2)
})

test('what the hub wants to wait waits, also where the answer took longer than the rate', async () => {
  await open({ count: 100, perMs: 1 })
  await until(() => world.hub.delivered.length === 2, 'welcome and login')
  const slow = Promise.withResolvers<void>()
  const error = failure({ code: 'rate', heal: 'retry', certain: true, afterMs: 3_600_000 })
  world.hub.faults.push({ until: slow.promise, error })
  await hear(0, 3)
  await until(() => shown().length === 3, 'the first try')
  slow.resolve()
  await hear(11, 12)
  await until(() => shown().includes('text 11'), 'another bucket')
  expect(shown()).toHaveLength(4)
})
