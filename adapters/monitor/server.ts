import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { BridgeError } from '../../src/core/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Health } from '../../src/ports/health.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { nowAndThen } from './now-and-then.ts'

export interface MonitorOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

export interface MonitorPorts {
  readonly clock: Clock
  readonly log: Log
  /** Asked at most once a second; what it rejects with counts as not being well. */
  health(): Promise<Health>
  /** All metrics as text, asked at most once a second; and the type of that text. */
  metrics(): Promise<string>
  readonly metricsType: string
}

export interface Monitor {
  /** Where it listens. */
  readonly port: number
  /** Ends it, and all who ask. */
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const json = 'application/json; charset=utf-8'
/** Who asks sends no more than a line and a few headers; whoever does not is not waited for, in milliseconds. */
const patience = 5_000
/** Some machines that ask, and no more: each connection costs the bridge a file. */
const mostAtOnce = 64

/**
 * Tells machines how the bridge is: `/healthz`, `/readyz` and `/metrics`, and nothing else. It knows no names and no
 * words of people, and asks nobody who they are. Throws a BridgeError (`config`) where it cannot listen.
 */
export async function startMonitor(
  { host, port }: MonitorOptions,
  { clock, log, ...ports }: MonitorPorts,
): Promise<Monitor> {
  const health = nowAndThen(() => ports.health().catch(unwell), clock)
  const metrics = nowAndThen(ports.metrics, clock)
  const pages: Readonly<Record<string, () => Promise<Answer>>> = {
    '/healthz': async () => {
      const { ok } = await health()
      return told(ok, { ok })
    },
    '/readyz': async () => {
      const { ready, waits } = await health()
      return told(ready, { ready, ...(waits && { waits }) })
    },
    '/metrics': async () => ({ status: 200, type: ports.metricsType, body: await metrics() }),
  }

  const limits = { requestTimeout: patience, keepAliveTimeout: patience, maxHeaderSize: 8 * 1024 }
  const server = createServer(limits, (ask, to) =>
    answer(ask).then(
      (found) => send(ask, to, found),
      (error: unknown) => {
        log.warn({ error: String(error) }, 'the monitor could not answer')
        send(ask, to, { status: 500, type: json, body: '{"error":"see the log"}' })
      },
    ),
  )
  server.maxConnections = mostAtOnce
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error)))
    server.listen(port, host, resolve)
  })
  server.on('error', (error) => log.warn({ error: String(error) }, 'the monitor met an error'))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function answer({ method, url = '' }: IncomingMessage): Promise<Answer> {
    const [path = ''] = url.split('?')
    const page = pages[path]
    if (!page) return { status: 404, type: json, body: '{"error":"there is nothing here"}' }
    if (method === 'GET' || method === 'HEAD') return page()
    return { status: 405, type: json, body: '{"error":"only GET"}' }
  }
}

function told(isGood: boolean, body: object): Answer {
  return { status: isGood ? 200 : 503, type: json, body: JSON.stringify(body) }
}

function unwell(): Health {
  return { ok: false, ready: false }
}

function send({ method }: IncomingMessage, to: ServerResponse, { status, type, body }: Answer) {
  to.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 && { allow: 'GET, HEAD' }),
  })
  to.end(method === 'HEAD' ? undefined : body)
}

function cannotListen(host: string, port: number, { code }: NodeJS.ErrnoException): BridgeError {
  const why = code === 'EADDRINUSE' ? 'the port is taken' : `it cannot listen there (${code})`
  return new BridgeError(
    `monitor.port: ${host} port ${port}: ${why}. Choose another one, or null for none.`,
    { code: 'config', heal: 'never', certain: true },
  )
}
