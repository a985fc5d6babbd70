import { afterEach, expect, test } from 'vitest'
import { type Running, start } from '../../src/main.ts'
import { startTelegram } from '../sim/telegram/server.ts'
import { loadConfig } from '../support/config.ts'
import { matrixGround } from '../support/matrix-world.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { onSynapse } from './on-synapse.ts'

// A hub that goes away while nobody says anything: the monitor tells, and tells when it is back.

const long = 90_000
let ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.reverse()) await end()
  ends = []
})

async function begun(sets: readonly string[]) {
  const config = loadConfig({ files: [], env: {}, sets: [...sets, 'monitor.port=0'] }).config
  const bridge: Running = await start(config, { log: memoryLog(), echoMs: 0 })
  ends.push(() => bridge.stop())
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${bridge.monitor}${path}`)
    return { status: answer.status, said: await answer.json() }
  }
  const tells = (status: number, said: object) =>
    until(
      async () => {
        expect(await ask('/readyz')).toEqual({ status, said })
        return true
      },
      `/readyz to tell ${status}`,
      long,
    )
  return { ask, tells }
}

onSynapse('a homeserver', () => {
  test('that is away while nothing is sent shows in /readyz, and so does its return', async () => {
    const ground = await matrixGround()
    ends.push(ground.drop)
    const world = await ground.world()
    ends.push(world.drop)
    const { ask, tells } = await begun(world.sets)
    await world.room('WeChat bridge')
    await tells(200, { ready: true })
    await ground.synapse.stop()
    await tells(503, { ready: false, waits: { matrix: 'cannot be reached' } })
    expect((await ask('/healthz')).status).toBe(200)
    await ground.synapse.start()
    await tells(200, { ready: true })
  }, 400_000)
})

test('a Telegram that is away while nothing is sent shows in /readyz, and so does its return', async () => {
  const sim = await startTelegram({ limits: false })
  ends.push(() => sim.close())
  const folder = await tempFolder()
  ends.push(folder.drop)
  const { tells } = await begun([
    'language=en',
    `data.dir=${folder.path}`,
    // Nobody is logged in, so nobody says anything.
    'wechat.connector=web',
    'web.enabled=false',
    `telegram.apiRoot=${sim.apiRoot}`,
    `telegram.token=${sim.token}`,
  ])
  await tells(200, { ready: true })
  await sim.down()
  await tells(503, { ready: false, waits: { telegram: 'cannot be reached' } })
  await sim.up()
  await tells(200, { ready: true })
}, 400_000)
