import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Chat } from '../../src/core/chat.ts'
import { commandWords } from '../../src/core/command.ts'
import { eventId, mediaId, roomId } from '../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../src/core/message.ts'
import type { HubEvent, RoomPost } from '../../src/ports/hub.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { RawEvents } from './raw-hub-events.ts'
import { type Answer, json, read, reply } from './raw-hub-http.ts'
import { RawHubTrouble } from './raw-hub-trouble.ts'
import type { Acknowledged, Placed, PostBody, RawCall, Uploaded } from './raw-hub-wire.ts'
import { rawOwner } from './raw-hub-wire.ts'

/** What one hub was given for a room, once for each time it was given it. */
export interface RawPost extends Placed {
  readonly key: string
  readonly room: string
  readonly post: RoomPost
  readonly media?: Uploaded
  /** Taken back since. */
  redacted: boolean
}

export interface RawRoom {
  readonly id: string
  readonly chat: Chat
}

/** Bytes a person sends. `stream` gives them anew each time it is called; `bytes` is how many they are. */
export interface RawMedia {
  readonly kind: MediaKind
  readonly mime: string
  readonly bytes: number
  readonly name?: string
  stream(): AsyncIterable<Uint8Array>
}

export interface RawHubOptions {
  /** The hub's id in the bridge, in which its media is named. Default `raw`. */
  readonly id?: string
  /** Repeats what it is given and cannot be asked, as Telegram does. Default: remembers by key, as Matrix does. */
  readonly forgetful?: boolean
  /** Tells each post as an event of its own, as Matrix does. Default false. */
  readonly echoes?: boolean
  /** Default `Date.now`. */
  readonly now?: () => number
}

/**
 * A hub as a real HTTP server on 127.0.0.1, in the test's process: it survives the bridge's. Everything it receives is
 * on record, in order. Uploads are hashed on their way and not kept, so that any size may pass.
 */
export class RawHub {
  readonly rooms = new Map<string, RawRoom>()
  /** Everything that was posted, doubles included, in the order it came. */
  readonly posts: RawPost[] = []
  readonly uploads = new Map<string, Uploaded>()
  /** Everything persons did here, in order. */
  readonly said: HubEvent[] = []
  readonly trouble: RawHubTrouble
  readonly events: RawEvents
  login: Login | undefined
  readonly #options: RawHubOptions
  readonly #byKey = new Map<string, RawPost>()
  readonly #byId = new Map<string, RawPost>()
  readonly #offered = new Map<string, RawMedia>()
  #ids = 0

  private constructor(options: RawHubOptions, trouble: RawHubTrouble) {
    this.#options = options
    this.trouble = trouble
    this.events = new RawEvents()
  }

  /** Listens on a free port. */
  static async start(options: RawHubOptions = {}): Promise<RawHub> {
    const server = createServer({ keepAliveTimeout: 120_000 })
    const trouble = new RawHubTrouble(server)
    const hub = new RawHub(options, trouble)
    server.on('request', (request, response) => {
      hub.#serve(request, response).catch((error: unknown) => {
        if (!response.destroyed && !request.destroyed) process.emitWarning(String(error))
        response.destroy()
      })
    })
    await trouble.up()
    return hub
  }

  /** What the bridge must be told. */
  get url(): string {
    return this.trouble.url
  }

  get now(): number {
    return this.#options.now?.() ?? Date.now()
  }

  /** The owner writes; `!wx …` is a command. Resolves nothing: the event's id, at once. */
  say(room: string, text: string, replyTo?: string): string {
    const words = commandWords(text)
    const base = this.#base(room)
    const answers = replyTo === undefined ? {} : { replyTo: eventId(replyTo) }
    this.#happened(
      words ? { ...base, type: 'command', words } : { ...base, type: 'message', text, ...answers },
    )
    return base.id
  }

  /** The owner sends something that is not text. */
  give(room: string, media: RawMedia, text?: string): string {
    const id = `given-${++this.#ids}`
    this.#offered.set(id, media)
    const { kind, mime, name, bytes } = media
    const source = this.#options.id ?? 'raw'
    const ref: MediaRef = {
      id: mediaId(`${source}/${id}`),
      source,
      kind,
      mime,
      bytes,
      token: id,
      ...(name !== undefined && { name }),
    }
    const base = this.#base(room)
    this.#happened({ ...base, type: 'message', media: ref, ...(text !== undefined && { text }) })
    return base.id
  }

  /** The owner takes something back. */
  redact(room: string, target: string): string {
    const base = this.#base(room)
    this.#happened({ ...base, type: 'redaction', target: eventId(target) })
    return base.id
  }

  /** The room of a chat that is named so. */
  roomOf(fits: (chat: Chat) => boolean): RawRoom | undefined {
    return [...this.rooms.values()].find(({ chat }) => fits(chat))
  }

  async close(): Promise<void> {
    this.events.ring()
    await this.trouble.down()
  }

  #base(room: string) {
    const id = eventId(`$raw-${++this.#ids}`)
    return { id, room: roomId(room), at: this.now, from: rawOwner }
  }

  #happened(event: HubEvent): void {
    if (event.type !== 'echo') this.said.push(event)
    this.events.add(event)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { call, parts } = read(request)
    const fate = await this.trouble.meet(call, response)
    if (fate === 'over') return
    const answer = await this.#answer(call, parts, request, response)
    if (answer === undefined) return
    if (fate === 'lost') return void response.socket?.resetAndDestroy()
    reply(response, answer)
  }

  async #answer(
    call: RawCall | 'other',
    parts: readonly string[],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Answer | undefined> {
    const [, one = '', , key = ''] = parts
    switch (call) {
      case 'rooms':
        return this.#room(one, (await json(request)) as Chat)
      case 'posts':
        return this.#post(one, key, (await json(request)) as PostBody)
      case 'find':
        return this.#find(one, key)
      case 'upload':
        return { status: 200, body: await this.#upload(request) }
      case 'download':
        return this.#download(one, response)
      case 'events':
        return { status: 200, body: await this.events.batch(response, Number(one)) }
      case 'seen':
        this.events.seen((await json(request)) as Acknowledged)
        return { status: 200, body: {} }
      case 'login':
        this.login = (await json(request)) as Login
        return { status: 200, body: {} }
      case 'other':
        return { status: 400, body: {} }
    }
  }

  #room(portal: string, chat: Chat): Answer {
    const id = `!${portal}`
    this.rooms.set(id, { id, chat })
    return { status: 200, body: { room: id } }
  }

  #post(room: string, key: string, { post, media }: PostBody): Answer {
    if (!this.rooms.has(room)) return { status: 404, body: {} }
    const before = this.#options.forgetful ? undefined : this.#byKey.get(`${room} ${key}`)
    if (before) return { status: 200, body: { id: before.id, at: before.at } }
    const uploaded = media === undefined ? undefined : this.uploads.get(media)
    if (media !== undefined && !uploaded) return { status: 400, body: {} }
    const id = `$post-${++this.#ids}`
    const at = this.now
    const placed: RawPost = {
      id,
      at,
      key,
      room,
      post,
      redacted: false,
      ...(uploaded && { media: uploaded }),
    }
    this.posts.push(placed)
    this.#byId.set(id, placed)
    this.#byKey.set(`${room} ${key}`, placed)
    for (const target of post.redacts ?? []) {
      const taken = this.#byId.get(target)
      if (taken) taken.redacted = true
    }
    if (this.#options.echoes) {
      this.#happened({ id: eventId(id), room: roomId(room), at, type: 'echo', key: post.key })
    }
    return { status: 200, body: { id, at } }
  }

  #find(room: string, key: string): Answer {
    if (this.#options.forgetful) return { status: 501, body: {} }
    const found = this.#byKey.get(`${room} ${key}`)
    return found ? { status: 200, body: { id: found.id, at: found.at } } : { status: 404, body: {} }
  }

  async #upload(request: IncomingMessage): Promise<Uploaded> {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of request as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.byteLength
    }
    const uploaded = { id: `upload-${++this.#ids}`, bytes, sha256: hash.digest('hex') }
    this.uploads.set(uploaded.id, uploaded)
    return uploaded
  }

  async #download(id: string, response: ServerResponse): Promise<Answer | undefined> {
    const media = this.#offered.get(id)
    if (!media) return { status: 404, body: {} }
    response.writeHead(200, { 'content-type': media.mime, 'content-length': media.bytes })
    await pipeline(Readable.from(media.stream()), response).catch(() => response.destroy())
    return undefined
  }
}
