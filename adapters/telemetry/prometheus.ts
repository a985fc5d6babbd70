import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock } from '../../src/ports/clock.ts'
import type { Readings } from '../../src/ports/health.ts'
import type { Meter } from '../../src/ports/telemetry.ts'
import { type Metric, metrics } from './metrics.ts'

/** The metrics of one process, for who asks for them. */
export interface Prometheus {
  readonly meter: Meter
  /** All of them in the text format of Prometheus. Without readings what they would say is left out. */
  text(readings: Readings | undefined): Promise<string>
  /** The content type of that text. */
  readonly type: string
}

const states = { offline: 0, scan: 1, scanned: 2, online: 3 } as const

/** Makes the metrics of the table, in a registry of their own. */
export function createPrometheus(clock: Pick<Clock, 'now'>): Prometheus {
  const registry = new Registry()
  const of = ({ name, help, labels: labelNames }: Metric) => ({
    name,
    help,
    labelNames,
    registers: [registry],
  })
  const inbox = new Counter(of(metrics.inbox))
  const depth = new Gauge(of(metrics.depth))
  const oldest = new Gauge(of(metrics.oldest))
  const letters = new Gauge(of(metrics.letters))
  const send = new Histogram({ ...of(metrics.send), buckets: [...metrics.send.buckets] })
  const dead = new Counter(of(metrics.dead))
  const recalls = new Counter(of(metrics.recalls))
  const account = new Gauge(of(metrics.account))
  const media = new Gauge(of(metrics.media))
  const epoch = new Gauge(of(metrics.epoch))
  const memory = new Gauge(of(metrics.memory))
  const cpu = new Counter(of(metrics.cpu))
  const started = new Gauge(of(metrics.started))
  started.set(Math.round(clock.now() / 1000 - process.uptime()))
  // A series that is there from the beginning shows its first rise.
  recalls.inc({ found: 'yes' }, 0)
  recalls.inc({ found: 'no' }, 0)

  return {
    type: registry.contentType,
    meter: {
      accepted: (source, kind) => inbox.inc({ source, kind }),
      tried: (lane, outcome, ms) => send.observe({ lane, outcome }, ms / 1000),
      buried: (lane, code) => dead.inc({ lane, code }),
      recalled: (isFound) => recalls.inc({ found: isFound ? 'yes' : 'no' }),
    },
    text(readings) {
      // What is not there any more is not said any more.
      for (const gauge of [depth, oldest, letters, account, media, epoch]) gauge.reset()
      if (readings) read(readings)
      else for (const gauge of [letters, media]) gauge.remove()
      memory.set(process.memoryUsage.rss())
      const { user, system } = process.cpuUsage()
      cpu.reset()
      cpu.inc((user + system) / 1_000_000)
      return registry.metrics()
    },
  }

  function read(readings: Readings): void {
    for (const lane of readings.lanes) {
      depth.set({ lane: lane.lane }, lane.depth)
      oldest.set({ lane: lane.lane }, lane.oldestMs / 1000)
      if (lane.epoch !== undefined) epoch.set({ lane: lane.lane }, lane.epoch)
    }
    for (const each of readings.accounts) account.set({ account: each.account }, states[each.state])
    letters.set(readings.letters)
    if (readings.mediaBytes === undefined) media.remove()
    else media.set(readings.mediaBytes)
  }
}
