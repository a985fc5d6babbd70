import { join } from 'node:path'
import { systemClock } from '../../adapters/system/clock.ts'
import { start } from '../../src/main.ts'
import type { HubAdapter } from '../../src/ports/hub.ts'
import { loadConfig } from '../support/config.ts'
import { timed } from './measure.ts'
import { openAt, sealKey } from './seed.ts'
import { instantHub } from './sides.ts'
import type { Started } from './start.ts'

// `node started.ts <data folder> [kill]`: the whole program, which says when it is ready and when it has delivered;
// then it stops, or is killed.

const [folder = '', end] = process.argv.slice(2)
const { config } = loadConfig({
  files: [],
  env: {},
  sets: [
    `data.dir=${folder}`,
    `seal.key=${Buffer.from(sealKey).toString('hex')}`,
    // Nobody logs in: the risk is not accepted, so nothing is asked of anyone.
    'wechat.connector=web',
    'wechat.web.acceptRisk=false',
    'web.port=0',
    'log.level=error',
  ],
})
const delivered = Promise.withResolvers<void>()
const stopping = Promise.withResolvers<void>()
const instant = instantHub(() => delivered.resolve())
let sends = 0
const hub: HubAdapter = {
  ...instant,
  // One is enough: the starts that follow need something to deliver too.
  async send(post, open, signal) {
    if (++sends > 1) await stopping.promise
    return instant.send(post, open, signal)
  },
}
const running = await start(config, {
  seats: () => [{ adapter: hub, users: new Set(['@owner']) }],
})
console.log('ready')
await delivered.promise
console.log('delivered')
if (end === 'kill') process.kill(process.pid, 'SIGKILL')
const stopped = running.stop()
stopping.resolve()
await stopped
const opened = await timed(async () => {
  const database = await openAt(join(folder, 'bridge.sqlite'), systemClock)
  await database.close()
})
const found: Started = { opened }
console.log(JSON.stringify(found))
process.exit(0)
