import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TelegramWorld, telegramWorld } from '../support/telegram-world.ts'
import { linkedFrom, people } from '../support/telegram-world-layouts.ts'
import { type Spot, saidAt } from '../support/telegram-world-seen.ts'
import { until } from '../support/until.ts'

const { hikers, lin, zhou } = people

describe('chats that move in Telegram', () => {
  let world: TelegramWorld

  beforeAll(async () => {
    world = await telegramWorld()
  })
  afterAll(() => world?.drop())

  /** What the friend says arrives there, and nowhere else; and what is written there arrives at the friend, once. */
  const talks = async (who: 'lin' | 'zhou', spot: Spot, words: string) => {
    const { ann, sandbox, sim } = world
    await sandbox.control.say(who, words)
    await world.saying(spot, words)
    await ann.says(spot.chat, `to ${words}`, spot)
    const sent = await sandbox.control.waitDelivered(({ text }) => text === `to ${words}`)
    expect(sent.to).toBe(who)
    const shown = sim.calls.filter(({ params, ok }) => ok && params.text === words)
    expect(shown).toHaveLength(1)
    expect(sandbox.control.delivered().filter(({ text }) => text === `to ${words}`)).toHaveLength(1)
  }
  const begins = async (who: 'lin' | 'zhou', name: string): Promise<Spot> => {
    await world.sandbox.control.say(who, `first ${who}`)
    const topic = await world.topic(name)
    await world.saying(topic, `first ${who}`)
    return topic
  }

  test('from a topic into a group of its own, and back', async () => {
    const topic = await begins('lin', lin)
    const group = await linkedFrom(world, topic, 'Lin')
    await world.saying(topic, /goes on in the group “Lin”/)
    await talks('lin', group, 'in the group')
    await world.ann.says(group.chat, '/unlink')
    await world.saying(group, /goes on in a topic/)
    await talks('lin', topic, 'back in the topic')
    expect(saidAt(world.ann, topic).some(({ text }) => text === 'in the group')).toBe(false)
    expect(world.ann.topics(world.ann.id).filter(({ name }) => name === lin)).toHaveLength(1)
    // The group shows nothing any more: what is said there is for nobody.
    const before = world.sandbox.control.delivered().length
    await world.ann.says(group.chat, 'to nobody')
    await talks('lin', topic, 'after that')
    expect(world.sandbox.control.delivered()).toHaveLength(before + 1)
  })

  test('with the group that becomes another', async () => {
    const { ann, sandbox } = world
    await begins('zhou', zhou)
    const old = await ann.makesGroup('Zhou', { type: 'group' })
    await ann.says(old, '/link')
    const list = await world.saying({ chat: old }, /^Which chat belongs here/)
    // Others may see it there: the owner's private name for a friend is not for them.
    await ann.taps(old, list.message_id, '周明远')
    await world.saying({ chat: old }, /is in the group “Zhou”/)
    await talks('zhou', { chat: old }, 'before it grew')
    const now = await ann.upgrades(old)
    await talks('zhou', { chat: now }, 'after it grew')
    // Nobody had to be told by an update: a post finds out as well.
    expect(sandbox.control.delivered().filter(({ to }) => to === 'zhou')).toHaveLength(2)
  })

  test('when the bot is thrown out of the group, what comes waits, and arrives once it is back', async () => {
    const { ann, sandbox, sim } = world
    const chat = Number(
      sim.calls.findLast(({ params }) => params.text === 'after it grew')?.params.chat_id,
    )
    await ann.kicksBot(chat)
    await sandbox.control.say('zhou', 'while it was out 1')
    await sandbox.control.say('zhou', 'while it was out 2')
    await talks('lin', await world.topic(lin), 'others go on')
    await ann.says(ann.id, '/status')
    await world.saying(world.management, /the room of one chat takes nothing/)
    expect(saidAt(ann, { chat }).some(({ text }) => /while it was out/.test(text ?? ''))).toBe(
      false,
    )
    await ann.addsBot(chat)
    await world.saying({ chat }, 'while it was out 2')
    const said = saidAt(ann, { chat }).flatMap(({ text }) =>
      /while/.test(text ?? '') ? [text] : [],
    )
    expect(said).toEqual(['while it was out 1', 'while it was out 2'])
    await talks('zhou', { chat }, 'in again')
  })

  test('a topic that was deleted is made again, and nothing is lost', async () => {
    const { ann } = world
    const topic = await world.topic(lin)
    await ann.deletesTopic(topic.chat, topic.thread ?? 0)
    await world.sandbox.control.say('lin', 'into a new topic')
    const anew = await world.topic(lin)
    expect(anew.thread).not.toBe(topic.thread)
    await world.saying(anew, 'into a new topic')
    await talks('lin', anew, 'and so on')
  })

  test('a topic follows the name of its chat; one that a person has given stays until then', async () => {
    const { ann, sandbox } = world
    const topic = await world.topic(lin)
    await ann.renamesTopic(topic.chat, topic.thread ?? 0, 'My Lin')
    await talks('lin', topic, 'still here')
    expect(ann.topics(ann.id).find(({ thread }) => thread === topic.thread)?.name).toBe('My Lin')
    await sandbox.control.rename('lin', '林大满')
    await sandbox.control.say('lin', 'renamed')
    await until(
      () => ann.topics(ann.id).find(({ thread }) => thread === topic.thread)?.name === '林大满',
      'the new name',
    )
    await talks('lin', topic, 'and here')
  })

  test('into a topic of a group, which is opened where somebody closed it', async () => {
    const { ann } = world
    const private_ = await world.topic('林大满')
    const forum = await ann.makesGroup('All', { type: 'forum' })
    await ann.says(forum, '/link all')
    await world.saying({ chat: forum }, /^Done\. Chats without/)
    await ann.says(private_.chat, '/place forum', private_)
    const topic = await world.topic('林大满', forum)
    await talks('lin', topic, 'in the forum')
    await ann.closesTopic(forum, topic.thread ?? 0)
    await talks('lin', topic, 'opened again')
    expect(ann.topics(forum)).toMatchObject([{ closed: false }])
    await ann.says(forum, '/place auto', topic)
    await talks('lin', private_, 'in private again')
  })

  test('an owner who blocks the bot finds everything, in order, after letting it in again', async () => {
    const { ann, sandbox, sim } = world
    const topic = await world.topic('林大满')
    await talks('lin', topic, 'before all that')
    await ann.blocks()
    const seen = sim.calls.length
    for (const n of [1, 2, 3]) await sandbox.control.say('lin', `while blocked ${n}`)
    await sandbox.control.say('wu', 'while blocked too', 'hikers')
    await sandbox.control.settled()
    expect(sim.calls.slice(seen).filter(({ ok }) => ok)).toEqual([])
    await ann.unblocks()
    await world.saying(await world.topic(hikers), /while blocked too/)
    await world.saying(topic, /while blocked 3/)
    const words = saidAt(ann, topic).flatMap(
      ({ text = '' }) => text.match(/while blocked \d/g) ?? [],
    )
    expect(words).toEqual(['while blocked 1', 'while blocked 2', 'while blocked 3'])
    await talks('lin', topic, 'well again')
  })

  test('a bridge that starts anew knows where everything is', async () => {
    const topic = await world.topic('林大满')
    const calls = world.sim.calls.length
    await world.stop()
    await world.sandbox.control.say('lin', 'while it was down')
    await world.ann.says(topic.chat, 'written while it was down', topic)
    await world.start()
    await world.saying(topic, 'while it was down')
    await world.sandbox.control.waitDelivered(({ text }) => text === 'written while it was down')
    await talks('lin', topic, 'up again')
    const posts = world.sim.calls.slice(calls).filter(({ method }) => /^send|Topic/.test(method))
    expect(posts.map(({ params }) => params.text)).toEqual(['while it was down', 'up again'])
  })

  test('without topics in private a chat goes on in those of a group, and without any under its name', async () => {
    const { ann, sandbox, sim } = world
    const topic = await world.topic('林大满')
    sim.setPrivateTopics(false)
    const forum = Number(
      sim.calls.find(({ params }) => params.text === 'in the forum')?.params.chat_id,
    )
    await talks('lin', await world.topic('林大满', forum), 'none in private')
    await ann.says(ann.id, '/unlink all')
    await world.saying(world.management, /^Done\. Chats without .* any more/)
    await sandbox.control.say('lin', 'no topics at all')
    const flat = await world.saying(world.management, '林大满: no topics at all')
    await ann.says(ann.id, 'to nobody else', { replyTo: flat.message_id })
    await sandbox.control.waitDelivered(
      ({ text, to }) => /to nobody else$/.test(text) && to === 'lin',
    )
    sim.setPrivateTopics(true)
    // So often it is asked whether there are topics.
    world.pass(601_000)
    await talks('lin', topic, 'topics again')
  })
})

describe('a Telegram that puts what is for a deleted topic elsewhere without a word', () => {
  test('is noticed: it is taken away there, and comes in a new topic', async () => {
    const world = await telegramWorld({ straysFromTopics: true })
    try {
      const { ann, sandbox } = world
      await sandbox.control.say('lin', 'first')
      const topic = await world.topic(lin)
      await world.saying(topic, 'first')
      await ann.deletesTopic(topic.chat, topic.thread ?? 0)
      await sandbox.control.say('lin', 'second')
      const anew = await until(
        async () => ann.topics(ann.id).find(({ thread }) => thread !== topic.thread),
        'another topic',
      )
      await world.saying({ chat: ann.id, thread: anew.thread }, 'second')
      expect(saidAt(ann, world.management).some(({ text }) => text === 'second')).toBe(false)
    } finally {
      await world.drop()
    }
  })
})
