import type { Message } from '@grammyjs/types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sample } from '../../src/sandbox/share-files.ts'
import { type TelegramWorld, telegramWorld } from '../support/telegram-world.ts'
import { people } from '../support/telegram-world-layouts.ts'
import { saidAt, sha } from '../support/telegram-world-seen.ts'
import { until } from '../support/until.ts'

const { hikers, lin, wu, zhou } = people

describe('one flat chat with everybody in it', () => {
  let world: TelegramWorld

  beforeAll(async () => {
    world = await telegramWorld({ privateTopics: false })
    const { control } = world.sandbox
    await control.say('zhou', 'from zhou')
    await control.say('lin', 'from lin')
    await control.say('wu', 'from wu', 'hikers')
    await world.saying(world.management, `${hikers} · ${wu}: from wu`)
    await world.saying(world.management, `${lin}: from lin`)
    await world.saying(world.management, `${zhou}: from zhou`)
  })
  afterAll(() => world?.drop())

  const at = () => world.ann.id
  /** The question that came for what was just written. */
  const question = (after: Message): Promise<Message> =>
    until(
      () =>
        saidAt(world.ann, world.management).find(
          ({ message_id: id, text = '' }) =>
            id > after.message_id && /Which chat is it for/.test(text),
        ),
      'the question',
    )
  const now = (message: Message): string =>
    saidAt(world.ann, world.management).find((one) => one.message_id === message.message_id)
      ?.text ?? ''
  const sentTo = () =>
    world.sandbox.control.delivered().map(({ to, text, type }) => `${to} ${text || type}`)

  test('an answer goes to the chat of what it answers, be that one’s own words', async () => {
    const { control } = world.sandbox
    const asked = await world.saying(world.management, `${zhou}: from zhou`)
    const first = await world.ann.says(at(), 'to zhou', { replyTo: asked.message_id })
    await control.waitDelivered(({ to, text }) => to === 'zhou' && /to zhou$/.test(text))
    await world.ann.says(at(), 'and more', { replyTo: first.message_id })
    await control.waitDelivered(({ to, text }) => to === 'zhou' && /and more$/.test(text))
    await world.ann.sends(
      at(),
      'photo',
      { bytes: sample('cat.png') },
      { replyTo: asked.message_id },
    )
    const sent = await control.waitDelivered(({ to, type }) => to === 'zhou' && type === 'image')
    expect(sha(sent.bytes ?? new Uint8Array())).toBe(sha(sample('cat.png')))
    expect(control.delivered()).toHaveLength(3)
  })

  test('what answers nothing is asked about, and goes where it is told, once', async () => {
    const { control } = world.sandbox
    const before = control.delivered().length
    const asked = await question(await world.ann.says(at(), 'for whom?'))
    expect(control.delivered()).toHaveLength(before)
    // Two taps of one finger.
    await Promise.all([
      world.ann.taps(at(), asked.message_id, lin),
      world.ann.taps(at(), asked.message_id, lin),
    ])
    await control.waitDelivered(({ to, text }) => to === 'lin' && text === 'for whom?')
    await until(
      () => now(asked) === `"for whom?" → ${lin}`,
      () => `the answer; it is ${now(asked)}`,
    )
    await control.say('lin', 'heard')
    await world.saying(world.management, `${lin}: heard`)
    expect(sentTo().slice(before)).toEqual(['lin for whom?'])
    expect(now(asked)).toBe(`"for whom?" → ${lin}`)
  })

  test('what was asked about waits over a restart, may be changed, and may be dropped', async () => {
    const { control } = world.sandbox
    const before = control.delivered().length
    const written = await world.ann.says(at(), 'fro lin')
    const asked = await question(written)
    const other = await world.ann.says(at(), 'for nobody')
    const dropped = await question(other)
    await world.stop()
    await world.ann.edits(at(), written.message_id, 'for lin')
    await world.start()
    await until(() => now(asked).includes('for lin'), 'the change in the question')
    await world.ann.taps(at(), dropped.message_id, 'None of these (not sent)')
    await world.ann.taps(at(), asked.message_id, lin)
    await control.waitDelivered(({ to, text }) => to === 'lin' && text === 'for lin')
    const answer = await world.ann.says(at(), 'last', { replyTo: written.message_id })
    await control.waitDelivered(({ to, text }) => to === 'lin' && /last$/.test(text))
    expect(answer.message_id).toBeGreaterThan(0)
    expect(sentTo().slice(before)).toHaveLength(2)
  })

  test('an album is asked about once, and goes whole and in order, its words last', async () => {
    const { control } = world.sandbox
    const before = control.delivered().length
    const files = ['mountain.jpg', 'cat.png', 'sea.jpg'].map(sample)
    const [first] = await world.ann.album(
      at(),
      files.map((bytes, n) => ({
        ...({ kind: 'photo', file: { bytes } } as const),
        ...(n === 0 && { caption: 'three' }),
      })),
    )
    const asked = await question(first!)
    await until(() => /3/.test(now(asked)), 'all three in the question')
    await world.ann.taps(at(), asked.message_id, hikers)
    await until(() => control.delivered().length >= before + 4, 'the album')
    const sent = control.delivered().slice(before)
    expect(sent.map(({ to }) => to)).toEqual(Array(4).fill('hikers'))
    expect(sent.slice(0, 3).map(({ bytes }) => sha(bytes ?? new Uint8Array()))).toEqual(
      files.map(sha),
    )
    expect(sent[3]?.text).toBe('three')
    const all = saidAt(world.ann, world.management).filter(({ text = '' }) =>
      /Which chat/.test(text),
    )
    expect(all).toEqual([])
  })

  test('a command is about the chat of what it answers', async () => {
    const { control } = world.sandbox
    const about = await world.saying(world.management, `${lin}: from lin`)
    await world.ann.says(at(), '/mute', { replyTo: about.message_id })
    await world.saying(world.management, /arrives silently from now on/)
    await control.say('lin', 'hush')
    await control.say('zhou', 'ring')
    await world.saying(world.management, `${lin}: hush`)
    await world.saying(world.management, `${zhou}: ring`)
    const call = (words: string) =>
      world.sim.calls.find(({ params }) => String(params.text).endsWith(words))?.params
    expect(call(': hush')?.disable_notification).toBeTruthy()
    expect(call(': ring')?.disable_notification).toBeUndefined()
  })
})
