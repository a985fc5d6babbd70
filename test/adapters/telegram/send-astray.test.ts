import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import type { TelegramApi } from '../../../adapters/telegram/api.ts'
import { createSending } from '../../../adapters/telegram/send.ts'
import type { BridgeError } from '../../../src/core/errors.ts'
import { eventId, mintPortalId, type RoomId } from '../../../src/core/ids.ts'
import type { Rich } from '../../../src/core/runs.ts'
import type { RoomPost } from '../../../src/ports/hub.ts'
import { Inbox } from '../../contract/hub-inbox.ts'
import { contact, friend, noMedia, textPost } from '../../contract/hub-posts.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import { realClock } from '../../support/ports.ts'
import { type TelegramHarness, telegramHarness } from '../../support/telegram-harness.ts'
import { a, ownedBy, stage } from './places-stage.ts'
import { chatOf, roomPost } from './posts.ts'
import { type SendingLab, sendingLab } from './sending-lab.ts'

const signal = new AbortController().signal

describe('a topic that is gone, where Telegram puts what is for it elsewhere without a word', () => {
  let harness: TelegramHarness | undefined
  afterEach(async () => {
    await harness?.drop()
    harness = undefined
  })

  async function withoutTopic() {
    const on = await telegramHarness({
      straysFromTopics: true,
      hubClock: { ...realClock, sleep: (ms, until) => realClock.sleep(ms > 2_000 ? ms : 1, until) },
    })
    harness = on
    await on.start(new Inbox())
    const portal = mintPortalId(Math.random)
    const room = await on.hub.ensureRoom(portal, friend('Wang'), noMedia, signal)
    const { chat, thread } = on.at(room)
    const says = (text: string) =>
      on.hub.send(textPost({ portal, room }, text, contact('Wang')), noMedia, signal)
    await on.ann.deletesTopic(chat, thread ?? 0)
    const outside = () => on.ann.sees(chat).filter((one) => !one.is_topic_message && one.text)
    const said = () => on.ann.sees(chat, on.at(room).thread)
    const inside = () => said().flatMap(({ text }) => text ?? [])
    const before = outside().length
    return { on, says, said, inside, strays: () => outside().slice(before) }
  }

  it('is made anew, and what strayed is taken away and posted there, once', async () => {
    const { on, says, said, inside, strays } = await withoutTopic()
    const receipt = await says('first')
    await says('second')
    expect(inside()).toEqual(['first', 'second'])
    expect(strays()).toEqual([])
    expect(on.ann.topics(on.ann.id)).toHaveLength(1)
    const [first] = said().filter(({ text }) => text === 'first')
    expect(receipt.ids).toEqual([`${on.ann.id}/${first?.message_id}`])
  })

  it('keeps what strayed where Telegram does not let it be taken away: it is posted once', async () => {
    const { on, says, inside, strays } = await withoutTopic()
    on.sim.fails({
      method: 'deleteMessage',
      what: { status: 400, description: "Bad Request: message can't be deleted" },
    })
    const { ids } = await says('first')
    expect(strays()).toMatchObject([{ text: 'first', message_id: Number(ids[0]?.split('/')[1]) }])
    await says('second')
    expect(inside()).toEqual(['second'])
  })

  it('does not take for delivered what it has taken away, though the answer to that is lost', async () => {
    const { on, says, inside, strays } = await withoutTopic()
    on.sim.fails({ method: 'deleteMessage', what: 'lost' })
    await says('first')
    expect(inside()).toEqual(['first'])
    expect(strays()).toEqual([])
  })

  it('is in doubt where nobody can tell whether it was taken away', async () => {
    const { on, says } = await withoutTopic()
    on.sim.fails({ method: 'deleteMessage', times: 9, what: { status: 502 } })
    const error = await says('first').catch((thrown: BridgeError) => thrown)
    expect(error).toMatchObject({ failure: { certain: false, heal: 'retry' } })
  })
})

describe('a Telegram that puts everything outside topics', () => {
  it('is given no more topics after two, and the chat goes on flat', async () => {
    const sim = await startTelegram({ limits: false })
    onTestFinished(() => sim.close())
    const ann = sim.user('Ann')
    const wrap = ({ call, file }: TelegramApi): TelegramApi => ({
      file,
      call: (method, args, ...rest) => {
        const { message_thread_id: _, ...others } = { ...args } as { message_thread_id?: number }
        return call(method, (method === 'sendMessage' ? others : args) as typeof args, ...rest)
      },
    })
    const one = await stage(sim, { wrap })
    await ownedBy(one, ann)
    await one.places.ensure(a, chatOf('friend', '王五'), signal)
    const kinds: string[] = []
    for (const text of ['1', '2', '3', '4']) kinds.push((await one.posts(a, text)).kind)
    expect(kinds).toEqual(['private', 'private', 'flat', 'flat'])
    expect(ann.topics(ann.id)).toHaveLength(2)
  })
})

describe('what is to take the place of a message in another group', () => {
  it('is said anew where its chat is now, if that group has thrown the bot out', async () => {
    const lab = await sendingLab('en')
    const shows = chatOf('friend', '王五')
    const group = String(await lab.anna.makesGroup('Family'))
    const linked = lab.place({ chat: group, kind: 'linked', shows })
    const { ids } = await lab.send(roomPost('one', { room: linked }))
    await lab.anna.kicksBot(Number(group))
    const replacesEvent = eventId(ids[0] as string)
    await lab.send(roomPost('one and two', { room: lab.friend, replacesEvent }))
    expect(lab.sees(lab.friend).map(({ text }) => text)).toEqual(['one and two'])
    expect(lab.table.asked).toEqual([])
  })
})

describe('what is as long as Telegram allows', () => {
  it.each<[string, Rich]>([
    ['quoted', [{ text: 'x'.repeat(4000) }, { text: 'y'.repeat(96), quote: true }]],
    [
      'linked to where nobody can follow',
      [{ text: 'x'.repeat(4095) }, { text: 'y', href: 'http://localhost/y' }],
    ],
  ])('comes, though some of it is %s', async (_, said) => {
    const lab = await sendingLab('en')
    await lab.send(roomPost(said, { room: lab.friend }))
    expect(lab.sees(lab.friend)[0]?.text).toBe(said.map(({ text }) => text).join(''))
  })
})

/** Telegram puts an answer into the topic of what it answers, whichever topic it was asked for. */
function preferringReplies({ api, ...lab }: SendingLab) {
  const call = (method: 'sendMessage', args: Record<string, unknown>, ...rest: unknown[]) => {
    const { message_thread_id: thread, ...others } = args
    const given = args.reply_parameters ? others : args
    return Reflect.apply(api.call, api, [method, thread === undefined ? args : given, ...rest])
  }
  const places = { ...lab.table, strayed: async (room: RoomId) => void strayed.push(room) }
  const strayed: RoomId[] = []
  const parts = { api: { ...api, call } as TelegramApi, places, voice: lab.voice, log: lab.log }
  const sending = createSending({ ...parts, clock: realClock } as never)
  return { strayed, send: (post: RoomPost) => sending.send(post, lab.open, signal) }
}

describe('an answer to what is in another topic of the same chat', () => {
  const quoting = {
    kind: 'text',
    text: [{ text: 'yes' }],
    unquoted: [{ text: '“hi”: yes' }],
  } as const

  it('comes into the topic of its own chat, quoting in words, and the topic is not given up', async () => {
    const lab = await sendingLab('en')
    const { ids } = await lab.send(roomPost('hi', { room: lab.group, who: 'Li' }))
    const { send, strayed } = preferringReplies(lab)
    const replyToEvent = eventId(ids[0] as string)
    const receipt = await send(roomPost(quoting, { room: lab.friend, replyToEvent }))
    expect(lab.sees(lab.friend)).toMatchObject([{ text: '“hi”: yes' }])
    expect(lab.sees(lab.group)).toHaveLength(1)
    expect(receipt.ids).toEqual([`${lab.chat}/${lab.sees(lab.friend)[0]?.message_id}`])
    expect(strayed).toEqual([])
  })

  it('comes into the chat that all share, where its own chat is there now', async () => {
    const lab = await sendingLab('en')
    const { ids } = await lab.send(roomPost('hi', { room: lab.friend }))
    const shows = chatOf('friend', '王五')
    const flat = lab.place({ chat: String(lab.chat), kind: 'flat', shows })
    const replyToEvent = eventId(ids[0] as string)
    await lab.send(roomPost(quoting, { room: flat, replyToEvent }))
    expect(lab.sees(lab.friend)).toHaveLength(1)
    expect(lab.anna.sees(lab.chat).at(-1)).toMatchObject({ text: '王五 · “hi”: yes' })
    expect(lab.anna.sees(lab.chat).at(-1)).not.toHaveProperty('is_topic_message')
  })

  it.each(['replied message is not in the specified message thread', 'message to reply not found'])(
    'comes all the same where Telegram refuses it: %s',
    async (said) => {
      const lab = await sendingLab('en')
      const { ids } = await lab.send(roomPost('hi', { room: lab.friend }))
      lab.sim.fails({
        method: 'sendMessage',
        what: { status: 400, description: `Bad Request: ${said}` },
      })
      const replyToEvent = eventId(ids[0] as string)
      await lab.send(roomPost(quoting, { room: lab.friend, replyToEvent }))
      expect(lab.sees(lab.friend).at(-1)?.text).toBe('“hi”: yes')
    },
  )
})
