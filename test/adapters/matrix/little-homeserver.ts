import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A call that the homeserver got. */
export interface Got {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Record<string, unknown>
  readonly headers: IncomingHttpHeaders
}

/** What is answered: a status and a body, undefined for `{}`, or nothing by hand. */
export type Answering = (
  got: Got,
  response: ServerResponse,
) => { status: number; body?: object; headers?: Record<string, string> } | undefined | 'by hand'

/** So much of a homeserver as the application service talks to: it notes each call and answers `{}` unless told otherwise. */
export interface LittleHomeserver {
  readonly url: string
  readonly got: Got[]
  answers: Answering
  calls(method: string, path: RegExp): readonly Got[]
  /** Ends it as a process ends; `start` begins it again at the same address. */
  stop(): Promise<void>
  start(): Promise<void>
}

export async function littleHomeserver(): Promise<LittleHomeserver> {
  const got: Got[] = []
  let port = 0
  let server: ReturnType<typeof createServer> | undefined
  const start = async () => {
    const fresh = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const url = new URL(request.url ?? '/', 'http://homeserver.invalid')
      const said = Buffer.concat(chunks).toString()
      const one: Got = {
        method: request.method ?? '',
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        body: said ? (JSON.parse(said) as Record<string, unknown>) : {},
        headers: request.headers,
      }
      got.push(one)
      const answer = it.answers(one, response) ?? { status: 200 }
      if (answer === 'by hand') return
      const json = JSON.stringify(answer.body ?? {})
      const headers = { 'content-type': 'application/json', ...answer.headers }
      response.writeHead(answer.status, headers).end(json)
    })
    await new Promise<void>((resolve) => fresh.listen(port, '127.0.0.1', resolve))
    port = (fresh.address() as AddressInfo).port
    server = fresh
  }
  const it: LittleHomeserver = {
    get url() {
      return `http://127.0.0.1:${port}`
    },
    got,
    answers: () => undefined,
    calls: (method, path) => got.filter((one) => one.method === method && path.test(one.path)),
    start,
    async stop() {
      const ending = server
      server = undefined
      if (!ending) return
      const ended = new Promise((resolve) => ending.close(resolve))
      ending.closeAllConnections()
      await ended
    },
  }
  await start()
  return it
}
