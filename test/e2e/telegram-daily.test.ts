import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sample } from '../../src/sandbox/share-files.ts'
import { freePort } from '../support/free-port.ts'
import { tempFolder } from '../support/ports.ts'
import { type TelegramWorld, telegramWorld } from '../support/telegram-world.ts'
import { linkedFrom, people } from '../support/telegram-world-layouts.ts'
import { answered, type Spot, saidAt, sha, sightOf } from '../support/telegram-world-seen.ts'
import { until } from '../support/until.ts'

const { hikers, lin, wu, zhou } = people

describe('daily life in Telegram', () => {
  let world: TelegramWorld
  let withLin: Spot
  let inHikers: Spot

  beforeAll(async () => {
    world = await telegramWorld()
    const { control } = world.sandbox
    await control.say('lin', 'first')
    await control.say('wu', 'first', 'hikers')
    withLin = await world.topic(lin)
    inHikers = await world.topic(hikers)
    await world.saying(withLin, 'first')
    await world.saying(inHikers, `${wu}: first`)
  })
  afterAll(() => world?.drop())

  const call = (words: string | RegExp) =>
    world.sim.calls.find(({ params, ok }) => {
      const said = String(params.text ?? params.caption ?? '')
      return ok && (typeof words === 'string' ? said === words : words.test(said))
    })?.params

  test('the code of the login is gone after use, and a new one takes the place of the old', async () => {
    const { ann, sandbox, sim } = world
    const photos = () => saidAt(ann, world.management).filter(({ photo }) => photo)
    await until(() => photos().length === 0, 'the used code to be gone')
    await sandbox.control.kick()
    await world.saying(world.management, /WeChat is offline/)
    await ann.says(withLin.chat, 'waiting for the login', withLin)
    await ann.says(ann.id, '/login code')
    const [first] = await until(() => photos().length === 1 && photos(), 'the code')
    await sandbox.control.code()
    await sandbox.control.expireCode()
    await until(
      () => sim.calls.some(({ method, ok }) => ok && method === 'editMessageMedia'),
      'a new code',
    )
    expect(photos()).toMatchObject([{ message_id: first?.message_id }])
    await world.logIn()
    await until(() => photos().length === 0, 'the used code to be gone')
    const sent = await sandbox.control.waitDelivered(({ text }) => text === 'waiting for the login')
    expect(sent.to).toBe('lin')
    await sandbox.control.say('lin', 'same topic')
    await world.saying(withLin, 'same topic')
  })

  test('20 000 characters arrive whole and in order, both ways', async () => {
    const { control } = world.sandbox
    const line = Array.from({ length: 2000 }, (_, n) => `🌿${n}`.padStart(9, '长')).join('\n')
    await control.say('lin', line)
    await control.say('lin', 'after it')
    await world.saying(withLin, /after it$/)
    const all = saidAt(world.ann, withLin).map(({ text = '' }) => text)
    expect(all.every((text) => text.length <= 4096)).toBe(true)
    const isWhole = all.join('').replaceAll('\n', '').includes(line.replaceAll('\n', ''))
    expect(isWhole).toBe(true)
    const count = control.delivered().length
    const parts = [line.slice(0, 4000).trim(), line.slice(4000, 8000).trim()]
    for (const part of parts) await world.ann.says(withLin.chat, part, withLin)
    const sent = () => control.delivered().slice(count)
    await until(
      () =>
        sent()
          .map(({ text }) => text)
          .join('') === parts.join(''),
      'both in WeChat',
    )
  })

  test('a picture too large for a photo is a file; one too large for a bot is told of', async () => {
    const { control } = world.sandbox
    const large = Buffer.concat([sample('mountain.jpg'), randomBytes(11 << 20)])
    await control.picture('zhou', large)
    const topic = await world.topic(zhou)
    const file = await until(
      () => saidAt(world.ann, topic).find(({ document }) => document),
      'the file',
      60_000,
    )
    expect(sightOf(world.ann, file).sha).toBe(sha(large))
  })

  test('what its owner muted in WeChat is silent, and what mentions them is not', async () => {
    const { control } = world.sandbox
    await control.mute('hikers', true)
    await control.say('wu', 'chatter', 'hikers')
    await control.say('wu', '@行舟\u2005 are you there?', 'hikers')
    await world.saying(inHikers, /are you there/)
    await world.saying(inHikers, /chatter/)
    expect(call(/chatter/)?.disable_notification).toBeTruthy()
    expect(call(/are you there/)?.disable_notification).toBeUndefined()
    await control.mute('hikers', false)
    await control.say('wu', 'loud again', 'hikers')
    await world.saying(inHikers, /loud again/)
    expect(call(/loud again/)?.disable_notification).toBeUndefined()
  })

  test('official accounts come together, and an answer goes to the one that is answered', async () => {
    const { control } = world.sandbox
    const items = [
      { title: '头条标题', url: 'https://mp.example.org/1', digest: '摘要一' },
      { title: '第二篇', url: 'https://mp.example.org/2', digest: '摘要二' },
    ]
    await control.share('paper', { kind: 'articles', items })
    const spot = await world.topic('Official accounts')
    const push = await world.saying(spot, /^城市晚报: [\s\S]*头条标题[\s\S]*第二篇/)
    expect(push.entities?.flatMap((one) => (one.type === 'text_link' ? [one.url] : []))).toEqual([
      'https://mp.example.org/1',
      'https://mp.example.org/2',
    ])
    await world.ann.says(spot.chat, '订阅', { ...spot, replyTo: push.message_id })
    await control.waitDelivered(({ to, text }) => to === 'paper' && text.endsWith('订阅'))
  })

  test('a friend request is accepted by its button', async () => {
    const { control } = world.sandbox
    await control.request('nan', '我是隔壁的南南', '南南')
    const asked = await world.saying(world.management, /我是隔壁的南南/)
    expect(asked.text).toMatch(/Say \/accept \d+ to accept/)
    await world.ann.taps(world.ann.id, asked.message_id, 'Accept')
    await world.saying(world.management, /^Accepted: “南南” is a friend now/)
    expect(control.figure('nan').friend).toBe(true)
    await world.topic('南南')
  })

  test('others get in by invitation, or in a group where all may write; strangers change nothing', async () => {
    const { ann, sandbox, sim } = world
    const { control } = sandbox
    const group = await linkedFrom(world, inHikers, 'Hikers')
    const bob = sim.user('Bob <b>')
    const eve = sim.user('Eve')
    await bob.joins(group.chat)
    await bob.says(group.chat, 'not heard')
    await ann.says(group.chat, '/relay on')
    await world.saying(group, /with their name in front/)
    await bob.says(group.chat, 'heard')
    await control.waitDelivered(({ to, text }) => to === 'hikers' && text === 'Bob <b>: heard')
    await bob.sends(group.chat, 'photo', { bytes: sample('cat.png') })
    await control.waitDelivered(({ to, text }) => to === 'hikers' && text === 'Bob <b>:')
    await ann.says(group.chat, '/relay off')
    await world.saying(group, /Only what the owner and users/)
    await bob.says(group.chat, 'not heard either')

    await ann.says(ann.id, '/users add')
    const link = await world.saying(world.management, /whoever follows it first becomes a user/)
    const [, word = ''] = /start=(\w+)/.exec(link.text ?? '') ?? []
    const own = await bob.starts(word)
    await until(() => saidAt(bob, { chat: own }).length > 1, 'the welcome')
    await bob.says(group.chat, 'as a user')
    await control.waitDelivered(({ to, text }) => to === 'hikers' && /as a user$/.test(text))
    // The invitation is used up.
    const door = await eve.starts(word)
    await until(() => saidAt(eve, { chat: door }).length > 1, 'a polite line')
    await eve.says(door, 'let me in')
    await eve.says(door, '/status')
    await ann.says(withLin.chat, 'after Eve', withLin)
    await control.waitDelivered(({ text }) => text === 'after Eve')
    // That the invitation is used up, and that there is nothing for her here.
    expect(saidAt(eve, { chat: door }).filter(({ from }) => from?.is_bot)).toHaveLength(2)
    const words = control.delivered().map(({ text }) => text)
    expect(words.filter((text) => /not heard|let me in/.test(text))).toEqual([])
    await ann.says(group.chat, '/unlink')
    await world.saying(group, /goes on in a topic/)
    await world.saying(inHikers, /^Done\./)
  })

  test('a post whose answer was lost comes again, marked; one that was refused for a while comes once', async () => {
    const { control } = world.sandbox
    const { sim, ann } = world
    sim.fails({ method: 'sendMessage', what: 'lost' })
    await control.say('lin', 'lost and found')
    await world.saying(withLin, /repeat[\s\S]*lost and found$/)
    const twice = saidAt(ann, withLin).flatMap(({ text = '' }) =>
      /lost and found/.test(text) ? [text] : [],
    )
    expect(twice).toEqual(['lost and found', '↻ may be a repeat · lost and found'])

    sim.fails({ method: 'sendMessage', what: { status: 429, retryAfter: 1 } })
    await control.say('lin', 'through the storm')
    await control.say('lin', 'and after it')
    await world.saying(withLin, /and after it$/)
    const lines = saidAt(ann, withLin).flatMap(({ text = '' }) => text.split('\n'))
    expect(lines.filter((line) => /through the storm|and after it/.test(line))).toEqual([
      'through the storm',
      'and after it',
    ])
  })

  test('an update that Telegram tells again is heard once', async () => {
    const { control } = world.sandbox
    await world.ann.says(withLin.chat, 'told twice', withLin)
    await control.waitDelivered(({ text }) => text === 'told twice')
    const update = world.sim.updates.findLast(({ message }) => message?.text === 'told twice')
    world.sim.repeats(update?.update_id ?? 0)
    await world.ann.says(withLin.chat, 'after that', withLin)
    await control.waitDelivered(({ text }) => text === 'after that')
    expect(control.delivered().filter(({ text }) => text === 'told twice')).toHaveLength(1)
  })

  test('what could not be sent to WeChat is told as an answer to it, and sent again by a button', async () => {
    const { control } = world.sandbox
    control.fault({ path: 'webwxsendmsg', how: { ret: 1204 } })
    const written = await world.ann.says(withLin.chat, 'are we friends?', withLin)
    const told = await until(
      () => saidAt(world.ann, withLin).find((message) => answered(message) === written.message_id),
      'the notice',
    )
    expect(told.text).toMatch(/^Was not sent: /)
    await world.ann.taps(withLin.chat, told.message_id, 'Resend')
    await control.waitDelivered(({ to, text }) => to === 'lin' && text === 'are we friends?')
  })

  test('the log holds no token and no message', () => {
    const text = world.log.text()
    expect(text.length).toBeGreaterThan(1000)
    expect(text).not.toContain(world.sim.token.split(':')[1])
    expect(text).not.toMatch(/through the storm|are we friends|头条标题|let me in|lost and found/)
  })
})

describe('other ways to reach Telegram', () => {
  test('by webhook: both ways, and over a restart', async () => {
    const port = await freePort()
    const url = `telegram.webhook.url=http://127.0.0.1:${port}/telegram`
    const world = await telegramWorld({ sets: [url, `telegram.webhook.port=${port}`] })
    try {
      const { control } = world.sandbox
      await control.say('lin', 'first')
      const topic = await world.topic(lin)
      await world.ann.says(topic.chat, 'by webhook', topic)
      await control.waitDelivered(({ to, text }) => to === 'lin' && text === 'by webhook')
      await world.stop()
      await world.ann.says(topic.chat, 'while it was down', topic)
      await world.start()
      await control.waitDelivered(({ text }) => text === 'while it was down')
      expect(control.delivered()).toHaveLength(2)
      expect(world.sim.calls.some(({ method }) => method === 'setWebhook')).toBe(true)
    } finally {
      await world.drop()
    }
  })

  test('by a local Bot API server: files of any size, with equal bytes', async () => {
    const files = await tempFolder()
    const { path: filesDir } = files
    const world = await telegramWorld({ filesDir, sets: [`telegram.filesDir=${filesDir}`] })
    try {
      const { control } = world.sandbox
      await control.say('lin', 'first')
      const topic = await world.topic(lin)
      const large = randomBytes(24 << 20)
      await world.ann.sends(topic.chat, 'document', { bytes: large, name: 'large.bin' }, topic)
      const sent = await control.waitDelivered(({ type }) => type === 'file', 60_000)
      expect(sha(sent.bytes ?? new Uint8Array())).toBe(sha(large))
      const theirs = randomBytes(60 << 20)
      await control.share('lin', { kind: 'file', name: 'theirs.bin', bytes: theirs })
      const shown = await until(
        () => saidAt(world.ann, topic).find(({ document, from }) => document && from?.is_bot),
        'the file in Telegram',
        60_000,
      )
      expect(sightOf(world.ann, shown).sha).toBe(sha(theirs))
    } finally {
      await world.drop()
      await files.drop()
    }
  })
})
