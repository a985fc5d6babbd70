import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { controlOf } from './control.ts'
import { endpoint } from './endpoints.ts'
import { Faults, type Plan } from './faults.ts'
import { type Answer, answer, type Call, readCall } from './http.ts'
import type { Sandbox, SandboxOptions } from './sandbox.ts'
import { live } from './script.ts'
import { newState, type State } from './state.ts'
import { badGateway } from './upload.ts'

/** Starts a web WeChat on 127.0.0.1, with a small world of people (protocol §10.2). */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const state = newState(options)
  const faults = new Faults()
  const server = createServer((request, response) => {
    serve(state, faults, request, response).catch((error: unknown) => {
      warn(error)
      response.destroy()
    })
  })
  // Longer than any pause of a client, so that a kept connection is not closed under its next request.
  server.keepAliveTimeout = 120_000
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  const silence = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  await listen(options.port ?? 0)
  state.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const control = controlOf(state, faults)
  if (state.options.alive) live(state, control).catch(warn)
  return {
    origin: state.origin,
    control,
    down: silence,
    up: () => listen(Number(new URL(state.origin).port)),
    close: async () => {
      state.watch.close()
      await silence()
      for (const { large } of state.uploads.values()) large?.drop()
    },
  }
}

async function serve(
  state: State,
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const { method = 'GET', url = '/', headers } = request
  state.seen.push({ method, url, host: headers.host ?? '' })
  const path = url.split('?')[0] ?? '/'
  const plan = faults.strike(path.slice(path.lastIndexOf('/') + 1))
  const call = await readCall(request, gone.signal, BODY_LIMIT).catch(() => undefined)
  if (!request.complete) return
  if (plan && !plan.effect && plan.deliver === 'cut') return cut(response)
  const truth = call ? await respond(state, call, plan) : badGateway()
  if (plan?.delayMs !== undefined)
    await state.watch.until(() => undefined, plan.delayMs, gone.signal)
  await deliver(state, response, plan?.change(truth) ?? truth, plan?.deliver ?? 'answer')
}

async function respond(state: State, call: Call, plan: Plan | undefined): Promise<Answer> {
  if (plan && !plan.effect) return answer(200, 'text/plain', '')
  const run = endpoint(call.path)
  return run ? await run(state, call) : answer(404, 'text/html', '<html><body>404</body></html>')
}

async function deliver(
  state: State,
  response: ServerResponse,
  { status, headers, body, large }: Answer,
  how: Plan['deliver'],
): Promise<void> {
  if (response.destroyed || how === 'hold') return
  if (how === 'cut') return cut(response)
  if (large) {
    response.writeHead(status, { ...asHeaders(headers), 'content-length': large.byteLength })
    // A client may leave at any time.
    return pipeline(large.read(0, large.byteLength), response).catch(() => undefined)
  }
  const length = how === 'unmeasured' ? {} : { 'content-length': body.byteLength }
  response.writeHead(status, { ...asHeaders(headers), ...length })
  if (how === 'drip') {
    const size = Math.max(1, Math.ceil(body.byteLength / DRIPS))
    for (let at = 0; at < body.byteLength; at += size) {
      response.write(body.subarray(at, at + size))
      await state.watch.until(() => undefined, DRIP_MS)
    }
    response.end()
  } else response.end(body)
}

/** A defect of the sandbox must not look like one of the server it plays. */
function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}

function cut(response: ServerResponse): void {
  response.socket?.resetAndDestroy()
}

function asHeaders(headers: Answer['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  )
}

/** Enough for one part of an upload and its fields; more is refused as nginx does. */
const BODY_LIMIT = 1_048_576
const DRIPS = 12
const DRIP_MS = 60
