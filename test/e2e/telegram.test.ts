import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sample } from '../../src/sandbox/share-files.ts'
import { type TelegramWorld, telegramWorld } from '../support/telegram-world.ts'
import { type Layout, layouts, opens, people } from '../support/telegram-world-layouts.ts'
import { answered, type Spot, saidAt, sha, sightOf } from '../support/telegram-world-seen.ts'
import { type Share, share, shares } from '../support/telegram-world-shares.ts'
import { type Desk, mismatch, writings } from '../support/telegram-world-writes.ts'
import { until } from '../support/until.ts'

const { hikers, lin, wu } = people

describe.each(layouts)('WeChat and Telegram, in $name', (layout: Layout) => {
  let world: TelegramWorld
  let inGroup: Spot
  let withFriend: Spot
  /** What stands in front of what somebody says in the group, or without a name, and with the friend. */
  const chatIn = layout.isFlat ? `${hikers} · ` : ''
  const inFlat = (name: string) => (layout.isFlat ? `${name}: ` : '')

  beforeAll(async () => {
    world = await telegramWorld({ privateTopics: layout.privateTopics })
    await layout.begin?.(world)
    await world.sandbox.control.say('wu', 'first', 'hikers')
    await world.sandbox.control.say('lin', 'first')
    inGroup = await layout.place(world, hikers, 'chats')
    withFriend = await layout.place(world, lin, 'link')
    await world.saying(world.management, /WeChat is online/)
  })
  afterAll(() => world?.drop())

  const count = (spot: Spot) => saidAt(world.ann, spot).length
  /** What came to be there since there were so many, once it is so much. */
  const since = async (spot: Spot, before: number, many: number) => {
    await until(
      () => count(spot) >= before + many,
      () => `${many} messages; there are ${count(spot) - before}`,
      60_000,
    )
    return saidAt(world.ann, spot).slice(before)
  }
  /** How to write in a chat: in its place, or as an answer to what the bridge has said of it. */
  const deskAt = async (spot: Spot, name: string): Promise<Desk> => {
    const { chat, thread } = spot
    const base = { user: world.ann, chat }
    if (!layout.isFlat) return { ...base, how: thread === undefined ? {} : { thread } }
    const replyTo = await opens(world, name)
    return { ...base, how: { replyTo } }
  }

  test('every kind of message is shown as what it is, once, in order, under the name of who said it', async () => {
    const before = count(inGroup)
    // Two take turns: what one says in a row is posted as one where a line forms.
    const speakers = [
      { who: 'wu', name: wu },
      { who: 'lin', name: lin },
    ] as const
    for (const [at, each] of shares.entries()) {
      await share(world.sandbox.control, each, speakers[at % 2]?.who ?? 'wu', 'hikers')
    }
    const shown = await since(inGroup, before, shares.length)
    const wrong = shares.flatMap((want, at) => {
      const got = shown[at] && sightOf(world.ann, shown[at])
      return isShown(got, want, speakers[at % 2]?.name ?? '', chatIn)
        ? []
        : [{ want: want.what.kind, got }]
    })
    expect(wrong).toEqual([])
    expect(shown).toHaveLength(shares.length)
  })

  test('a friend leads nothing where nobody else speaks, and the owner does', async () => {
    const { control } = world.sandbox
    const before = count(withFriend)
    await control.say('lin', 'from her')
    await control.phoneSay('lin', 'from my phone')
    await control.picture('lin', sample('cat.png'))
    await control.phonePicture('lin', sample('sea.jpg'))
    const shown = await since(withFriend, before, 4)
    const [her, mine] = layout.isFlat ? [lin, `${lin} · You`] : ['', 'You']
    expect(shown.map((message) => sightOf(world.ann, message))).toMatchObject([
      { as: 'text', words: `${inFlat(lin)}from her` },
      { as: 'text', words: `${mine}: from my phone`, lead: `${mine}:` },
      { as: 'photo', words: her, sha: sha(sample('cat.png')) },
      { as: 'photo', words: mine, lead: mine, sha: sha(sample('sea.jpg')) },
    ])
  })

  test('a quotation answers what it quotes', async () => {
    const { control } = world.sandbox
    const first = await control.say('wu', '几点出发？', 'hikers')
    await control.share('lin', { kind: 'quote', text: '八点', of: first }, 'hikers')
    const asked = await world.saying(inGroup, `${chatIn}${wu}: 几点出发？`)
    const answer = await world.saying(inGroup, `${chatIn}${lin}: 八点`)
    expect(answered(answer)).toBe(asked.message_id)
  })

  test('what is recalled is told as an answer to it, with the words, and with the bytes', async () => {
    const { control } = world.sandbox
    const said = await control.say('wu', '这句话马上撤回', 'hikers')
    const text = await world.saying(inGroup, `${chatIn}${wu}: 这句话马上撤回`)
    await control.recall(said)
    const notice = await world.saying(inGroup, /recalled a message[\s\S]*这句话马上撤回/)
    expect(notice.text).toMatch(new RegExp(`^${chatIn}${wu} recalled`))
    expect(answered(notice)).toBe(text.message_id)

    const before = count(inGroup)
    const sent = await control.picture('lin', sample('poster.png'), 'hikers')
    const [picture] = await since(inGroup, before, 1)
    await control.recall(sent)
    const told = (await since(inGroup, before, 3)).slice(1)
    expect(told.map((message) => answered(message))).toEqual([
      picture?.message_id,
      picture?.message_id,
    ])
    const [line, again] = told.map((message) => sightOf(world.ann, message))
    expect(line?.words).toMatch(new RegExp(`^${chatIn}${lin} recalled a message`))
    expect(again).toMatchObject({ as: 'photo', sha: sha(sample('poster.png')) })
  })

  test('grey lines of WeChat’s are shown without anybody’s name', async () => {
    const line = '"乔安"通过扫描"吴大山"分享的二维码加入群聊'
    await world.sandbox.control.system('hikers', line)
    await world.saying(inGroup, `${chatIn}${line}`)
  })

  test('every kind of message a person sends arrives in WeChat as what it is, once, in order', async () => {
    const { control } = world.sandbox
    const desk = await deskAt(inGroup, hikers)
    const before = control.delivered().length
    const wanted = writings.flatMap(({ name, arrives }) =>
      arrives.map((arrival) => ({ name, arrival })),
    )
    // The album is whole before its first picture has gone out.
    for (const each of writings) {
      if (each.name === 'an album') control.fault(slowUpload)
      await each.does(desk)
    }
    const arrived = () => control.delivered().slice(before)
    await until(() => arrived().length >= wanted.length, 'all of it in WeChat', 60_000)
    for (const { refused } of writings) {
      if (refused) expect(answered(await world.saying(inGroup, refused))).toBeTruthy()
    }
    const wrong = wanted.flatMap(({ name, arrival }, at) => {
      const found = mismatch(arrived()[at], arrival)
      return found ? [{ name, arrival: arrival.text ?? arrival.type, found }] : []
    })
    expect(wrong).toEqual([])
    expect(arrived().filter(({ to }) => to !== 'hikers')).toEqual([])
    expect(arrived()).toHaveLength(wanted.length)
  })

  test('an answer quotes what it answers', async () => {
    const { control } = world.sandbox
    await control.say('wu', '带水吗？', 'hikers')
    const asked = await world.saying(inGroup, `${chatIn}${wu}: 带水吗？`)
    await world.ann.says(inGroup.chat, '带', { ...inGroup, replyTo: asked.message_id })
    await control.waitDelivered(
      ({ text, to }) => to === 'hikers' && /^「吴领队：带水吗？」\n[- ]+\n带$/.test(text),
    )
  })

  test('what is changed soon is recalled and sent anew; later a line says what it was changed to', async () => {
    const { control } = world.sandbox
    const { chat, how } = await deskAt(withFriend, lin)
    const soon = await world.ann.says(chat, 'sooon', how)
    const first = await control.waitDelivered(({ text }) => text === 'sooon')
    await world.ann.edits(chat, soon.message_id, 'soon')
    await control.waitDelivered(({ text, to }) => text === 'soon' && to === 'lin')
    await until(() => first.recalled, 'the recall')

    const late = await world.ann.says(chat, 'laate', how)
    const kept = await control.waitDelivered(({ text }) => text === 'laate')
    await world.sent(late)
    world.pass(121_000)
    await world.ann.edits(chat, late.message_id, 'late')
    await control.waitDelivered(({ text, to }) => text === '✏️ late' && to === 'lin')
    expect(kept.recalled).toBe(false)
  })

  test('/recall as an answer takes it back in WeChat', async () => {
    const { control } = world.sandbox
    const { chat, how } = await deskAt(withFriend, lin)
    const typo = await world.ann.says(chat, 'typo', how)
    const sent = await control.waitDelivered(({ text }) => text === 'typo')
    await world.ann.says(chat, '/recall', { ...withFriend, replyTo: typo.message_id })
    await until(() => sent.recalled, 'the recall in WeChat')
    const old = await world.ann.says(chat, 'too old', how)
    const stays = await control.waitDelivered(({ text }) => text === 'too old')
    await world.sent(old)
    world.pass(121_000)
    await world.ann.says(chat, '/recall', { ...withFriend, replyTo: old.message_id })
    const notice = await world.saying(withFriend, /Was not recalled: WeChat allows it for two/)
    expect(answered(notice)).toBe(old.message_id)
    expect(stays.recalled).toBe(false)
  })

  test('nothing was doubled, refused for being too much, or failed', () => {
    expect(world.sim.floods).toEqual([])
    expect(world.sim.calls.filter(({ ok }) => !ok)).toEqual([])
    expect(world.log.lines.filter((line) => line.startsWith('error'))).toEqual([])
  })
})

/** The first picture of an album takes its time. */
const slowUpload = { path: 'webwxuploadmedia', how: { delayMs: 700 } } as const

function isShown(
  got: ReturnType<typeof sightOf> | undefined,
  want: Share,
  name: string,
  chat: string,
): boolean {
  if (!got || got.as !== want.as) return false
  const isAlone = want.says === ''
  const lead = want.grey ? chat : `${chat}${name}${isAlone ? '' : ': '}`
  if (got.as === 'venue') return got.words === `${chat}${name}\n${String(want.says)}`
  const says = got.words.slice(lead.length)
  const isSaid = typeof want.says === 'string' ? says === want.says : want.says.test(says)
  const isLed = got.words.startsWith(lead) && got.lead === lead.trimEnd()
  return isLed && isSaid && (!want.file || got.sha === sha(sample(want.file)))
}
