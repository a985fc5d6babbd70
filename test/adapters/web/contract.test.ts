import { toDataURL } from 'qrcode'
import type { WebHub } from '../../../adapters/web/hub.ts'
import type { Chat, Sender } from '../../../src/core/chat.ts'
import { management } from '../../../src/core/chat.ts'
import type { Content, Message } from '../../../src/core/message.ts'
import { senderName } from '../../../src/core/render.ts'
import type { HubSink, RoomPost } from '../../../src/ports/hub.ts'
import type { Open } from '../../../src/ports/outlet.ts'
import { type HubHarness, hubContract, type Seen } from '../../contract/hub.ts'
import { plainOf } from '../../support/plain.ts'
import { until } from '../../support/until.ts'
import {
  type Client,
  client,
  homeOf,
  hubOf,
  logIn,
  makeWorld,
  mintId,
  type World,
} from './page-client.ts'

hubContract({
  name: 'the local page',
  make: async () => new PageHarness(await makeWorld()),
  skip: [
    {
      why: 'what the page shows is the store itself, where a message is before it is posted',
      tests: ['finds what was delivered, and nothing before'],
    },
  ],
})

/** A person with a browser: they keep their cookie, and their page asks again as `outbox.js` does. */
class PageHarness implements HubHarness {
  readonly names = {
    me: senderName({ type: 'myself' }, 'en'),
    bridge: senderName({ type: 'bridge' }, 'en'),
  }
  hub: WebHub
  readonly #world: World
  #client: Client | undefined
  #home = ''
  #stop: () => Promise<void> = async () => {}
  readonly #chats = new Map<string, Chat>()

  constructor(world: World) {
    this.#world = world
    this.hub = hubOf(world)
  }

  async start(sink: HubSink): Promise<void> {
    const stopping = new AbortController()
    const { hub } = this
    const running = this.hub.run(sink, stopping.signal)
    running.catch(() => {})
    this.#stop = async () => {
      stopping.abort()
      await running
      await hub.close()
    }
    const address = new URL(await this.hub.address)
    this.#home = homeOf(address)
    const token = address.searchParams.get('token') ?? ''
    this.#client = this.#client
      ? client(this.#home, this.#client.cookie, this.#client.key)
      : await logIn({ home: this.#home, token })
  }

  stop = () => this.#stop()

  async restart(): Promise<void> {
    this.hub = hubOf(this.#world)
  }

  async drop(): Promise<void> {
    await this.#stop()
    await this.#world.drop()
  }

  async arrange(portal: string, chat: Chat): Promise<void> {
    this.#chats.set(portal, chat)
    await this.#world.database.store.unit((unit) => unit.saveChats([chat]))
  }

  /** The bridge saves before it posts. */
  async prepare(post: RoomPost, chat: Chat, open: Open): Promise<void> {
    const content = contentOf(post)
    const message: Message = {
      id: post.message,
      aliases: [],
      account: chat.account,
      chat: chat.id,
      sender: senderOf(post),
      at: post.at,
      mentionsMe: false,
      content,
    }
    await this.#world.database.store.unit(async (unit) => {
      await unit.saveChats([chat])
      await unit.saveMessage(message, post.replyTo)
      if ('media' in content) await unit.wantMedia(content.media, 0)
    })
    if (!('media' in content)) return
    const { mime, stream } = await open(content.media)
    const kept = await this.#world.media.put(content.media.id, stream, mime)
    await this.#world.database.store.unit((unit) => unit.keepMedia(content.media.id, kept))
  }

  readonly person: HubHarness['person'] = {
    says: (room, text, replyTo) =>
      this.#insist((id) =>
        this.#now.post('/api/messages', { id, chat: this.#chatOf(room), text, replyTo }),
      ),
    sendsPicture: (room, bytes) =>
      this.#insist((id) =>
        this.#now.upload({ id, chat: this.#chatOf(room), name: 'picture.png' }, bytes),
      ),
    commands: async (room, words) => {
      await this.#insist((id) =>
        this.#now.post('/api/commands', { id, chat: this.#chatOf(room), words }),
      )
    },
    sees: async (room) => {
      const query = new URLSearchParams({ chat: this.#chatOf(room), limit: '200' })
      const views = await this.#json<never[]>(`/api/messages?${query}`)
      return Promise.all(views.map((view) => this.#see(view)))
    },
    codes: async () => ((await this.#login()).state === 'scan' ? 1 : 0),
    seesCode: async (qr) => {
      const login = await this.#login()
      const code = await toDataURL(qr, { errorCorrectionLevel: 'M', margin: 2, scale: 8 })
      return login.code === code
    },
  }

  readonly intruder: HubHarness['intruder'] = {
    says: async (room, text) => {
      const stranger = client(this.#home, 'session=guessed', 'guessed')
      const answer = await stranger.post('/api/messages', {
        id: mintId(),
        chat: this.#chatOf(room),
        text,
      })
      if (answer.status !== 401) throw new Error(`a stranger got ${answer.status}`)
    },
  }

  get #now(): Client {
    if (!this.#client) throw new Error('not started')
    return this.#client
  }

  #chatOf(room: string): string {
    return this.#chats.get(room)?.id ?? management.id
  }

  async #login() {
    return (await this.#json<{ login: { state: string; code?: string } }>('/api/state')).login
  }

  async #json<T>(path: string): Promise<T> {
    const answer = await this.#now.get(path)
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return (await answer.json()) as T
  }

  async #see(view: {
    event: string
    who: { name: string }
    text: string
    media?: { id: string }
    about?: { event: string }
  }): Promise<Seen> {
    const bytes = view.media && (await this.#picture(view.media.id))
    return {
      id: view.event,
      who: view.who.name,
      text: view.text,
      ...(bytes && { picture: bytes }),
      ...(view.about && { replyTo: view.about.event }),
    }
  }

  async #picture(id: string): Promise<Uint8Array> {
    const answer = await this.#now.get(`/api/media?${new URLSearchParams({ id })}`)
    return new Uint8Array(await answer.arrayBuffer())
  }

  /** One id, until the answer is 200. */
  async #insist(ask: (id: string) => Promise<Response>): Promise<string> {
    const id = mintId()
    await until(async () => (await ask(id)).status === 200, 'the page to hand it over')
    return id
  }
}

function contentOf({ body }: RoomPost): Content {
  if (body.kind === 'media') return { kind: 'image', media: body.media }
  return { kind: 'text', text: plainOf(body) }
}

function senderOf({ speaker }: RoomPost): Sender {
  if (speaker.type === 'me') return { type: 'myself' }
  if (speaker.type === 'bridge') return { type: 'bridge' }
  return { type: 'contact', contact: { id: speaker.contact, name: speaker.name } }
}
