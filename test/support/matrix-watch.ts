import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientEvent } from '../e2e/matrix-user.ts'

/** An event as the homeserver has it, with its room. */
export interface WatchedEvent extends ClientEvent {
  readonly room_id: string
}

/** An application service that is told everything that happens on a homeserver, in order, and changes nothing. */
export interface MatrixWatch {
  /** Its registration file. */
  readonly yaml: string
  close(): Promise<void>
}

/** Each event is taken before the next; a repeated transaction is passed over. */
export async function watchMatrix(
  take: (event: WatchedEvent) => void | Promise<void>,
): Promise<MatrixWatch> {
  const token = 'the-watch-sees-everything'
  const done = new Set<string>()
  let line: Promise<unknown> = Promise.resolve()
  const server: Server = createServer((request, response) => {
    const [, id] = /\/transactions\/([^/?]+)/.exec(request.url ?? '') ?? []
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const answer = (status: number) => response.writeHead(status).end('{}')
      if (id === undefined) return answer(200)
      const work = line.then(async () => {
        if (done.has(id)) return
        const { events } = JSON.parse(Buffer.concat(chunks).toString()) as {
          events: WatchedEvent[]
        }
        for (const event of events) await take(event)
        done.add(id)
      })
      line = work.catch(() => undefined)
      work.then(
        () => answer(200),
        () => answer(500),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const registration = {
    id: 'watch',
    url: `http://127.0.0.1:${port}`,
    as_token: `${token}-as`,
    hs_token: `${token}-hs`,
    sender_localpart: 'watch',
    rate_limited: false,
    namespaces: { users: [], aliases: [], rooms: [{ exclusive: false, regex: '!.*' }] },
  }
  return {
    // JSON is YAML.
    yaml: JSON.stringify(registration),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
