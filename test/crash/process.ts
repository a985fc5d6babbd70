import { systemClock } from '../../adapters/system/clock.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { start } from '../../src/main.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Point } from '../../src/ports/telemetry.ts'
import { loadConfig } from '../support/config.ts'
import { createRawHub } from '../support/raw-hub-adapter.ts'
import { rawOwner } from '../support/raw-hub-wire.ts'

// The real bridge as a process that kills itself: `node process.ts <options as JSON>`.

export interface ProcessOptions {
  /** `section.name=value` */
  readonly sets: readonly string[]
  /** Kill -9 when this point is passed for the nth time on the way to `towards`. */
  readonly kill?: {
    readonly point: Point
    readonly towards: 'wechat' | 'hub'
    readonly nth: number
  }
  /** The url of a raw hub to be the bridge's hub. */
  readonly hub?: string
  /** With the clock and the patience below, as a raw hub has them anyway. */
  readonly quick?: true
  /** How long calls to WeChat and the hub may take, in real milliseconds. */
  readonly patienceMs?: number
  /** How much faster than the real one its clock runs; and since when (milliseconds), at every start. Default 1, and its own start. */
  readonly speed?: number
  readonly begun?: number
  /** The fastest its clock is to run later: the network is not faster than it is. Default: as it runs now. */
  readonly topSpeed?: number
}

/** What the process can be told while it runs. */
export interface ProcessOrder {
  /** Its clock is put forward (back, if negative) by so much, in milliseconds. */
  readonly jumpMs?: number
  /** From now on its clock runs so much faster than the real one. */
  readonly speed?: number
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProcessOptions
const { patienceMs = 5_000, hub, topSpeed = options.speed ?? 1 } = options
const { config } = loadConfig({ files: [], env: {}, sets: options.sets })
let passed = 0

let speed = options.speed ?? 1
let since = systemClock.steady()
let steady = since
let base = Date.now() + (Date.now() - (options.begun ?? Date.now())) * (speed - 1)
const clock: Clock = {
  now: () => Math.round(base + (systemClock.steady() - since) * speed),
  steady: () => steady + (systemClock.steady() - since) * speed,
  sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
}
process.on('message', ({ jumpMs = 0, speed: next = speed }: ProcessOrder) => {
  base = clock.now() + jumpMs
  steady = clock.steady()
  since = systemClock.steady()
  speed = next
})
// It does not outlive the test that started it.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.channel?.unref()

// What waits for the network to come back need not wait long here.
const real = (ms: number) => ms * topSpeed
const timings = {
  poll: real(25_000),
  call: real(patienceMs),
  contacts: real(patienceMs),
  upload: real(patienceMs),
  download: real(patienceMs),
  backoff: 50 * speed,
  backoffMax: real(1_000),
  gap: 50 * speed,
  batchGap: 20 * speed,
}

const running = await start(config, {
  // The other side answers at once or never: nobody has to be waited for long.
  echoMs: real(500),
  ...((hub || options.quick) && { clock, timings }),
  ...(hub && {
    seats: (tools) => [
      {
        adapter: createRawHub({ url: hub, timeoutMs: patienceMs }, tools),
        users: new Set([rawOwner]),
      },
    ],
  }),
  trace(point, about) {
    const { kill } = options
    if (!kill || point !== kill.point || towards(about) !== kill.towards) return
    if (++passed === kill.nth) process.kill(process.pid, 'SIGKILL')
  },
}).catch((error: unknown) => {
  // As the command line ends: what cannot run as configured says so once.
  if (!(error instanceof BridgeError) || error.failure.code !== 'config') throw error
  console.error(error.message)
  process.exit(78)
})
process.on('SIGTERM', () => void running.stop())
console.log('ready')
void running.claim.then((claim) => claim && console.log(`claim ${claim.code}`))
await running.done
process.exit(0)

/** A WeChat message and a post are on their way to the hub; a hub's event, its media, and a send to WeChat. */
function towards(about: string): 'wechat' | 'hub' {
  return /^(\$|send\/|raw\/|telegram\/|press\/|-?\d+\/\d)/.test(about) ? 'wechat' : 'hub'
}
