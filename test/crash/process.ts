import { loadConfig } from '../../config/load.ts'
import { start } from '../../src/main.ts'
import type { Point } from '../../src/ports/telemetry.ts'

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
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProcessOptions
const { config } = loadConfig({ files: [], env: {}, sets: options.sets })
let passed = 0

const running = await start(config, {
  trace(point, about) {
    const { kill } = options
    if (!kill || point !== kill.point || towards(about) !== kill.towards) return
    if (++passed === kill.nth) process.kill(process.pid, 'SIGKILL')
  },
})
console.log('ready')
process.on('SIGTERM', () => void running.stop())
await running.done
process.exit(0)

/** A WeChat message and a post are on their way to the hub; a hub's event and a send to WeChat. */
function towards(about: string): 'wechat' | 'hub' {
  return about.startsWith('$') || about.startsWith('send/') ? 'wechat' : 'hub'
}
