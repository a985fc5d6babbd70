import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Running, start } from '../../src/main.ts'
import { loadConfig } from '../support/config.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { memoryLog } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('what is read again in the rooms', () => {
  let ground: MatrixGround
  let world: MatrixWorld
  let bridge: Running
  const log = memoryLog()
  const begin = async () => {
    bridge = await start(loadConfig({ files: [], env: {}, sets: world.sets }).config, { log })
  }

  beforeAll(async () => {
    ground = await matrixGround()
    world = await ground.world()
    await begin()
    await world.room('WeChat bridge')
  })
  afterAll(async () => {
    await bridge?.stop()
    await world?.drop()
    await ground?.drop()
  })

  it('is not sent, carried out or answered a second time by the next process', async () => {
    const management = await world.room('WeChat bridge')
    const { alice, sandbox } = world
    await world.logIn()
    await sandbox.control.say('lin', 'hello')
    const room = await world.room('林小满🌿')
    const first = await alice.say(room, 'one')
    await alice.say(room, 'two')
    const sent = await sandbox.control.waitDelivered((one) => one.text === 'two')
    await alice.redact(room, first)
    await until(() => sandbox.control.delivered()[0]?.recalled, 'the recall')
    const answers = async () =>
      (await world.said(management)).filter(({ content }) => /online/i.test(String(content.body)))
    const before = (await answers()).length
    await alice.say(management, '!wx status')
    await until(async () => (await answers()).length > before, 'the answer')
    const known = (await answers()).length
    const delivered = sandbox.control.delivered().length
    await bridge.stop()

    log.lines.length = 0
    await begin()
    // A line for each room in which there was something.
    const fresh = () =>
      log.lines
        .filter((line) => line.includes('had not come in a transaction'))
        .reduce((sum, line) => sum + Number(/"fresh":(\d+)/.exec(line)?.[1]), 0)
    await until(() => fresh() > 4, 'what is read again', 60_000)
    await alice.say(room, 'three')
    await sandbox.control.waitDelivered((one) => one.text === 'three')
    expect(sandbox.control.delivered()).toHaveLength(delivered + 1)
    expect(await answers()).toHaveLength(known)
    expect(sent.recalled).not.toBe(true)
  })
})
