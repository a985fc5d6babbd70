import { randomBytes } from 'node:crypto'
import { openFiles } from '../../../adapters/files/media.ts'
import { type Database, openSqlite } from '../../../adapters/sql/open.ts'
import { createWebHub, type WebHub } from '../../../adapters/web/hub.ts'
import type { Flow, Health, WebOptions, WebPorts } from '../../../adapters/web/options.ts'
import type { Chat } from '../../../src/core/chat.ts'
import { accountId, chatId, contactId, hubId, messageId, portalId } from '../../../src/core/ids.ts'
import type { Content, Message } from '../../../src/core/message.ts'
import type { HubEvent, HubSink } from '../../../src/ports/hub.ts'
import type { MediaStore } from '../../../src/ports/media.ts'
import { memoryLog, realClock, tempFolder } from '../../support/ports.ts'

/** What lasts across restarts of the hub: the database, the kept media, the uploads. */
export interface World {
  readonly database: Database
  readonly media: MediaStore
  readonly folder: string
  readonly log: ReturnType<typeof memoryLog>
  drop(): Promise<void>
}

export async function makeWorld(): Promise<World> {
  const folder = await tempFolder()
  const media = await openFiles(`${folder.path}/media`)
  const database = await openSqlite({
    path: ':memory:',
    sealKey: randomBytes(32),
    clock: realClock,
    media,
  })
  return {
    database,
    media,
    folder: folder.path,
    log: memoryLog(),
    drop: async () => {
      await database.close()
      await folder.drop()
    },
  }
}

export interface RunningHub {
  readonly hub: WebHub
  readonly origin: string
  /** The page's folder, without the slash at its end. */
  readonly home: string
  readonly token: string
  /** Events the sink accepted, each once. */
  readonly events: HubEvent[]
  /** Makes the sink reject this many times. */
  refuse(times: number): void
  stop(): Promise<void>
}

export const hubOf = (
  world: World,
  options: Partial<WebOptions> = {},
  health = healthy,
  flow?: () => Promise<Flow>,
  hubs?: WebPorts['hubs'],
  more?: Pick<WebPorts, 'doors' | 'ways'>,
): WebHub =>
  createWebHub(
    {
      id: hubId('web'),
      host: '127.0.0.1',
      port: 0,
      language: 'en',
      sandbox: false,
      maxUploadBytes: 5 * 1024 * 1024,
      uploads: `${world.folder}/uploads`,
      ...options,
    },
    {
      archive: world.database.archive,
      vault: world.database.vault('web'),
      clock: realClock,
      log: world.log,
      health,
      ...(flow && { flow }),
      ...(hubs && { hubs }),
      ...more,
    },
  )

export const healthy = async (): Promise<Health> => ({ ok: true, ready: true, detail: {} })

/** A hub that runs, with a sink that keeps what it is told. */
export async function runHub(
  world: World,
  options: Partial<WebOptions> = {},
  health = healthy,
  sink?: HubSink,
  flow?: () => Promise<Flow>,
  hubs?: WebPorts['hubs'],
  more?: Pick<WebPorts, 'doors' | 'ways'>,
): Promise<RunningHub> {
  const hub = hubOf(world, options, health, flow, hubs, more)
  const events: HubEvent[] = []
  let refusals = 0
  const keeping: HubSink = {
    async event(event) {
      if (refusals-- > 0) throw new Error('the disk is full')
      if (!events.some((one) => one.id === event.id)) events.push(event)
    },
  }
  const stopping = new AbortController()
  const running = hub.run(sink ?? keeping, stopping.signal)
  running.catch(() => {})
  const address = new URL(await hub.address)
  return {
    hub,
    origin: address.origin,
    home: homeOf(address),
    token: address.searchParams.get('token') ?? '',
    events,
    refuse: (times) => {
      refusals = times
    },
    stop: async () => {
      stopping.abort()
      await running
      await hub.close()
    },
  }
}

export const homeOf = (address: URL) => new URL('.', address).href.slice(0, -1)

export interface Client {
  readonly cookie: string
  readonly key: string
  get(path: string, headers?: Record<string, string>): Promise<Response>
  head(path: string): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  upload(query: Record<string, string>, body: Uint8Array): Promise<Response>
}

/** Exchanges the token as a browser does. Throws if it is not taken. */
export async function logIn({ home, token }: { home: string; token: string }): Promise<Client> {
  const answer = await fetch(`${home}/login?token=${token}`, { redirect: 'manual' })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  const [, key] = /#key=(.*)$/.exec(answer.headers.get('location') ?? '') ?? []
  if (!cookie || !key) throw new Error(`not let in: ${answer.status}`)
  return client(home, cookie, key)
}

/** A client with any cookie and key, or none. Paths are within the page's folder. */
export function client(home: string, cookie: string, key: string): Client {
  const { origin } = new URL(home)
  const own = { cookie, 'x-bridge-key': key }
  return {
    cookie,
    key,
    get: (path, headers = {}) =>
      fetch(`${home}${path}`, { headers: { ...own, ...headers }, redirect: 'manual' }),
    head: (path) => fetch(`${home}${path}`, { method: 'HEAD', headers: own }),
    post: (path, body, headers = {}) =>
      fetch(`${home}${path}`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { ...own, origin, 'content-type': 'application/json', ...headers },
      }),
    upload: (query, body) =>
      fetch(`${home}/api/pictures?${new URLSearchParams(query)}`, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { ...own, origin, 'content-type': 'application/octet-stream' },
      }),
  }
}

let counter = 0
/** An id as the page mints them. */
export const mintId = () => `id_${String(counter++).padStart(20, '0')}`

export const account = accountId('wx:100')
export const friend: Chat = { id: chatId('wx:100/lin'), account, kind: 'friend', name: 'Lin' }
export const friendPortal = portalId('portallinaaa')

/** A message of the friend, or of `sender`. */
export const message = (
  id: string,
  content: Content | string,
  more: Partial<Message> = {},
): Message => ({
  id: messageId(`${account}/${id}`),
  aliases: [id],
  account,
  chat: friend.id,
  sender: { type: 'contact', contact: { id: contactId('wx:100/lin'), name: 'Lin' } },
  at: Date.now(),
  mentionsMe: false,
  content: typeof content === 'string' ? { kind: 'text', text: content } : content,
  ...more,
})

/** Saves messages in order, each with what it is about. */
export const save = (world: World, ...messages: (Message | [Message, Message])[]) =>
  world.database.store.unit(async (unit) => {
    await unit.saveChats([friend])
    for (const one of messages) {
      if (Array.isArray(one)) await unit.saveMessage(one[0], one[1].id)
      else await unit.saveMessage(one)
    }
  })

export const never = new AbortController().signal
export const noMedia = () => Promise.reject(new Error('this test has no media'))
