import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerTo } from './calls.ts'
import { newCode } from './codes.ts'
import { controlOf } from './control.ts'
import { codeStatus, refusedToken, updates } from './polls.ts'
import type { Fault, IlinkControl, IlinkOptions, IlinkSim } from './sim.ts'
import { Stage } from './stage.ts'
import { wrongIn } from './strict.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * WeChat's official bot API as real HTTP servers on loopback: two data centres and a file server, written from the wire
 * facts (`ecosystem §1.3`), and as strict.
 */
export async function startIlink(options: IlinkOptions = {}): Promise<IlinkSim> {
  const sim = new Sim(options)
  await sim.open()
  return sim
}

class Sim implements IlinkSim {
  readonly control: IlinkControl
  readonly #stage: Stage
  readonly #servers: { readonly server: Server; port: number }[] = []
  #lastUin = ''

  constructor(options: IlinkOptions) {
    this.#stage = new Stage(options)
    const power = { down: () => this.close(), up: () => this.#listen() }
    this.control = controlOf(this.#stage, this, power)
  }

  get user(): string {
    return this.#stage.world.user
  }
  get origin(): string {
    return this.#at(0)
  }
  get idc(): string {
    return this.#at(1)
  }
  get cdnBase(): string {
    return `${this.#at(2)}/c2c`
  }

  async open(): Promise<void> {
    const api = (idc: boolean) => (request: IncomingMessage, response: ServerResponse) =>
      this.#api(request, response, idc)
    const files = (request: IncomingMessage, response: ServerResponse) =>
      this.#stage.cdn.handle(request, response)
    for (const handle of [api(false), api(true), files]) {
      const server = createServer((request, response) => {
        handle(request, response).catch(() => response.destroy())
      })
      this.#servers.push({ server, port: 0 })
    }
    await this.#listen()
  }

  async close(): Promise<void> {
    this.#stage.tick()
    for (const { server } of this.#servers) {
      if (!server.listening) continue
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    }
  }

  #at(index: number): string {
    return `http://127.0.0.1:${this.#servers[index]?.port}`
  }

  async #listen(): Promise<void> {
    for (const each of this.#servers) {
      await new Promise<void>((resolve) => each.server.listen(each.port, '127.0.0.1', resolve))
      each.port = (each.server.address() as AddressInfo).port
    }
  }

  async #api(request: IncomingMessage, response: ServerResponse, idc: boolean): Promise<void> {
    const { calls, violations } = this.#stage
    const url = new URL(request.url ?? '/', 'http://ilink')
    const path = url.pathname.split('/').at(-1) ?? ''
    calls.set(path, (calls.get(path) ?? 0) + 1)
    const body = await bodyOf(request)
    const isPath = url.pathname.startsWith('/ilink/bot/')
    const wrong = isPath ? wrongIn(request, path, body, this.#lastUin) : 'no such path'
    if (wrong) {
      violations.push(`${path}: ${wrong}`)
      response.writeHead(400).end(wrong)
      return
    }
    this.#lastUin = String(request.headers['x-wechat-uin'] ?? this.#lastUin)
    const how = this.#stage.spoilt(path)
    if (how !== undefined && how !== 'lost' && how !== 'slow') return spoil(response, how)
    const answer = await this.#answer(request, url, path, body ?? {}, idc)
    if (how === 'slow') await new Promise((resolve) => setTimeout(resolve, 150))
    if (how === 'lost') response.destroy()
    else if (!response.destroyed) write(response, answer)
  }

  async #answer(
    request: IncomingMessage,
    url: URL,
    path: string,
    body: Json,
    idc: boolean,
  ): Promise<object> {
    const { world, cdn, violations, options } = this.#stage
    if (path === 'get_bot_qrcode') {
      if (url.searchParams.get('bot_type') !== '3') return { ret: -1 }
      const code = newCode(body.local_token_list as string[])
      this.#stage.code = code
      return { qrcode: code.code, qrcode_img_content: code.shown }
    }
    if (path === 'get_qrcode_status') return codeStatus(this.#stage, url, idc)
    const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
    const refused = refusedToken(this.#stage, token, idc)
    if (refused) return refused
    if (path === 'getupdates') return updates(this.#stage, token, String(body.get_updates_buf))
    const upload = options.fullUrls ? { upload: `${this.cdnBase}/upload` } : {}
    return answerTo({ world, cdn, violations, ...upload }, path, body)
  }
}

async function bodyOf(request: IncomingMessage): Promise<Json | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString())
    return typeof value === 'object' && value !== null ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

/** Ids are written as WeChat does: as numbers that no double can hold. */
function write(response: ServerResponse, answer: object): void {
  const text = JSON.stringify(answer).replace(/("message_id":)"(\d+)"/g, '$1$2')
  response.writeHead(200, { 'content-type': 'application/json' }).end(text)
}

function spoil(response: ServerResponse, how: Exclude<Fault['how'], 'lost' | 'slow'>): void {
  if (typeof how === 'object') write(response, how.answer)
  else if (how === 'reset') response.destroy()
  else if (how === '500') response.writeHead(500).end('<h1>Oops</h1>')
  else response.writeHead(200).end(bodies[how])
}

const bodies = {
  empty: '',
  html: '<html><body>502</body></html>',
  truncated: '{"msgs":[{"mess',
  huge: `{"msgs":[],"pad":"${'x'.repeat(9 * 1024 * 1024)}"}`,
}
