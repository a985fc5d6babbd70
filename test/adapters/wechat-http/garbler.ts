import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy before a gateway, whose next answers are whatever it is told instead. */
export interface Garbler {
  readonly origin: string
  /** How many of them are still to come. */
  left(): number
  garble(hows: readonly Garbage[]): void
  /** What was asked and answered, in order. */
  readonly seen: Exchange[]
  close(): Promise<void>
}

export interface Exchange {
  readonly method: string
  readonly path: string
  readonly asked: string
  readonly status: number
  readonly answered: string
}

/** `lost`: it is done, and its answer never comes. */
export type Garbage = 'empty' | 'html' | 'truncated' | '500' | 'reset' | 'json' | 'lost'

export async function garbler(
  target: () => number,
  only: (path: string) => boolean = () => true,
): Promise<Garbler> {
  const waiting: Garbage[] = []
  const seen: Exchange[] = []
  const server = createServer((asked, answer) => {
    const how = only(asked.url ?? '') ? waiting.shift() : undefined
    if (how !== undefined && how !== 'lost') return garbled(how, asked, answer)
    pass(target(), asked, answer, how === 'lost', seen)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    left: () => waiting.length,
    garble: (hows) => void waiting.push(...hows),
    seen,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

function garbled(
  how: Exclude<Garbage, 'lost'>,
  asked: IncomingMessage,
  answer: ServerResponse,
): void {
  asked.resume()
  if (how === 'reset') return void asked.socket.destroy()
  if (how === '500') return void answer.writeHead(500).end('{"state": "online"}')
  if (how === 'truncated') {
    answer.writeHead(200, { 'content-length': 100 })
    answer.write('{"state": ', () => asked.socket.destroy())
    return
  }
  const bodies = { empty: '', html: '<html>Bad <b>gateway', json: '{"state": 7, "__proto__": []}' }
  answer.writeHead(200, { 'content-type': 'text/html' }).end(bodies[how])
}

function pass(
  port: number,
  asked: IncomingMessage,
  answer: ServerResponse,
  isLost: boolean,
  seen: Exchange[],
): void {
  const { method = 'GET', url = '/', headers } = asked
  const pieces: Buffer[] = []
  asked.on('data', (piece: Buffer) => pieces.push(piece))
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (got) => {
    const back: Buffer[] = []
    got.on('data', (piece: Buffer) => back.push(piece))
    got.on('end', () => {
      const status = got.statusCode ?? 502
      seen.push({
        method,
        path: url,
        asked: Buffer.concat(pieces).toString(),
        status,
        answered: Buffer.concat(back).toString(),
      })
      if (isLost) return void asked.socket.destroy()
      answer.writeHead(status, got.headers).end(Buffer.concat(back))
    })
  })
  // As if there were nobody here.
  onward.on('error', () => asked.socket.destroy())
  asked.pipe(onward)
}
