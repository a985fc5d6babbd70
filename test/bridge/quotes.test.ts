import { afterEach, expect, test } from 'vitest'
import { mediaId } from '../../src/core/ids.ts'
import type { Content } from '../../src/core/message.ts'
import { friendChat, groupChat, message, picture } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const gone = failure({ code: 'gone', heal: 'never', certain: true })
const shown = (words: string) =>
  until(() => world.hub.words().some((w) => w.includes(words)), words)
const quote = (alias: string): Content => ({
  kind: 'quote',
  text: `about ${alias}`,
  target: { aliases: [alias], preview: 'a preview' },
})
const sent = () =>
  world.wechat.delivered.map(({ body }) => (body.kind === 'text' ? body.text : body.kind))

test('an answer that quotes a message is linked with it, but never with one of another chat', async () => {
  world = await openWorld()
  await world.wechat.hear(message('here'))
  await world.wechat.hear(message('there', { chat: groupChat.id }))
  await world.wechat.hear(message('a', { content: quote('here') }))
  await world.wechat.hear(message('b', { content: quote('there') }))
  await shown('about there')
  const posts = world.hub.delivered.filter(({ message: id }) => /\/[ab]$/.test(id))
  const original = world.hub.delivered.findIndex(({ message: id }) => id.endsWith('/here'))
  expect(posts.map(({ replyTo }) => replyTo)).toEqual([message('here').id, undefined])
  expect(posts[0]?.replyToEvent).toBe(`matrix-${original + 1}`)
  expect(posts[1]?.replyToEvent).toBeUndefined()
  expect((await world.database.archive.message(message('b').id))?.about).toBeUndefined()
})

test('an answer to what never came to the room brings the quotation in words', async () => {
  world = await openWorld()
  await until(() => world.hub.delivered.length === 2, 'welcome and login')
  world.hub.faults.push({ error: failure({ code: 'refused', heal: 'never', certain: true }) })
  await world.wechat.hear(message('lost'))
  await shown('could not be shown here')
  await world.wechat.hear(message('a', { content: quote('lost') }))
  await shown('about lost')
  const post = world.hub.delivered.find(({ message: id }) => id === message('a').id)
  expect(post?.replyToEvent).toBeUndefined()
  expect(post?.body).toEqual({
    kind: 'text',
    text: [{ text: '林小满: text lost', quote: true }, { text: 'about lost' }],
  })
  // Where it did come, the hub points at it, and nothing is said twice.
  await world.wechat.hear(message('here'))
  await world.wechat.hear(message('b', { content: quote('here') }))
  await shown('about here')
  const other = world.hub.delivered.find(({ message: id }) => id === message('b').id)
  expect(other?.replyToEvent).toBeDefined()
  // Should the adapter find that it cannot, it has the words.
  expect(other?.body).toEqual({
    kind: 'text',
    text: [{ text: 'about here' }],
    unquoted: [{ text: '林小满: text here', quote: true }, { text: 'about here' }],
  })
})

test('a reply goes to WeChat with the words it answers, unless these are of another chat', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await shown('text 2')
  const room = await roomOf(world)
  const eventOf = (words: string) =>
    `matrix-${world.hub.delivered.findIndex(({ body }) => JSON.stringify(body).includes(words)) + 1}`
  const reply = async (text: string, to: string) => {
    const event = { id: world.hub.event(), room: room as never, at: Date.now(), from: '@owner' }
    await world.hub.does({ type: 'message', ...event, text, replyTo: to as never })
    return event.id
  }
  await reply('elsewhere', eventOf('text 2'))
  await until(() => sent().length === 1, 'the first')
  expect(sent()).toEqual(['elsewhere'])
  const words = '好'.repeat(30)
  const id = await reply(words, eventOf('text 1'))
  await until(() => sent().join('').endsWith(words), 'the reply')
  expect(sent().join('')).toContain('「林小满：text 1」')
  expect(sent().join('')).not.toContain('满满')
  // Taking it back takes back every part, also those that the quotation made.
  const parts = sent().length - 1
  expect(parts).toBeGreaterThan(1)
  await world.hub.does({
    type: 'redaction',
    id: world.hub.event(),
    room: room as never,
    at: Date.now(),
    from: '@owner',
    target: id,
  })
  await until(() => sent().filter((kind) => kind === 'recall').length === parts, 'all recalls')
})

test('media that is given up says how to ask for it again, and is then shown', async () => {
  world = await openWorld()
  const lost = { ...picture, id: mediaId('wechat/lost') }
  world.wechat.media.set(lost.id, gone)
  const content = { kind: 'image', media: lost } as const
  await world.wechat.hear(message('p', { content }))
  await shown('could not be shown here')
  const archived = () => world.database.archive.message(message('p', { content }).id)
  await until(async () => (await archived())?.missing === 'gone', 'the early fetch to be given up')
  const notice = world.hub.delivered.at(-1)
  expect(notice?.room).toBe(await roomOf(world))
  const seq = /!wx resend (\d+)/.exec(world.hub.words().at(-1) ?? '')?.[1]
  world.wechat.media.set(lost.id, new Uint8Array([1, 2, 3]))
  await world.hub.commands(await roomOf(world), `resend ${seq}`)
  await shown('[image]')
  expect(await archived()).not.toHaveProperty('missing')
})

test('fetch asks once more for all that a message lacks, and tells the page when it is there', async () => {
  world = await openWorld()
  const poster = { ...picture, id: mediaId('wechat/poster') }
  const video = { ...picture, id: mediaId('wechat/video'), kind: 'video' } as const
  world.wechat.media.set(poster.id, gone)
  world.wechat.media.set(video.id, gone)
  const content = { kind: 'video', media: video, poster } as const
  const { id } = message('v', { content })
  const changes: string[] = []
  world.database.archive.watch((change) => {
    if (change.type === 'media') changes.push(change.media)
  })
  await world.wechat.hear(message('v', { content }))
  await world.wechat.hear(message('g', { chat: groupChat.id }))
  await until(() => changes.includes(poster.id) && changes.includes(video.id), 'both given up')
  const room = await roomOf(world)
  await world.hub.commands(await roomOf(world, groupChat), `fetch ${id}`)
  await shown('There is no such message here')
  world.wechat.media.set(poster.id, new Uint8Array([1]))
  world.wechat.media.set(video.id, new Uint8Array([2]))
  await world.hub.commands(room, `fetch ${id}`)
  await until(
    () =>
      world.database.store.unit(
        async (unit) => (await unit.keptMedia(poster.id)) && (await unit.keptMedia(video.id)),
      ),
    'both kept',
  )
  await world.hub.commands(room, `fetch ${id}`)
  await shown('Nothing of this message was given up')
  expect(friendChat.id).toBe(message('v').chat)
})
