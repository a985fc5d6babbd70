import type { Message } from '@grammyjs/types'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sample } from '../../src/sandbox/share-files.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { type TelegramWorld, telegramWorld } from '../support/telegram-world.ts'
import { people } from '../support/telegram-world-layouts.ts'
import { answered, type Spot, saidAt, sha, sightOf } from '../support/telegram-world-seen.ts'
import { until } from '../support/until.ts'
import type { ClientEvent } from './matrix-user.ts'
import { onSynapse } from './on-synapse.ts'

const { lin } = people
const bodyOf = (event: ClientEvent) => String(event.content.body)
const replyOf = (event: ClientEvent) =>
  (event.content['m.relates_to'] as Record<string, { event_id: string }> | undefined)?.[
    'm.in_reply_to'
  ]?.event_id

onSynapse('one WeChat in Matrix and Telegram', () => {
  let ground: MatrixGround
  let matrix: MatrixWorld
  let telegram: TelegramWorld
  let room: string
  let topic: Spot

  beforeAll(async () => {
    ground = await matrixGround()
    matrix = await ground.world()
    // The same bridge with both hubs: it has the WeChat of one world and the Telegram of the other.
    const sets = matrix.sets.filter((each) => each.startsWith('matrix.'))
    telegram = await telegramWorld({ sets })
    await telegram.sandbox.control.say('lin', 'first')
    room = await matrix.room(lin)
    topic = await telegram.topic(lin)
    await inMatrix('first')
    await telegram.saying(topic, 'first')
  })
  afterAll(async () => {
    await telegram?.drop()
    await matrix?.drop()
    await ground?.drop()
  })

  const allIn = async (words: string | RegExp) =>
    (await matrix.said(room)).filter((event) =>
      typeof words === 'string' ? bodyOf(event) === words : words.test(bodyOf(event)),
    )
  const inMatrix = (words: string | RegExp) =>
    until(async () => (await allIn(words))[0], `${words} in Matrix`)
  const inTelegram = (words: string): readonly Message[] =>
    saidAt(telegram.ann, topic).filter(({ text }) => text === words)
  const sent = (words: string) =>
    telegram.sandbox.control.delivered().filter(({ text }) => text === words)

  test('what is said in WeChat appears in both, once, with the same bytes', async () => {
    const { control } = telegram.sandbox
    await control.say('lin', '晚上好')
    await control.picture('lin', sample('mountain.jpg'))
    await inMatrix('晚上好')
    await telegram.saying(topic, '晚上好')
    const event = await until(
      async () => (await matrix.said(room)).find(({ content }) => content.msgtype === 'm.image'),
      'the picture in Matrix',
    )
    const photo = await until(
      () => saidAt(telegram.ann, topic).find((message) => message.photo),
      'the picture in Telegram',
    )
    const wanted = sha(sample('mountain.jpg'))
    expect(sha(await matrix.alice.download(String(event.content.url)))).toBe(wanted)
    expect(sightOf(telegram.ann, photo).sha).toBe(wanted)
    expect(await allIn('晚上好')).toHaveLength(1)
    expect(inTelegram('晚上好')).toHaveLength(1)
  })

  test('what is written in one appears in the other, and once in WeChat', async () => {
    const { control } = telegram.sandbox
    await matrix.alice.say(room, 'from matrix')
    await telegram.saying(topic, 'You: from matrix')
    await telegram.ann.says(topic.chat, 'from telegram', topic)
    await inMatrix('from telegram')
    await telegram.ann.sends(topic.chat, 'photo', { bytes: sample('cat.png') }, topic)
    await control.waitDelivered(({ type }) => type === 'image')
    await until(
      async () =>
        (await matrix.said(room)).filter(({ content }) => content.msgtype === 'm.image').length ===
        2,
      'the picture in Matrix',
    )
    await control.say('lin', 'after')
    await inMatrix('after')
    await telegram.saying(topic, 'after')
    for (const words of ['from matrix', 'from telegram']) expect(sent(words)).toHaveLength(1)
    expect(await allIn('from matrix')).toHaveLength(1)
    expect(await allIn('from telegram')).toHaveLength(1)
    expect(inTelegram('from telegram')).toHaveLength(1)
    expect(inTelegram('You: from matrix')).toHaveLength(1)
  })

  test('a recall is told in both, each as an answer to its own message', async () => {
    const { control } = telegram.sandbox
    const id = await control.say('lin', '这句话马上撤回')
    const event = await inMatrix('这句话马上撤回')
    const message = await telegram.saying(topic, '这句话马上撤回')
    await control.recall(id)
    const told = /recalled a message[\s\S]*这句话马上撤回/
    expect(replyOf(await inMatrix(told))).toBe(event.event_id)
    expect(answered(await telegram.saying(topic, told))).toBe(message.message_id)
  })

  test('an answer in either is an answer in the other', async () => {
    const { control } = telegram.sandbox
    await control.say('lin', '带水吗？')
    const event = await inMatrix('带水吗？')
    const message = await telegram.saying(topic, '带水吗？')
    await telegram.ann.says(topic.chat, '带', { ...topic, replyTo: message.message_id })
    expect(replyOf(await inMatrix('带'))).toBe(event.event_id)
    await matrix.alice.say(room, '两瓶', {
      'm.relates_to': { 'm.in_reply_to': { event_id: event.event_id } },
    })
    expect(answered(await telegram.saying(topic, 'You: 两瓶'))).toBe(message.message_id)
  })

  test('what is changed or taken back in one is so in the other, and in WeChat', async () => {
    const { control } = telegram.sandbox
    const written = await telegram.ann.says(topic.chat, 'wrnog', topic)
    const old = await inMatrix('wrnog')
    const first = await control.waitDelivered(({ text }) => text === 'wrnog')
    await telegram.sent(written)
    await telegram.ann.edits(topic.chat, written.message_id, 'right')
    await control.waitDelivered(({ text }) => text === 'right')
    await until(() => first.recalled, 'the recall')
    const changed = await inMatrix(/right$/)
    expect(changed).toMatchObject({
      sender: old.sender,
      content: {
        'm.relates_to': { rel_type: 'm.replace', event_id: old.event_id },
        'm.new_content': { body: 'right' },
      },
    })

    const typo = await matrix.alice.say(room, 'typo')
    const wrong = await control.waitDelivered(({ text }) => text === 'typo')
    await telegram.saying(topic, 'You: typo')
    await matrix.alice.redact(room, typo)
    await until(() => wrong.recalled, 'the recall in WeChat')
  })

  test('a start in between doubles nothing, and both know what is theirs', async () => {
    const { control } = telegram.sandbox
    const id = await control.say('lin', 'before the stop')
    const event = await inMatrix('before the stop')
    const message = await telegram.saying(topic, 'before the stop')
    await telegram.stop()
    await control.say('lin', 'while it was down')
    await telegram.ann.says(topic.chat, 'written meanwhile', topic)
    await matrix.alice.say(room, 'written there meanwhile')
    await telegram.start()
    await inMatrix('while it was down')
    await telegram.saying(topic, 'while it was down')
    await inMatrix('written meanwhile')
    await telegram.saying(topic, 'You: written there meanwhile')
    await control.recall(id)
    const told = /recalled a message[\s\S]*before the stop/
    expect(replyOf(await inMatrix(told))).toBe(event.event_id)
    expect(answered(await telegram.saying(topic, told))).toBe(message.message_id)
    for (const words of ['before the stop', 'while it was down', 'written meanwhile']) {
      expect(await allIn(words)).toHaveLength(1)
      expect(inTelegram(words)).toHaveLength(1)
    }
    expect(sent('written meanwhile')).toHaveLength(1)
    expect(sent('written there meanwhile')).toHaveLength(1)
  })

  test('while one is away the other goes on, and then gets everything, in order', async () => {
    const { control } = telegram.sandbox
    await telegram.sim.down()
    for (const n of [1, 2, 3]) await control.say('lin', `without Telegram ${n}`)
    await inMatrix('without Telegram 3')
    await telegram.sim.up()
    await telegram.saying(topic, /without Telegram 3$/)
    await ground.synapse.stop()
    for (const n of [1, 2, 3]) await control.say('lin', `without Matrix ${n}`)
    await telegram.saying(topic, /without Matrix 3$/)
    await ground.synapse.start()
    await until(async () => (await allIn('without Matrix 3')).length, 'all of it in Matrix', 60_000)
    const lines = saidAt(telegram.ann, topic).flatMap(({ text = '' }) => text.split('\n'))
    for (const hub of ['Telegram', 'Matrix']) {
      const wanted = [1, 2, 3].map((n) => `without ${hub} ${n}`)
      const inRoom = (await matrix.said(room)).map(bodyOf).filter((body) => wanted.includes(body))
      expect(inRoom).toEqual(wanted)
      expect(lines.filter((line) => wanted.includes(line))).toEqual(wanted)
    }
  })
})
