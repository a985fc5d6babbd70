import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Running, start } from '../../src/main.ts'
import { loadConfig } from '../support/config.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { memoryLog } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('Rooms of a whole bridge', () => {
  const bot = '@wechatbot:localhost'
  const me = '@wechat_me:localhost'
  let ground: MatrixGround
  let world: MatrixWorld
  let bridge: Running
  let management: string
  const log = memoryLog()

  beforeAll(async () => {
    ground = await matrixGround()
    world = await ground.world()
    bridge = await start(loadConfig({ files: [], env: {}, sets: world.sets }).config, { log })
    management = await world.room('WeChat bridge')
    await world.logIn()
  })
  afterAll(async () => {
    await bridge?.stop()
    await world?.drop()
    await ground?.drop()
  })

  const weChat = () => world.sandbox.control
  const bodies = async (room: string) =>
    (await world.said(room)).map(({ content }) => String(content.body))
  const saying = (room: string, what: RegExp | string) =>
    until(async () => {
      const all = await world.said(room)
      return all.find(({ content }) =>
        typeof what === 'string' ? content.body === what : what.test(String(content.body)),
      )
    }, `${what} in the room`)
  const account = (path: string) => `/user/${world.alice.id}/rooms/${path}`
  const isThere = async (user: string, room: string) => user in (await world.alice.members(room))

  it('what is written in them in their first moment reaches WeChat, in its order', async () => {
    await weChat().say('html', '你好')
    const room = await world.room('<b>Tom')
    const words = ['at once', 'and more', 'and yet more']
    for (const each of words) await world.alice.say(room, each)
    for (const each of words) {
      expect((await weChat().waitDelivered(({ text }) => text === each)).to).toBe('html')
    }
    const mine = (await weChat().delivered()).filter(({ to }) => to === 'html')
    expect(mine.map(({ text }) => text)).toEqual(words)
    expect((await bodies(management)).join()).not.toMatch(/at once/)
  })

  it('a member speaks under the nickname from the first word on', async () => {
    await weChat().setDisplay('hikers', 'wu', '领队')
    await weChat().say('wu', '周六几点？', 'hikers')
    const room = await world.room('周末爬山队')
    const event = await saying(room, '周六几点？')
    const names = (await world.alice.events(room)).flatMap((one) =>
      one.type === 'm.room.member' &&
      one.state_key === event.sender &&
      one.content.membership === 'join'
        ? [one.content.displayname]
        : [],
    )
    expect(names).toEqual(['领队'])
  })

  it('where the owner speaks for themselves nobody stands for them, and comes back after', async () => {
    await weChat().say('lin', 'hello')
    const room = await world.room('林小满')
    await weChat().phoneSay('lin', 'as a ghost')
    expect((await saying(room, 'as a ghost')).sender).toBe(me)
    await weChat().pin('lin', true)
    await world.alice.say(management, `!wx puppet ${world.alice.token}`)
    await until(async () => !(await isThere(me, room)), 'the other one to leave')
    const tags = async () =>
      (await world.alice.call('GET', account(`${encodeURIComponent(room)}/tags`))).tags as object
    await until(async () => 'm.favourite' in (await tags()), 'what was on top before')
    await weChat().phoneSay('lin', 'as myself')
    expect((await saying(room, 'as myself')).sender).toBe(world.alice.id)

    // Nothing is said in the room meanwhile.
    await weChat().pin('lin', false)
    await until(async () => !('m.favourite' in (await tags())), 'no favourite')
    await weChat().mute('lin', true)
    await until(async () => 'm.lowpriority' in (await tags()), 'what is muted')
    const rule = `/pushrules/global/override/${encodeURIComponent(room)}`
    expect(await world.alice.call('GET', rule)).toMatchObject({ actions: [] })
    await weChat().mute('lin', false)

    await world.alice.say(management, '!wx puppet off')
    await saying(management, /forgotten your token/)
    await weChat().phoneSay('lin', 'a ghost again')
    expect((await saying(room, 'a ghost again')).sender).toBe(me)
  })

  it('a chat goes into a room of the owner’s by a command there, and back by another', async () => {
    await weChat().say('zhou', '在吗')
    const own = await world.room('老周')
    const here = await world.alice.createRoom({
      preset: 'private_chat',
      name: 'Kitchen',
      invite: [bot],
    })
    await until(() => isThere(bot, here), 'the bot to come')
    await world.alice.say(here, '!wx link 老周')
    await saying(here, /^1\. 周明远/m)
    await world.alice.say(here, '!wx link 1')
    await saying(here, /^Done\..*周明远.*Kitchen/)
    await weChat().say('zhou', 'into the kitchen')
    await saying(here, 'into the kitchen')
    expect(await bodies(own)).not.toContain('into the kitchen')
    await world.alice.say(here, 'from the kitchen')
    expect((await weChat().waitDelivered(({ text }) => text === 'from the kitchen')).to).toBe(
      'zhou',
    )
    // One room, one chat; and the bridge's own shows none.
    await world.alice.say(here, '!wx link 林小满')
    await until(async () => (await bodies(here)).at(-1) !== '!wx link 林小满', 'an answer')
    expect(await bodies(here)).not.toContainEqual(expect.stringMatching(/^Done\..*林小满/))
    await world.alice.say(here, '!wx unlink')
    await until(async () => (await bodies(here)).at(-1) !== '!wx unlink', 'an answer')
    await weChat().say('zhou', 'home again')
    await saying(own, 'home again')
    expect(await bodies(here)).not.toContain('home again')
    await world.alice.say(own, 'I am home')
    expect((await weChat().waitDelivered(({ text }) => text === 'I am home')).to).toBe('zhou')
    // What is written in the room that was left reaches nobody, which is said.
    await world.alice.say(here, 'to nobody')
    await saying(management, /to nobody/)
    expect((await weChat().delivered()).some(({ text }) => text === 'to nobody')).toBe(false)
  })
})
