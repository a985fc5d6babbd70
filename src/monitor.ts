import type { Config } from '../config/schema.ts'
import type { Clock } from './ports/clock.ts'
import type { Health, Readings } from './ports/health.ts'
import type { Log, Meter } from './ports/telemetry.ts'

/** What the monitor asks the bridge. */
export interface Watched {
  health(): Promise<Health>
  /** Undefined: there is nothing to read yet. */
  readings(): Promise<Readings> | undefined
}

export interface Monitoring {
  /** Where it listens. */
  readonly port: number
  readonly meter: Meter
  close(): Promise<void>
}

/** How long reading may take, in milliseconds: what was counted is worth telling also while the store is silent. */
const patience = 3_000

/** Starts the monitor, where one is configured. Throws a BridgeError (`config`) where it cannot listen. */
export async function startMonitoring(
  { monitor }: Pick<Config, 'monitor'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  watched: Watched,
): Promise<Monitoring | undefined> {
  const { host, port } = monitor
  if (port === null) return undefined
  // Imported late: who has no monitor should not wait for it.
  const { startMonitor } = await import('../adapters/monitor/server.ts')
  const { createPrometheus } = await import('../adapters/telemetry/prometheus.ts')
  const prometheus = createPrometheus(clock)
  const server = await startMonitor(
    { host, port },
    {
      clock,
      log,
      health: watched.health,
      metrics: async () => prometheus.text(await inTime(watched, clock, log)),
      metricsType: prometheus.type,
    },
  )
  log.info({ host, port: server.port }, 'the monitor listens')
  return { port: server.port, meter: prometheus.meter, close: server.close }
}

async function inTime(
  { readings }: Watched,
  clock: Clock,
  log: Log,
): Promise<Readings | undefined> {
  const over = new AbortController()
  const late = clock.sleep(patience, over.signal).then(
    () => undefined,
    () => undefined,
  )
  const reading = Promise.resolve(readings()).catch((error: unknown) => {
    log.warn({ error: String(error) }, 'what is to be measured cannot be read now')
    return undefined
  })
  try {
    return await Promise.race([reading, late])
  } finally {
    over.abort()
  }
}
