import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readsAs } from '../../e2e/qr-reader.ts'
import { until } from '../../support/until.ts'
import { rings } from '../rooms.ts'
import type { Stage } from '../stage.ts'

/** The login, told in the management room. First of all: it ends logged in. */
export function loginActs(stage: () => Stage): void {
  const codes = async () => {
    const { eye, management } = stage()
    const room = eye.client.getRoom(management)
    if (!room) throw new Error('no management room')
    return (await eye.heard(room)).filter(({ kind, redacted }) => kind === 'm.image' && !redacted)
  }

  test('a new login code takes the place of the old one, as a change of the same message', async () => {
    const { eye, weChat, world } = stage()
    const [first] = await until(async () => {
      const all = await codes()
      return all.length === 1 && all
    }, 'one code')
    const before = String(first?.content.url)
    await weChat.expireCode()
    const uuid = await weChat.code()
    const [now] = await until(async () => {
      const all = await codes()
      return all.length === 1 && all[0]?.content.url !== before && all
    }, 'one code, and another one')
    expect(now?.id).toBe(first?.id)
    expect(now?.edited).toBe(true)
    const code = `${world.sandbox.origin}/l/${uuid}`
    expect(readsAs(await eye.bytes(now?.content.url), code)).toBe(true)
  })

  test('the used code goes away, and the room says who is online', async () => {
    const { eye, management, world } = stage()
    await world.logIn()
    const room = await eye.roomNamed('WeChat bridge')
    expect(room.roomId).toBe(management)
    await eye.hears(room, /WeChat is online as 许行舟/)
    await until(async () => (await codes()).length === 0, 'the code to be gone')
  })

  test('no chat has a room before something is said in it', async () => {
    const { eye, management, weChat } = stage()
    await weChat.settled()
    const others = eye
      .rooms()
      .filter((room) => room.roomId !== management && !room.isSpaceRoom())
      .map(({ name }) => name)
    expect(others).toEqual([])
  })
}

/** Commands, and what needs a word of the owner's. */
export function managementActs(stage: () => Stage): void {
  const home = () => stage().eye.roomNamed('WeChat bridge')

  test('commands are answered in the management room, by the bridge and without a bell', async () => {
    const { alice, eye, management } = stage()
    await alice.say(management, '!wx status')
    const told = await eye.hears(await home(), /WeChat: online \(许行舟.*\)\. \d+ chats/)
    expect(told.kind).toBe('m.notice')
    expect(told.sender).toBe(stage().bot)
    expect(rings(eye.client, told.event)).toBe(false)
  })

  test('a friend request is told there and accepted there', async () => {
    const { alice, eye, management, weChat } = stage()
    await weChat.request('newfriend', '我是新同事', '陈同事')
    const request = await eye.hears(await home(), /陈同事[\s\S]*我是新同事/)
    const [, number = ''] = /!wx accept (\d+)/.exec(request.body) ?? []
    await alice.say(management, `!wx accept ${number}`.trim())
    await until(() => weChat.figure('newfriend').friend, 'the friendship')
  })

  test('the bridge has a name and a picture of its own', async () => {
    const { bot, eye } = stage()
    const room = await home()
    const member = await until(() => room.getMember(bot), 'the bot')
    expect(member.rawDisplayName).toBe('WeChat bridge')
    expect(eye.user).not.toBe(bot)
    const face = await eye.bytes(member.getMxcAvatarUrl())
    expect(Buffer.from(face).toString('latin1', 1, 4)).toBe('PNG')
  })
}

export const fixture = (name: string): Promise<Uint8Array> =>
  readFile(new URL(`../../../src/sandbox/media/${name}`, import.meta.url))
