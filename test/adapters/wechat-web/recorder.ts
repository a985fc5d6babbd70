import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'

/** One request that came through. `name` is the last segment of its path. */
export interface Recorded {
  readonly name: string
  readonly method: string
  readonly url: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What is answered instead of the truth. `cut`: so many bytes of the body, then the connection breaks. */
export interface Instead {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly cut?: number
}

export interface Recorder {
  readonly origin: string
  readonly all: readonly Recorded[]
  of(name: string): readonly Recorded[]
  close(): Promise<void>
}

/** Stands before a server, hands everything on, and remembers it whole. `instead` may answer for it. */
export async function startRecorder(
  target: string,
  instead: (recorded: Recorded) => Instead | undefined = () => undefined,
): Promise<Recorder> {
  const all: Recorded[] = []
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const { method = 'GET', url = '/', headers } = incoming
    const [path = '', query = ''] = url.split('?')
    const name = path.slice(path.lastIndexOf('/') + 1)
    const body = Buffer.concat(chunks)
    const recorded = { name, method, url, query: new URLSearchParams(query), headers, body }
    all.push(recorded)
    const other = instead(recorded)
    if (other) {
      const bytes = Buffer.from(other.body ?? '')
      response.writeHead(other.status ?? 200, {
        'content-length': bytes.length,
        ...other.headers,
      })
      if (other.cut === undefined) return void response.end(bytes)
      response.write(bytes.subarray(0, other.cut), () => response.socket?.resetAndDestroy())
      return
    }
    const { host: _host, connection: _connection, ...rest } = headers
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    try {
      const answer = await request(`${target}${url}`, {
        method: method as 'GET',
        headers: rest,
        signal: gone.signal,
        ...(body.length > 0 ? { body } : {}),
      })
      const { 'transfer-encoding': _te, connection: _c, ...back } = answer.headers
      response.writeHead(answer.statusCode, back)
      response.end(Buffer.from(await answer.body.arrayBuffer()))
    } catch {
      response.socket?.resetAndDestroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    all,
    of: (name) => all.filter((each) => each.name === name),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
