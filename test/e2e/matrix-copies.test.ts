import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, start } from '../../src/main.ts'
import { loadConfig } from '../support/config.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { memoryLog } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { lossyProxy } from './lossy-proxy.ts'
import type { ClientEvent } from './matrix-user.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('what the bridge says as the owner', () => {
  let ground: MatrixGround
  let world: MatrixWorld
  let bridge: Running
  let proxy: Awaited<ReturnType<typeof lossyProxy>>
  let isLosing = false
  let room: string
  let group: string

  const begin = async () => {
    const sets = [
      ...world.sets.filter((each) => !each.startsWith('matrix.homeserver.url=')),
      `matrix.homeserver.url=${proxy.url}`,
      `matrix.doublePuppet.token=${world.alice.token}`,
      'recall.policy=redact',
    ]
    bridge = await start(loadConfig({ files: [], env: {}, sets }).config, { log: memoryLog() })
  }

  beforeAll(async () => {
    ground = await matrixGround()
    world = await ground.world()
    proxy = await lossyProxy(
      ground.synapse.url,
      (path) => isLosing && path.includes('/send/m.room.message/'),
    )
    await begin()
    await world.logIn()
    await world.sandbox.control.say('lin', 'hello')
    await world.sandbox.control.say('wu', 'hello all', 'hikers')
    room = await world.room('林小满🌿')
    group = await world.room('周末爬山队')
  })
  afterAll(async () => {
    await bridge?.stop()
    await proxy?.close()
    await world?.drop()
    await ground?.drop()
  })

  const shown = async (words: string, where = room): Promise<readonly ClientEvent[]> =>
    (await world.said(where)).filter(({ content }) => content.body === words)
  const typed = async (words: string): Promise<ClientEvent> => {
    await world.sandbox.control.phoneSay('lin', words)
    return until(async () => (await shown(words))[0], `"${words}" in the room`)
  }
  /** As a client forwards it that copies all that is in it. */
  const forward = ({ content }: ClientEvent, into: string) =>
    world.alice.send(into, 'm.room.message', content)
  const sent = (words: string) =>
    world.sandbox.control.delivered().filter(({ text }) => text === words)
  let count = 0
  /** All that was to go before this has gone. */
  const settled = async () => {
    const words = `barrier ${++count}`
    await world.alice.say(room, words)
    await world.sandbox.control.waitDelivered(({ text }) => text === words)
  }

  test('is there once and never goes to WeChat again, also when its answer was lost', async () => {
    isLosing = true
    const event = await typed('typed on the phone')
    isLosing = false
    expect(event.sender).toBe(world.alice.id)
    await typed('and this')
    await settled()
    expect(await shown('typed on the phone')).toHaveLength(1)
    expect(sent('typed on the phone')).toEqual([])
    expect(sent('and this')).toEqual([])
  })

  test('goes to another chat when its owner forwards it there, also after a restart', async () => {
    const event = await typed('to be forwarded')
    await forward(event, group)
    const one = await world.sandbox.control.waitDelivered(({ text }) => text === 'to be forwarded')
    expect(one.to).toBe('hikers')
    await bridge.stop()
    await forward(event, group)
    await begin()
    await until(() => sent('to be forwarded').length === 2, 'it once more')
    await settled()
    expect(sent('to be forwarded').map(({ to }) => to)).toEqual(['hikers', 'hikers'])
  })

  test('goes nowhere when it is copied into its own room, and that is said once', async () => {
    const event = await typed('in its own room')
    await forward(event, room)
    const isTold = ({ content }: ClientEvent) => /copy of a message/.test(String(content.body))
    await until(async () => (await world.said(room)).some(isTold), 'the answer')
    await settled()
    expect(sent('in its own room')).toEqual([])
    expect((await world.said(room)).filter(isTold)).toHaveLength(1)
  })

  test('what contacts said is forwarded into any room, also their own', async () => {
    await world.sandbox.control.say('lin', 'said by her')
    const event = await until(async () => (await shown('said by her'))[0], 'it in the room')
    await forward(event, room)
    await world.sandbox.control.waitDelivered(({ text }) => text === 'said by her')
    await settled()
    expect(sent('said by her')).toHaveLength(1)
  })

  test('is taken back as the owner without asking WeChat to', async () => {
    const id = await world.sandbox.control.phoneSay('lin', 'a slip')
    await until(async () => (await shown('a slip')).length === 1, 'it in the room')
    const before = (await world.said(room)).length
    await world.sandbox.control.recall(id, 'phone')
    await until(async () => (await shown('a slip')).length === 0, 'it to be taken back')
    await settled()
    // Nothing is said of a recall that failed: there was none.
    expect((await world.said(room)).length).toBe(before)
    const asked = world.sandbox.control.requests().filter(({ url }) => url.includes('revokemsg'))
    expect(asked).toEqual([])
  })
})
