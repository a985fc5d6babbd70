import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it came, whole. */
export interface Asked {
  readonly path: string
  /** The last segment of the path. */
  readonly method: string
  readonly body: Buffer
  readonly type: string
  /** What was sent, where it is JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

/** What the server does about a request. */
export type Does = (response: ServerResponse, asked: Asked) => void | Promise<void>

/** A server that says whatever a test wants, in Telegram's place. */
export interface Wire {
  readonly origin: string
  readonly asked: readonly Asked[]
  /** Called for each request, once all of it is there. */
  on(does: Does): void
  /** Called at once for each request, which nobody has read: true, it is dealt with. */
  early(does: (request: IncomingMessage, response: ServerResponse) => boolean): void
  close(): Promise<void>
}

export const ok = (result: unknown) => (response: ServerResponse) =>
  json(response, 200, { ok: true, result })

export const fails =
  (code: number, description: string, parameters?: object) => (response: ServerResponse) =>
    json(response, code, { ok: false, error_code: code, description, parameters })

export const resets = (response: ServerResponse): void => {
  response.socket?.resetAndDestroy()
}

export async function startWire(first: Does = ok(true)): Promise<Wire> {
  const asked: Asked[] = []
  let does = first
  let early: (request: IncomingMessage, response: ServerResponse) => boolean = () => false
  const server = createServer((request, response) => {
    if (early(request, response)) return
    void take(request).then((one) => {
      asked.push(one)
      return does(response, one)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    asked,
    on(next) {
      does = next
    },
    early(next) {
      early = next
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

async function take(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const path = request.url ?? ''
  const type = request.headers['content-type'] ?? ''
  const sent = type.startsWith('application/json') ? JSON.parse(body.toString('utf8')) : {}
  return { path, method: path.split('/').at(-1) ?? '', body, type, json: sent }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
