import { systemClock } from '../../adapters/system/clock.ts'
import { start } from '../../src/main.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { loadConfig } from '../support/config.ts'

// The real bridge as a process whose clock runs faster: `node --expose-gc process.ts <options as JSON>`. Prints its
// page's address, and now and then how much memory it holds after tidying up.

export interface LifeOptions {
  /** `section.name=value` */
  readonly sets: readonly string[]
  readonly speed: number
}

const { sets, speed } = JSON.parse(process.argv[2] ?? '') as LifeOptions
const begun = Date.now()
const clock: Clock = {
  now: () => Math.round(begun + (Date.now() - begun) * speed),
  steady: () => systemClock.steady() * speed,
  sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
}
// The network is not faster than it is: what waits for an answer waits as long as ever.
const real = (ms: number) => ms * speed
const timings = {
  poll: real(35_000),
  call: real(10_000),
  contacts: real(20_000),
  upload: real(20_000),
  download: real(20_000),
}
const { config } = loadConfig({ files: [], env: {}, sets })
const running = await start(config, { clock, timings })
console.log(`page ${running.page}`)
const weigh = setInterval(() => {
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  console.log(`held ${heapUsed + external} ${rss}`)
}, 3_000)
process.on('SIGTERM', () => void running.stop())
await running.done
clearInterval(weigh)
process.exit(0)
