import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Delivered, Who } from '../../src/sandbox/sandbox.ts'
import { sample } from '../../src/sandbox/share-files.ts'
import { type Layout, layouts, people } from '../support/telegram-world-layouts.ts'
import { answered, saidAt, sha, sightOf, type Spot } from '../support/telegram-world-seen.ts'
import { type Share, share, shares } from '../support/telegram-world-shares.ts'
import { type Desk, mismatch, writings } from '../support/telegram-world-writes.ts'
import { type TelegramWorld, telegramWorld } from '../support/telegram-world.ts'
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
    const replyTo = await layout.opens(world, name)
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
})

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
