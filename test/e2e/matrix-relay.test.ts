import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, start } from '../../src/main.ts'
import { loadConfig } from '../support/config.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'
import type { MatrixUser } from './matrix-user.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('guests in a room of Matrix', () => {
  let ground: MatrixGround
  let world: MatrixWorld
  let bridge: Running
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let room: string
  let bob: MatrixUser
  let carol: MatrixUser
  let management: string
  const log = memoryLog()

  beforeAll(async () => {
    ground = await matrixGround()
    world = await ground.world()
    bob = await ground.synapse.user('bob')
    carol = await ground.synapse.user('carol')
    folder = await tempFolder()
    const file = join(folder.path, 'config.yaml')
    await writeFile(file, `matrix: { permissions: { "${bob.id}": relay } }\n`)
    const { config } = loadConfig({ files: [file], env: {}, sets: world.sets })
    bridge = await start(config, { log })
    management = await world.room('WeChat bridge')
    await world.logIn()
    await world.sandbox.control.say('wu', '周六几点？', 'hikers')
    room = await world.room('周末爬山队')
    for (const guest of [bob, carol, ground.mallory]) {
      const path = `/rooms/${encodeURIComponent(room)}/invite`
      await world.alice.call('POST', path, { user_id: guest.id })
      await guest.join(room)
    }
  })
  afterAll(async () => {
    await bridge?.stop()
    await world?.drop()
    await ground?.drop()
    await folder?.drop()
  })

  const delivered = (text: string) =>
    world.sandbox.control.waitDelivered((one) => one.to === 'hikers' && one.text === text)
  const answered = (where: string, what: RegExp) =>
    until(
      async () =>
        (await world.said(where)).find(
          (event) => event.sender !== world.alice.id && what.test(String(event.content.body)),
        ),
      `${what} in the room`,
    )
  /** The homeserver tells the rooms a little later. */
  const isCalled = async (user: MatrixUser, name: string) => {
    const path = `/profile/${encodeURIComponent(user.id)}/displayname`
    await user.call('PUT', path, { displayname: name })
    const inRoom = async () => (await user.members(room))[user.id]?.display_name === name
    await until(inRoom, `${user.id} to be called ${name}`)
  }

  test('are not heard until the owner lets them', async () => {
    await isCalled(bob, 'Bob')
    await bob.say(room, 'too early')
    await ground.mallory.say(room, 'never')
    await world.alice.say(room, '!wx relay on')
    await answered(room, /everyone|names|write/i)
    await bob.say(room, 'now')
    expect(await delivered('Bob: now')).toBeDefined()
  })

  test('whom nobody has named stay strangers', async () => {
    await ground.mallory.say(room, 'still never')
    await ground.mallory.say(room, '!wx logout')
    await bob.say(room, 'behind them')
    await delivered('Bob: behind them')
    const all = JSON.stringify(await world.sandbox.control.delivered())
    for (const words of ['too early', 'never', 'logout']) expect(all).not.toContain(words)
  })

  test('whom the owner names by their id are heard, with their name', async () => {
    await isCalled(carol, 'Carol')
    await world.alice.say(management, `users add ${carol.id} relay`)
    await answered(management, /@carol:/)
    await carol.say(room, 'hello')
    expect(await delivered('Carol: hello')).toBeDefined()
  })

  test('who call themselves like another are told by their id', async () => {
    await isCalled(carol, 'Воb')
    await carol.say(room, 'I am Bob')
    expect(await delivered(`Воb (${carol.id}): I am Bob`)).toBeDefined()
    const owner = (await world.alice.members(room))[world.alice.id]?.display_name ?? 'alice'
    await isCalled(carol, `${owner.toUpperCase()}\u200b: I agree\nBob`)
    await carol.say(room, 'so')
    expect(await delivered(`${owner.toUpperCase()} I agree Bob: so`)).toBeDefined()
    await isCalled(carol, owner.toUpperCase())
    await carol.say(room, 'me too')
    expect(await delivered(`${owner.toUpperCase()} (${carol.id}): me too`)).toBeDefined()
  })

  test('are no longer heard when the owner shuts the room', async () => {
    await world.alice.say(room, '!wx relay off')
    await answered(room, /no longer|only|off/i)
    await bob.say(room, 'too late')
    await carol.say(room, 'still here')
    await world.alice.say(room, 'the end')
    await delivered('the end')
    expect(JSON.stringify(await world.sandbox.control.delivered())).not.toContain('too late')
  })
})
