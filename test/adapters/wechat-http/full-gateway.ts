import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type {
  Capabilities,
  SendRequest,
  WireChat,
  WireContact,
  WireContent,
  WireLogin,
  WireMessage,
} from '../../../adapters/wechat-http/wire.ts'
import { secret } from './lab.ts'

/** What a test makes of it. */
export interface FullOptions {
  readonly events: 'push' | 'pull'
  readonly media_by: 'url' | 'upload'
  /** Where the bridge listens. */
  readonly bridge: string
  readonly capabilities?: Partial<Capabilities>
}

export interface Sent extends SendRequest {
  readonly ids: string[]
  readonly bytes?: Buffer
  recalled: boolean
}

interface Reply {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: unknown
}

export const friend: WireContact = { id: 'wxid_lin', name: '林小满' }
export const friendChat = { ...friend, kind: 'friend' } as const
export const groupChat = { id: '7/8 9@chatroom', kind: 'group', name: '爬山队' } as const

export function signed(method: string, path: string, body: string | Buffer, time = Date.now()) {
  const signature = createHmac('sha256', secret)
    .update(`${time}\n${method}\n${path}\n`)
    .update(body)
    .digest('hex')
  return { 'X-WeChat-Time': String(time), 'X-WeChat-Signature': signature }
}

/** A gateway that can do all there is in the protocol, in memory. */
export class FullGateway {
  readonly events: { readonly id: string }[] = []
  readonly sent = new Map<string, Sent>()
  readonly uploads = new Map<string, Buffer>()
  readonly media = new Map<string, Buffer>()
  readonly reads: string[] = []
  readonly chats: WireChat[] = [friendChat, groupChat]
  readonly members: WireContact[] = [friend, { id: 'wxid_wu', name: '吴越', nick: '吴越' }]
  login: WireLogin = { state: 'offline', reason: 'logged_out' }
  /** What it told of a send is told as an event as well. */
  echoes = true
  /** Keeps an answer about the login back, when it is made already. */
  slow: (() => Promise<void>) | undefined
  /** It never waits before it says that there is nothing. */
  hasty = false
  /** A login cannot be begun. */
  noLogin = false
  /** It has no sensible answer to a question for events. */
  broken = false
  /** Events that the bridge has. */
  kept = 0
  /** How often it was asked where the login stands, and to begin one. */
  looks = 0
  begun = 0
  /** What was told to the bridge, and what it answered. */
  readonly posted: {
    readonly asked: string
    readonly status: number
    readonly answered: string
  }[] = []
  /** Paths of the bridge that media was fetched from. */
  readonly offers: string[] = []
  #count = 0
  #closed = false
  readonly #options: FullOptions
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  #wakes: (() => void)[] = []

  constructor(options: FullOptions) {
    this.#options = options
  }

  async start(port = 0): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done))
    if (this.#options.events === 'push') void this.#push()
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const wake of this.#wakes.splice(0)) wake()
    await new Promise<void>((closed) => {
      this.#server.close(() => closed())
      this.#server.closeAllConnections()
    })
  }

  id(kind: string): string {
    this.#count += 1
    return `${kind}${this.#count}`
  }

  tell(event: object): void {
    this.events.push({ id: this.id('e'), ...event })
    for (const wake of this.#wakes.splice(0)) wake()
  }

  logIn(login: WireLogin): void {
    this.login = login
    this.tell({ type: 'login', login })
  }

  say(content: WireContent, more: Partial<WireMessage> = {}): WireMessage {
    const message = {
      id: this.id('m'),
      at: Date.now(),
      chat: friendChat,
      from: friend,
      content,
      ...more,
    }
    this.tell({ type: 'message', account: 'wxid_me', message })
    return message
  }

  /** The queue, in its order: an event is done with 200 or 422. */
  async #push(): Promise<void> {
    while (!this.#closed) {
      const batch = this.events.slice(this.kept, this.kept + 10)
      if (batch.length === 0) {
        await this.#woken(1000)
        continue
      }
      const body = JSON.stringify({ events: batch })
      const headers = signed('POST', '/v1/events', body)
      const answer = await fetch(`${this.#options.bridge}/v1/events`, {
        method: 'POST',
        body,
        headers,
      }).catch(() => undefined)
      const text = await answer?.text().catch(() => '')
      if (answer) this.posted.push({ asked: body, status: answer.status, answered: text ?? '' })
      if (answer?.status === 200 || answer?.status === 422) this.kept += batch.length
      else await new Promise((done) => setTimeout(done, 50))
    }
  }

  #woken(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms)
      this.#wakes.push(() => {
        clearTimeout(timer)
        done()
      })
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const pieces: Buffer[] = []
      for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
      const { status, headers, body } = await this.#answer(request, Buffer.concat(pieces))
      const isBytes = Buffer.isBuffer(body)
      response.writeHead(status, {
        'content-type': isBytes ? 'application/octet-stream' : 'application/json',
        ...headers,
      })
      response.end(isBytes ? body : JSON.stringify(body))
    } catch {
      response.destroy()
    }
  }

  async #answer(request: IncomingMessage, body: Buffer): Promise<Reply> {
    const { method = '', url = '', headers } = request
    const time = Number(headers['x-wechat-time'])
    const wanted = signed(method, url, body, time)['X-WeChat-Signature']
    const isLate = !(Math.abs(Date.now() - time) < 300_000)
    if (isLate || headers['x-wechat-signature'] !== wanted) {
      return { status: 401, body: { error: 'unauthorised' } }
    }
    const { pathname, searchParams } = new URL(url, 'http://gateway')
    const parts = pathname.split('/').slice(2).map(decodeURIComponent)
    const json = method === 'POST' && body.length > 0 ? JSON.parse(body.toString()) : {}
    const [what, id = '', verb] = parts
    const asked = [method, what, ...(parts.length > 1 ? [verb ?? ':id'] : [])].join(' ')
    switch (asked) {
      case 'GET capabilities':
        return ok(this.capabilities())
      case 'GET login': {
        this.looks += 1
        const now = ok(this.login)
        await this.slow?.()
        return now
      }
      case 'POST login':
        this.begun += 1
        if (this.noLogin) return { status: 500, body: 'no' }
        this.logIn({ state: 'scan', qr: `https://example.org/${this.id('q')}` })
        return ok(this.login)
      case 'POST logout':
        this.logIn({ state: 'offline', reason: 'logged_out' })
        return ok(this.login)
      case 'GET chats':
        return this.list()
      case 'GET chats members':
        return id === groupChat.id ? ok({ members: this.members }) : missing
      case 'POST chats read':
        this.reads.push(id)
        return ok({})
      case 'GET events':
        if (this.broken) return ok({ events: 7 })
        if (!/^\d*$/.test(searchParams.get('after') ?? '')) {
          return { status: 410, body: { error: 'gone' } }
        }
        return ok(await this.#after(searchParams.get('after'), Number(searchParams.get('wait'))))
      case 'PUT media :id':
        this.uploads.set(id, body)
        return ok({})
      case 'GET media :id': {
        const bytes = this.media.get(id)
        return bytes ? ok(bytes) : missing
      }
      case 'GET messages': {
        const sent = this.sent.get(searchParams.get('client_id') ?? '')
        return ok(sent ? { state: 'sent', ids: sent.ids } : { state: 'absent' })
      }
      case 'POST messages':
        return this.send(json as SendRequest)
      case 'POST messages recall':
        return this.#recall(id)
      default:
        return missing
    }
  }

  capabilities(): Capabilities {
    const { events, media_by, capabilities } = this.#options
    return {
      protocol: 1,
      events,
      login: true,
      chats: true,
      members: true,
      find: true,
      read: true,
      mentions: true,
      recall_ms: 120_000,
      receives: ['media', 'recalls', 'quotes', 'members'],
      text: 1800,
      media_by,
      media: {
        image: { max_bytes: 10_000_000, mimes: ['image/jpeg'] },
        file: { max_bytes: 50_000_000 },
      },
      ...capabilities,
    }
  }

  list(): Reply {
    return ok({ chats: this.chats })
  }

  async send(asked: SendRequest): Promise<Reply> {
    if (this.login.state !== 'online') return { status: 409, body: { error: 'offline' } }
    const known = this.sent.get(asked.client_id)
    if (known) return ok({ ids: known.ids })
    const me = this.login.account.id
    if (asked.account !== undefined && asked.account !== me) {
      return { status: 409, body: { error: 'another_account' } }
    }
    const place = this.chats.find((each) => each.id === asked.chat)
    if (!place) return { status: 404, body: { error: 'no_such_chat' } }
    const { media } = asked
    const bytes = media?.id
      ? this.uploads.get(media.id)
      : media?.url && (await this.#fetched(media.url))
    const sent = { ...asked, ids: [this.id('m')], recalled: false, ...(bytes && { bytes }) }
    this.sent.set(asked.client_id, sent)
    if (this.echoes) {
      const content: WireContent = { kind: 'text', text: asked.text ?? '' }
      const id = sent.ids[0] ?? ''
      this.say(content, { id, chat: place, from: 'me', client_id: asked.client_id })
    }
    return ok({ ids: sent.ids })
  }

  #recall(id: string): Reply {
    for (const sent of this.sent.values()) {
      if (!sent.ids.includes(id)) continue
      sent.recalled = true
      if (this.echoes) this.say({ kind: 'recall', target: { id } }, { from: 'me' })
      return ok({})
    }
    return missing
  }

  async #fetched(url: string): Promise<Buffer> {
    const answer = await fetch(url)
    if (answer.status !== 200) throw new Error(`the bridge said ${answer.status}`)
    this.offers.push(url.replace(this.#options.bridge, ''))
    return Buffer.from(await answer.arrayBuffer())
  }

  async #after(cursor: string | null, wait: number) {
    const from = Number(cursor ?? 0)
    if (this.events.length <= from && wait > 0 && !this.hasty) await this.#woken(wait * 1000)
    const events = this.events.slice(from, from + 10)
    this.kept = from
    return { events, next: String(from + events.length) }
  }
}

const ok = (body: unknown): Reply => ({ status: 200, body })
const missing: Reply = { status: 404, body: { error: 'not_found' } }
