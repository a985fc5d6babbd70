import { afterEach, describe, expect, test } from 'vitest'
import type { Member } from '../../src/core/chat.ts'
import { contactId, eventId, roomId } from '../../src/core/ids.ts'
import type { Rich } from '../../src/core/runs.ts'
import type { HubEvent, Words } from '../../src/ports/hub.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import { friendChat, groupChat, lin, message, picture } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'

const wu: Member = { id: contactId('wx:2718281828/wu'), name: '吴', nick: '领队', remark: '老吴' }
const at = (words: string, who: 'me' | 'all' | Member, text: string) => {
  const start = text.indexOf(words)
  return { start, end: start + words.length, who: typeof who === 'string' ? who : who.id }
}

describe('names in a text, between WeChat and two hubs', () => {
  let world: World
  afterEach(() => world.close())

  const open = async (chat = groupChat) => {
    world = await openWorld({
      hubs: 2,
      prepare: ({ wechat }) => {
        wechat.people.inGroup = [lin, wu]
      },
    })
    await world.wechat.hear(message('first', { chat: chat.id }))
    return roomId(await roomOf(world, chat))
  }
  const writes = async (room: string, words: Words & Partial<HubEvent>) => {
    const id = world.hub.event()
    const event = { type: 'message', id, room, at: realClock.now(), from: '@owner', ...words }
    await world.hub.does(event as HubEvent)
    return id
  }
  const sent = (count = 1) =>
    until(() => world.wechat.delivered.length >= count && world.wechat.delivered, `${count} sent`)
  const textOf = ({ body }: ChatSend) => (body.kind === 'text' ? body.text : undefined)
  const elsewhere = (fits: (plain: string) => boolean) =>
    until(() => world.other.delivered.find(({ body }) => fits(plainOf(body))), 'the post elsewhere')

  test('whom a room points at is called by the nickname of the group, never by a remark', async () => {
    const room = await open()
    const text = 'Wu, look; Lin and room too, and me'
    const points = [
      at('Wu', wu, text),
      at('Lin', lin, text),
      at('room', 'all', text),
      at('me', 'me', text),
    ]
    const id = await writes(room, { text, points })
    const said = '@领队\u2005, look; @林小满\u2005and @所有人\u2005too, and @阿墨\u2005'
    expect((await sent()).map(textOf)).toEqual([said])
    const post = await elsewhere((plain) => plain.includes('@领队'))
    expect(plainOf(post.body)).toBe(said)
    expect(post.body).toMatchObject({
      text: expect.arrayContaining([
        { text: '@领队', mention: { type: 'contact', contact: wu.id } },
        { text: '@林小满', mention: { type: 'contact', contact: lin.id } },
        { text: '@所有人', mention: { type: 'all' } },
        { text: '@阿墨', mention: { type: 'me' } },
      ]),
    })
    // What one says oneself rings nobody's bell here.
    expect(post.calls).toBeUndefined()
    const kept = await world.database.store.unit((unit) => unit.messageAt(world.hub.id, id))
    expect(kept).toMatchObject({ content: { text: said }, mentions: expect.any(Array) })
    expect(kept?.mentions).toHaveLength(4)
  })

  test('a change and a caption are spelt too', async () => {
    const room = await open()
    const caption = 'Wu here'
    await writes(room, { text: caption, media: picture, points: [at('Wu', wu, caption)] })
    await until(() => world.wechat.tries.some(({ body }) => body.kind === 'media'), 'the picture')
    const held = await world.database.store.unit((unit) => unit.recentChats(5, 0))
    expect(held.length).toBeGreaterThan(0)
    const shown = await world.database.store.unit((unit) => unit.lastSaid(groupChat.id))
    expect(shown?.content).toMatchObject({ caption: '@领队\u2005here' })

    const plain = await writes(room, { text: 'plain' })
    await until(() => world.wechat.delivered.some((job) => textOf(job) === 'plain'), 'the text')
    const text = 'Lin now'
    const points = [at('Lin', lin, text)]
    await writes(room, { type: 'edit', target: eventId(plain), text, points })
    await until(
      () => world.wechat.delivered.some((job) => textOf(job)?.includes('@林小满\u2005now')),
      'the change',
    )
    const post = await elsewhere((said) => said.includes('@林小满\u2005now'))
    expect(post.body).toMatchObject({
      text: expect.arrayContaining([
        { text: '@林小满', mention: { type: 'contact', contact: lin.id } },
      ]),
    })
  })

  test('in the chat of a friend the words stay as they are', async () => {
    const room = await open(friendChat)
    await writes(room, { text: 'Lin yes', points: [at('Lin', lin, 'Lin yes')] })
    expect((await sent()).map(textOf)).toEqual(['Lin yes'])
    expect(world.wechat.people.calls).toEqual([])
    const post = await elsewhere((plain) => plain === 'Lin yes')
    expect(JSON.stringify(post.body)).not.toContain('mention')
  })

  test('who is not known any more is called as the hub does', async () => {
    const room = await open()
    world.wechat.people.inGroup = [lin]
    await writes(room, { text: 'Wu and Lin', points: [at('Wu', wu, 'Wu and Lin')] })
    expect((await sent()).map(textOf)).toEqual(['Wu and Lin'])
  })

  test('what is known of a group still serves when nobody can be asked', async () => {
    const room = await open()
    const points = [at('Wu', wu, 'Wu')]
    await writes(room, { text: 'Wu', points })
    await sent()
    world.wechat.people.faults.push(new Error('offline') as never)
    await writes(room, { text: 'Wu', points })
    expect((await sent(2)).map(textOf)).toEqual(['@领队\u2005', '@领队\u2005'])
  })

  test('names that came from WeChat are runs, and call whom they name', async () => {
    await open()
    const who = { type: 'contact', contact: wu.id } as const
    await world.wechat.hear(
      message('2', {
        chat: groupChat.id,
        mentionsMe: true,
        mentions: [
          { name: '领队', who },
          { name: '所有人', who: { type: 'all' } },
        ],
        content: { kind: 'text', text: '@领队\u2005@所有人 up' },
      }),
    )
    const post = await elsewhere((plain) => plain.includes('up'))
    expect(post.calls).toEqual([{ type: 'me' }, { type: 'all' }])
    expect(post.body).toMatchObject({
      text: expect.arrayContaining([{ text: '@领队', mention: who }]),
    })
  })

  test('formatting reaches the other hub, with its names, and WeChat gets the words', async () => {
    const room = await open()
    const text = 'see Wu now'
    const rich: Rich = [
      { text: 'see ' },
      { text: 'Wu', bold: true },
      { text: ' now', italic: true },
    ]
    await writes(room, { text, rich, points: [at('Wu', wu, text)] })
    expect((await sent()).map(textOf)).toEqual(['see @领队\u2005now'])
    const post = await elsewhere((plain) => plain.includes('now'))
    expect(post.body).toMatchObject({
      text: [
        { text: 'see ' },
        { text: '@领队', bold: true, mention: { type: 'contact', contact: wu.id } },
        { text: '\u2005', bold: true },
        { text: 'now', italic: true },
      ],
    })
    await writes(room, { text: 'bare', rich: [{ text: 'bare' }] })
    const kept = await until(
      () => world.database.store.unit((unit) => unit.lastSaid(groupChat.id)),
      'what was kept',
    )
    expect(kept.content).toEqual({ kind: 'text', text: 'bare' })
  })
})
