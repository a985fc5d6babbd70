import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Outcome } from '../../src/core/hub.ts'
import { eventId, mintPortalId, type RoomId } from '../../src/core/ids.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import { contact, friend, noMedia, textPost, unique } from '../contract/hub-posts.ts'
import { until } from '../support/until.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { onSynapse } from './on-synapse.ts'

const type = 'com.beeper.message_send_status'

onSynapse('what became of a message, in Matrix', () => {
  const never = new AbortController().signal
  let harness: MatrixHarness
  let inbox: Inbox

  beforeAll(async () => {
    harness = await matrixHarness()
    inbox = new Inbox()
    await harness.start(inbox)
  })
  afterAll(() => harness?.drop())

  const joined = async () => {
    const portal = mintPortalId(Math.random)
    const room = await harness.hub.ensureRoom(portal, friend(unique('Lin')), noMedia, never)
    await harness.alice.join(room)
    return room
  }
  const says = async (room: RoomId) => eventId(await harness.alice.say(room, unique('hello')))
  const statuses = async (room: RoomId) =>
    (await harness.alice.events(room)).filter((event) => event.type === type)
  /** The events that the bot has read, by the owner's client. */
  const readByBot = async (room: RoomId) => {
    const sync = (await harness.alice.call('GET', '/sync?timeout=0')) as {
      rooms: { join: Record<string, { ephemeral?: { events: { content: object }[] } }> }
    }
    const all = sync.rooms.join[room]?.ephemeral?.events ?? []
    const receipts = all.flatMap(({ content }) => Object.entries(content))
    return receipts.filter(([, by]) => by['m.read']?.['@wechatbot:localhost']).map(([id]) => id)
  }

  it('is shown as a read mark of the bot and as a status, once WeChat has it', async () => {
    const hub = harness.fresh({ status: true })
    const room = await joined()
    const event = await says(room)
    await hub.outcome?.(room, event, { state: 'sent' }, never)
    const shown = await until(async () => (await statuses(room)).at(0), 'the status')
    expect(shown).toMatchObject({
      sender: '@wechatbot:localhost',
      content: {
        status: 'SUCCESS',
        network: 'wechat',
        'm.relates_to': { rel_type: 'm.reference', event_id: event },
      },
    })
    expect(await readByBot(room)).toEqual([event])
  })

  it.each<[Outcome, object]>([
    [{ state: 'waiting' }, { status: 'PENDING' }],
    [
      { state: 'unsure' },
      { status: 'FAIL_PERMANENT', message: expect.stringContaining('look on your phone') },
    ],
    [
      { state: 'failed', code: 'rate', detail: 'Too often.' },
      { status: 'FAIL_RETRIABLE', internal_error: 'Too often.' },
    ],
    [
      { state: 'failed', code: 'tooLarge', detail: 'It has 9 MB.' },
      {
        status: 'FAIL_PERMANENT',
        reason: 'com.beeper.unsupported_event',
        message: 'Did not arrive in WeChat: it is too large.',
      },
    ],
  ])('is a status alone where WeChat does not have it: %o', async (outcome, content) => {
    const hub = harness.fresh({ status: true })
    const room = await joined()
    await hub.outcome?.(room, await says(room), outcome, never)
    const shown = await until(async () => (await statuses(room)).at(0), 'the status')
    expect(shown.content).toMatchObject(content)
    expect(await readByBot(room)).toEqual([])
  })

  it('moves the read mark forward only', async () => {
    const hub = harness.fresh({ status: true })
    await harness.stop()
    const stopper = new AbortController()
    const heard = new Inbox()
    const running = hub.run(heard, stopper.signal)
    try {
      const room = await joined()
      const [first, second] = [await says(room), await says(room)]
      await until(() => heard.all.filter((each) => each.room === room).length >= 2, 'both')
      for (const event of [second, first]) {
        await hub.outcome?.(room, event, { state: 'sent' }, never)
      }
      await until(async () => (await statuses(room)).length === 2, 'both statuses')
      expect(await readByBot(room)).toEqual([second])
    } finally {
      stopper.abort()
      await running
      await harness.start(inbox)
    }
  })

  it('is nothing that anybody wrote', async () => {
    const hub = harness.fresh({ status: true })
    const room = await joined()
    await hub.outcome?.(room, await says(room), { state: 'sent' }, never)
    await until(async () => (await statuses(room)).length === 1, 'the status')
    const words = unique('afterwards')
    await harness.alice.say(room, words)
    await inbox.text(words)
    const here = inbox.all.filter((event) => event.room === room)
    expect(here.map((event) => event.type)).toEqual(['message', 'message'])
  })

  it('is shown in no room that the bridge is not in, and harms nothing', async () => {
    const hub = harness.fresh({ status: true })
    const elsewhere = (await harness.alice.createRoom({ preset: 'private_chat' })) as RoomId
    const event = await says(elsewhere)
    await hub.outcome?.(elsewhere, event, { state: 'sent' }, never)
    const room = await joined()
    const next = await says(room)
    await hub.outcome?.(room, next, { state: 'sent' }, never)
    await until(async () => (await statuses(room)).length === 1, 'the status of the next')
    const portal = mintPortalId(Math.random)
    await hub.send(textPost({ portal, room }, 'still here', contact('Lin')), noMedia, never)
    expect(await statuses(elsewhere)).toEqual([])
  })

  it('is not shown at all where nobody asked for it', () => {
    expect(harness.fresh().outcome).toBeUndefined()
  })
})
