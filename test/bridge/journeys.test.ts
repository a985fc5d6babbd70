import { createHash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { mediaId, portalId, roomId } from '../../src/core/ids.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import { friendChat, groupChat, lin, message, picture } from '../core/samples.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const gone = failure({ code: 'gone', heal: 'never', certain: true })
const text = (send: ChatSend) => (send.body.kind === 'text' ? send.body.text : send.body.kind)
const shown = (words: string) =>
  until(() => world.hub.words().some((w) => w.includes(words)), words)

test('trap 29: what a friend says is shown once in their room, by their ghost, in order', async () => {
  world = await openWorld()
  for (let n = 0; n < 30; n++) await world.wechat.hear(message(`${n}`))
  // A repeat is the same message even if it says more: its first appearance counts.
  const longer = { kind: 'text', text: 'text 7 again '.repeat(200) } as const
  await world.wechat.hear(message('7', { content: longer }))
  await shown('text 29')
  const posts = world.hub.delivered.filter((post) => post.speaker.type === 'contact')
  expect(posts.map((post) => post.message)).toEqual(
    Array.from({ length: 30 }, (_, n) => `wx:2718281828/${n}`),
  )
  expect(posts[0]?.speaker).toMatchObject({ contact: lin.id, name: '林小满' })
  expect(new Set(posts.map((post) => post.room)).size).toBe(1)
})

test('a portal that waits for a retry holds up only itself', async () => {
  world = await openWorld()
  await until(() => world.hub.delivered.length === 2, 'welcome and login')
  const later = { code: 'server', heal: 'retry', certain: true, afterMs: 2_000 } as const
  world.hub.faults.push({ error: failure(later) })
  await world.wechat.hear(message('1'))
  await until(() => world.hub.faults.length === 0, 'the failed try')
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await world.wechat.hear(message('3'))
  await shown('text 3')
  const order = world.hub.words().filter((words) => words.startsWith('text'))
  expect(order).toEqual(['text 2', 'text 1', 'text 3'])
  expect(await roomOf(world)).not.toBe(await roomOf(world, groupChat))
})

test('what the owner writes is sent once, however often the hub delivers the event', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const id = await world.hub.says(room, '好的')
  await world.hub.says(room, '好的'.repeat(100), '@owner', id)
  await until(() => world.wechat.delivered.length === 1, 'the send')
  await world.hub.says(room, 'next')
  await until(() => world.wechat.delivered.length === 2, 'the next send')
  expect(world.wechat.delivered.map(text)).toEqual(['好的', 'next'])
  expect(world.wechat.delivered[0]).toMatchObject({ chat: friendChat.id })
})

test('a long text goes in parts, in order, each with a client id of its own', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const long = Array.from({ length: 400 }, (_, n) => `line ${n}`).join('\n')
  await world.hub.says(await roomOf(world), long)
  await until(() => world.wechat.delivered.map(text).join('') === long, 'all parts in order')
  const ids = world.wechat.delivered.map((send) => send.clientId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every((id) => /^\d{17}$/.test(id))).toBe(true)
})

test('a stranger in a room changes nothing', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  await world.hub.says(room, 'let me in', '@stranger')
  await world.hub.does({
    type: 'command',
    id: world.hub.event(),
    room: roomId(room),
    at: realClock.now(),
    from: '@stranger',
    words: ['logout'],
  })
  await world.hub.says(room, 'mine')
  await until(() => world.wechat.delivered.length > 0, 'the owner’s send')
  expect(world.wechat.delivered.map(text)).toEqual(['mine'])
  expect(world.wechat.calls).toEqual([])
})

test('what is written in one hub is shown in the other, and not again in its own', async () => {
  world = await openWorld({ hubs: 2 })
  await world.wechat.hear(message('1'))
  await world.hub.says(await roomOf(world), 'to all')
  await until(() => world.other.words().includes('to all'), 'the mirrored words')
  const mirrored = world.other.delivered.find((post) => post.speaker.type === 'me')
  expect(mirrored?.body).toEqual({ kind: 'text', text: [{ text: 'to all' }] })
  expect(world.hub.words()).not.toContain('to all')
})

test('what the owner writes on the phone is shown as the owner’s', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1', { sender: { type: 'myself' } }))
  await shown('text 1')
  const at = world.hub.words().indexOf('text 1')
  expect(world.hub.delivered[at]?.speaker).toEqual({ type: 'me' })
})

test('a picture arrives with equal bytes, and is fetched only once', async () => {
  world = await openWorld()
  const bytes = new Uint8Array(300_000).fill(7)
  world.wechat.media.set(picture.id, bytes)
  await world.wechat.hear(message('1', { content: { kind: 'image', media: picture } }))
  const post = await until(
    () => world.hub.delivered.find((one) => one.body.kind === 'media'),
    'the picture',
  )
  expect(world.hub.bytes.get(post.key)).toBe(createHash('sha256').update(bytes).digest('hex'))
  expect(world.wechat.downloads).toBe(1)
})

test('a picture from the hub is sent with equal bytes', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const bytes = new Uint8Array(50_000).fill(3)
  const media = { ...picture, id: mediaId('matrix/mxc1'), source: 'matrix' }
  world.hub.media.set(media.id, bytes)
  const room = roomId(await roomOf(world))
  const id = world.hub.event()
  const at = realClock.now()
  await world.hub.does({ type: 'message', id, room, at, from: '@owner', media })
  const send = await until(() => world.wechat.delivered[0], 'the send')
  expect(world.wechat.bytes.get(send.key)).toBe(createHash('sha256').update(bytes).digest('hex'))
})

test('a picture that WeChat no longer has is announced, and the room goes on', async () => {
  world = await openWorld()
  world.wechat.media.set(picture.id, gone)
  await world.wechat.hear(message('1', { content: { kind: 'image', media: picture } }))
  await world.wechat.hear(message('2'))
  await shown('text 2')
  await until(
    () => world.hub.words().some((words) => /could not be shown here: \[picture\]/.test(words)),
    'the notice',
  )
})

test('media without end, or larger than is kept, is broken off and announced', async () => {
  world = await openWorld()
  await shown('Hello')
  let given = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += 65_536
      controller.enqueue(new Uint8Array(65_536))
    },
  })
  world.wechat.download = async () => ({ stream: endless, mime: 'image/jpeg' })
  await world.wechat.hear(message('1', { content: { kind: 'image', media: picture } }))
  await shown('it is too large (It is larger than the bridge relays')
  expect(given).toBeLessThan(2_000_000)
})

test('what the hub does not translate is refused with a reply to it', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = roomId(await roomOf(world))
  const id = world.hub.event()
  const at = realClock.now()
  await world.hub.does({ type: 'unsupported', id, room, at, from: '@owner', kind: 'poll' })
  await shown('cannot send this to WeChat yet (poll)')
  expect(world.hub.delivered.at(-1)?.replyToEvent).toBe(id)
  expect(world.wechat.tries).toEqual([])
})

test('taking back one’s own message recalls it in WeChat; someone else’s is refused', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const mine = await world.hub.says(room, 'oops')
  await until(() => world.wechat.delivered.length === 1, 'the send')
  await shown('text 1')
  const theirs = await until(
    () => world.database.store.unit((unit) => unit.eventOf(message('1').id, world.hub.id)),
    'the event of the friend’s message',
  )
  const redact = (target: typeof mine) =>
    world.hub.does({
      type: 'redaction',
      id: world.hub.event(),
      room: roomId(room),
      at: realClock.now(),
      from: '@owner',
      target,
    })
  await redact(mine)
  await redact(theirs)
  const recall = await until(() => world.wechat.delivered[1], 'the recall')
  expect(recall.body.kind).toBe('recall')
  expect(recall.recalls?.ids).toEqual(['w-1'])
  await shown('you can recall your own messages only')
  expect(world.wechat.delivered).toHaveLength(2)

  await world.wechat.hear(
    message('5', { sender: { type: 'myself' }, at: realClock.now() - 121_000 }),
  )
  await shown('text 5')
  const old = await until(
    () => world.database.store.unit((unit) => unit.eventOf(message('5').id, world.hub.id)),
    'the event of the old message',
  )
  await redact(old)
  await shown('WeChat allows it for two minutes only')
  await world.wechat.hear(message('6', { sender: { type: 'myself' }, at: realClock.now() }))
  await shown('text 6')
  const fresh = await until(
    () => world.database.store.unit((unit) => unit.eventOf(message('6').id, world.hub.id)),
    'the event of the phone’s message',
  )
  await redact(fresh)
  await until(() => world.wechat.delivered.length === 3, 'the recall of the phone’s message')
  expect(world.wechat.delivered[2]?.recalls?.ids).toEqual(['6'])
})

test('what is taken back before it went out never goes out', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  const target = await world.hub.says(room, 'regretted')
  await world.hub.says(room, 'kept')
  await world.hub.does({
    type: 'redaction',
    id: world.hub.event(),
    room: roomId(room),
    at: realClock.now(),
    from: '@owner',
    target,
  })
  await world.wechat.online()
  await until(() => world.wechat.delivered.length === 1, 'the other send')
  expect(world.wechat.delivered.map(text)).toEqual(['kept'])
  expect(world.hub.words().join()).not.toContain('Was not')
})

test('a recall that WeChat refuses does not say that the message was not sent', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const target = await world.hub.says(room, 'oops')
  await until(() => world.wechat.delivered.length === 1, 'the send')
  world.wechat.faults.push({
    error: failure({ code: 'refused', heal: 'never', certain: true }, 'too late'),
  })
  await world.hub.does({
    type: 'redaction',
    id: world.hub.event(),
    room: roomId(room),
    at: realClock.now(),
    from: '@owner',
    target,
  })
  await shown('Was not recalled: it was refused (too late)')
  expect(world.hub.words().join()).not.toContain('Was not sent')
})

test('two hubs write to one chat in one line', async () => {
  world = await openWorld({ hubs: 2 })
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const other = await until(
    () =>
      world.database.store.unit(async (unit) => {
        const portal = await unit.portalOf(friendChat.id, world.other.id, () => portalId('x'))
        return portal.room
      }),
    'the other hub’s room',
  )
  const later = { code: 'server', heal: 'retry', certain: true, afterMs: 300 } as const
  world.wechat.faults.push({ error: failure(later) })
  await world.hub.says(room, 'first')
  await until(() => world.wechat.tries.length === 1, 'the failed try')
  await world.other.says(other, 'second')
  await until(() => world.wechat.delivered.length === 2, 'both')
  expect(world.wechat.delivered.map(text)).toEqual(['first', 'second'])
})

test('a picture that needs a login holds up its own chat only, and waiting for it uses up no try', async () => {
  world = await openWorld()
  await shown('Hello')
  const offline = failure({ code: 'session', heal: 'relogin', certain: true })
  world.wechat.media.set(picture.id, offline)
  await world.wechat.hear(message('1', { content: { kind: 'image', media: picture } }))
  await until(() => world.wechat.downloads >= 1, 'the refused download')
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await shown('text 2')
  // However long it takes to log in, no try is used up by it.
  const later = realClock.now() + 60_000
  const wanted = await until(async () => {
    const now = await world.database.store.unit((unit) => unit.wantedMedia(realClock.now(), 9))
    return now.length === 0 && world.database.store.unit((unit) => unit.wantedMedia(later, 9))
  }, 'the noted miss')
  expect(wanted).toMatchObject([{ media: { id: picture.id }, attempt: 0 }])
})

test('what the owner writes where no chat is does not vanish silently', async () => {
  world = await openWorld()
  await world.hub.says('!elsewhere', 'is anybody there?')
  await shown('that room belongs to no WeChat chat ("is anybody there?")')
})
