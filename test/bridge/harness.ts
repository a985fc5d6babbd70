import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openFiles } from '../../adapters/files/media.ts'
import { openSqlite } from '../../adapters/sql/open.ts'
import { type Bridge, createBridge } from '../../src/bridge/bridge.ts'
import type { MpPolicy, Parts } from '../../src/bridge/parts.ts'
import type { Chat, Contact, Member } from '../../src/core/chat.ts'
import { BridgeError, type Failure } from '../../src/core/errors.ts'
import type { Role } from '../../src/core/hub.ts'
import {
  accountId,
  type ChatId,
  chatId,
  contactId,
  type EventId,
  eventId,
  type HubId,
  hubId,
  roomId,
} from '../../src/core/ids.ts'
import type { MediaRef, Message } from '../../src/core/message.ts'
import type { PaceRules } from '../../src/core/pace.ts'
import type { HubFeatures, Job } from '../../src/core/post.ts'
import type { RecallPolicy } from '../../src/core/recall-policy.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { HubAdapter, HubEvent, HubSink, RoomPost } from '../../src/ports/hub.ts'
import type { Opened, Outlet, Receipt } from '../../src/ports/outlet.ts'
import type { Store, Unit } from '../../src/ports/store.ts'
import type {
  ChatSend,
  Doubt,
  Found,
  FriendRequest,
  Login,
  LoginOptions,
  WeChatConnector,
  WeChatPeople,
  WeChatSink,
} from '../../src/ports/wechat.ts'
import {
  account,
  connectorFeatures,
  friendChat,
  groupChat,
  hubFeatures,
  lin,
} from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { memoryLog, realClock, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'

// The bridge over real storage, with both outer sides played by the test: what the ports promise, scripted.

type Find = Receipt | 'absent' | 'unknown' | BridgeError

/** One side of the bridge under a test's control: it records what it is given and answers as told. */
export class Side<J extends Job> implements Outlet<J> {
  readonly rate = {
    concurrency: 4,
    lane: { count: 1000, perMs: 100 },
    bucket: { count: 1000, perMs: 100 },
  }
  /** Every try, in order. */
  readonly tries: J[] = []
  /** What was really delivered, in order. */
  readonly delivered: J[] = []
  readonly bytes = new Map<string, string>()
  /** Faults for the next tries. `after`: the delivery happens, then the error is thrown. `until`: not before; without an error it is only slow. */
  readonly faults: { error?: BridgeError; after?: true; until?: Promise<void> }[] = []
  readonly finds: Find[] = []
  /** What `find` says when nothing was scripted. */
  found: Find = 'absent'
  media = new Map<string, Uint8Array | BridgeError>()
  downloads = 0
  /** Its own: what a receipt is dated by. */
  clock: Pick<Clock, 'now'> = realClock
  #count = 0
  readonly #name: string
  constructor(name: string) {
    this.#name = name
  }

  bucket(job: J): string {
    return job.portal
  }

  async send(job: J, open: (media: MediaRef) => Promise<Opened>): Promise<Receipt> {
    this.tries.push(job)
    const fault = this.faults.shift()
    await fault?.until
    if (fault?.error && !fault.after) throw fault.error
    if (job.body.kind === 'media') {
      const { stream } = await open(job.body.media)
      const hash = createHash('sha256')
      for await (const chunk of stream) hash.update(chunk)
      this.bytes.set(job.key, hash.digest('hex'))
    }
    this.delivered.push(job)
    if (fault?.error) throw fault.error
    return { ids: [`${this.#name}-${++this.#count}`], at: this.clock.now() }
  }

  async find(): Promise<Receipt | 'absent' | 'unknown'> {
    const found = this.finds.shift() ?? this.found
    if (found instanceof BridgeError) throw found
    return found
  }

  async download(media: MediaRef): Promise<Opened> {
    this.downloads++
    const bytes = this.media.get(media.id)
    if (bytes instanceof BridgeError) throw bytes
    if (!bytes) throw failure({ code: 'gone', heal: 'never', certain: true })
    return { stream: new Blob([bytes]).stream(), mime: media.mime, bytes: bytes.length }
  }
}

/** An address book under a test's control: it records what it is asked, and fails as told. */
class People implements WeChatPeople {
  readonly calls: unknown[][] = []
  readonly faults: BridgeError[] = []
  found: Found[] = []
  open: FriendRequest[] = []
  inGroup: Member[] = []
  /** What `settle` waits for. */
  settling: Promise<void> = Promise.resolve()

  async search(words: string): Promise<readonly Found[]> {
    this.#called('search', words)
    return this.found
  }
  async members(group: ChatId): Promise<readonly Member[]> {
    this.#called('members', group)
    return this.inGroup
  }
  requests = async (): Promise<readonly FriendRequest[]> => this.open
  async refresh(chat: ChatId): Promise<Chat> {
    this.#called('refresh', chat)
    return { ...friendChat, id: chat, name: 'refreshed', remark: '' }
  }
  remark = async (chat: ChatId, remark: string) => this.#called('remark', chat, remark)
  pin = async (chat: ChatId, pinned: boolean) => this.#called('pin', chat, pinned)
  async accept(request: string): Promise<Chat> {
    this.#called('accept', request)
    return newFriend
  }
  add = async (contact: string, greeting: string) => this.#called('add', contact, greeting)
  async createGroup(people: readonly ChatId[], name: string): Promise<Chat> {
    this.#called('createGroup', people, name)
    return { ...groupChat, id: chatId('wx:2718281828/made'), name }
  }
  async invite(group: ChatId, people: readonly ChatId[]): Promise<'added' | 'invited'> {
    this.#called('invite', group, people)
    return 'added'
  }
  remove = async (group: ChatId, members: readonly string[]) =>
    this.#called('remove', group, members)
  rename = async (group: ChatId, name: string) => this.#called('rename', group, name)
  async settle(doubtful: ChatId, same: ChatId | undefined): Promise<void> {
    this.#called('settle', doubtful, same)
    await this.settling
  }

  #called(...call: unknown[]): void {
    this.calls.push(call)
    const fault = this.faults.shift()
    if (fault) throw fault
  }
}

export const newFriend: Chat = { ...friendChat, id: chatId('wx:2718281828/qiu'), name: '秋' }

export class WeChatSide extends Side<ChatSend> implements WeChatConnector {
  features = connectorFeatures
  /** Who is logged in here. */
  account = account
  me: Contact = { ...lin, name: '阿墨' }
  readonly calls: string[] = []
  readonly options: (LoginOptions | undefined)[] = []
  readonly marked: string[] = []
  people: People = new People()
  /** Told before going online. */
  doubtful: readonly Doubt[] | undefined
  sink!: WeChatSink
  chats: readonly Chat[] = [friendChat, groupChat]
  isOnline = true

  async run(sink: WeChatSink, signal: AbortSignal): Promise<void> {
    this.sink = sink
    if (this.doubtful) await sink.doubts(this.doubtful)
    if (this.isOnline) await this.online()
    await aborted(signal)
  }

  online(): Promise<void> {
    const { account: whose, me } = this
    return this.sink.login({ state: 'online', account: whose, me })
  }

  async hear(message: Message): Promise<void> {
    await this.sink.chats(this.chats)
    await this.sink.message(message, JSON.stringify({ raw: message.id }))
  }

  login(options?: LoginOptions): boolean {
    this.calls.push('login')
    this.options.push(options)
    return true
  }

  async markRead(chat: ChatId): Promise<void> {
    this.marked.push(chat)
  }

  async logout(): Promise<boolean> {
    this.calls.push('logout')
    return true
  }
}

/** Another account, with a friend of the same name. */
export const secondAccount = accountId('wx:3141592653')
export const secondLin: Contact = { ...lin, id: contactId('wx:3141592653/lin') }
export const secondFriend: Chat = {
  ...friendChat,
  id: chatId('wx:3141592653/lin'),
  account: secondAccount,
}

function secondSide(id: string): WeChatSide {
  const side = new WeChatSide(id)
  side.account = secondAccount
  side.me = { id: contactId('wx:3141592653/me'), name: '小号' }
  side.chats = [secondFriend]
  return side
}

/** A hub never gives an id twice, whichever bridge is listening. */
let events = 0

export class HubSide extends Side<RoomPost> implements HubAdapter {
  features: HubFeatures = { ...hubFeatures, text: { limit: 1000, format: 'html' as const } }
  /** Whom the hub knows, besides the owner. */
  readonly roles = new Map<string, Role>()
  readonly id: HubId
  readonly rooms: string[] = []
  /** Receiving fails when this does. */
  breaks: Promise<void> = new Promise(() => undefined)
  /** Each time a room was asked for. */
  readonly ensured: string[] = []
  readonly logins: Login[] = []
  readonly loginFaults: BridgeError[] = []
  sink!: HubSink
  constructor(name: string) {
    super(name)
    this.id = hubId(name)
  }

  async run(sink: HubSink, signal: AbortSignal): Promise<void> {
    this.sink = sink
    await Promise.race([aborted(signal), this.breaks])
  }

  async ensureRoom(portal: string) {
    this.ensured.push(portal)
    if (!this.rooms.includes(portal)) this.rooms.push(portal)
    return roomId(`!${portal}`)
  }

  async showLogin(login: Login): Promise<void> {
    const fault = this.loginFaults.shift()
    if (fault) throw fault
    this.logins.push(login)
  }

  roleOf(from: string): Role | undefined {
    return this.roles.get(from)
  }

  event(): EventId {
    return eventId(`$${this.id}-event-${++events}`)
  }

  /** The owner (or `from`) does something; resolves once it is durable. */
  async does(event: HubEvent): Promise<void> {
    await this.sink.event(event, JSON.stringify(event))
  }

  async says(room: string, text: string, from = '@owner', id = this.event()): Promise<EventId> {
    const at = realClock.now()
    await this.does({ type: 'message', id, room: roomId(room), at, from, text })
    return id
  }

  /** Everything shown in rooms (or in one) so far, as plain words. */
  words(room?: string): readonly string[] {
    return this.delivered
      .filter((post) => room === undefined || post.room === room)
      .map(({ body }) => (body.kind === 'media' ? `[${body.media.kind}]` : plainOf(body)))
  }

  /** The owner runs `!wx …` in a room. */
  async commands(room: string, line: string): Promise<void> {
    const words = line.split(' ').filter((word) => word !== '')
    const at = realClock.now()
    const id = this.event()
    await this.does({ type: 'command', id, room: roomId(room), at, from: '@owner', words })
  }

  /** The owner has seen what is in a room. */
  async reads(room: string, from = '@owner'): Promise<void> {
    const id = this.event()
    await this.does({ type: 'read', id, room: roomId(room), at: realClock.now(), from })
  }
}

export interface World {
  readonly bridge: Bridge
  readonly wechat: WeChatSide
  /** Further doors, by their names. */
  readonly doors: Readonly<Record<string, WeChatSide>>
  readonly hub: HubSide
  readonly other: HubSide
  readonly log: ReturnType<typeof memoryLog>
  readonly database: Awaited<ReturnType<typeof openSqlite>>
  /** Stops the bridge and starts a new one, with new sides, over the same storage. `between` may change the store. */
  restart(
    between?: (store: Store) => Promise<void>,
    prepare?: WorldOptions['prepare'],
  ): Promise<World>
  close(): Promise<void>
}

export interface WorldOptions {
  readonly hubs?: 1 | 2
  readonly online?: boolean
  /** The names of further doors, which are online as accounts of their own (`secondAccount`). */
  readonly doors?: readonly string[]
  /** The door, of these, that tells in WeChat what became of the others. */
  readonly alerts?: string
  /** What recalls do where nobody chose. */
  readonly recall?: RecallPolicy
  /** The bridge's clock, if not the real one. */
  readonly clock?: Clock
  /** Rules other than those of most tests. */
  readonly parts?: Partial<Parts>
  /** How long WeChat is given to show a send whose answer was lost; not at all where nothing is said. */
  readonly echoMs?: number
  /** What the first hub can do, beside what most tests need. */
  readonly features?: Partial<HubFeatures>
  /** Where official accounts go on the first hub. */
  readonly mps?: MpPolicy
  /** Gets the length of every wait the bridge begins. */
  readonly sleeps?: number[]
  /** Stands between the bridge and the store's units, to make them fail. */
  readonly unit?: (unit: Unit) => Unit
  /** Called with the sides before the bridge runs. */
  prepare?(world: {
    wechat: WeChatSide
    hub: HubSide
    doors: Readonly<Record<string, WeChatSide>>
  }): void
}

const none = { ms: 0, jitterMs: 0 }

/** Allowances that never hold up a test. */
export const unpaced: PaceRules = {
  sameChat: none,
  otherChat: none,
  media: none,
  perMinute: 1e6,
  perHour: 1e6,
  perDay: 1e6,
  newcomer: { forMs: 0, share: 1 },
}

/** A running bridge on a temporary store. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await tempFolder()
  return run(folder, { path: folder.path, sealKey: randomBytes(32) }, options)
}

async function run(
  folder: Awaited<ReturnType<typeof tempFolder>>,
  place: { path: string; sealKey: Uint8Array },
  options: WorldOptions,
): Promise<World> {
  const open = () =>
    openSqlite({
      path: join(place.path, 'bridge.sqlite'),
      sealKey: place.sealKey,
      clock: realClock,
    })
  const database = await open()
  const wechat = new WeChatSide('w')
  const hub = new HubSide('matrix')
  const other = new HubSide('web')
  wechat.isOnline = options.online ?? true
  const doors = Object.fromEntries((options.doors ?? []).map((id) => [id, secondSide(id)]))
  const log = memoryLog()
  const seats = [hub, ...(options.hubs === 2 ? [other] : [])].map((adapter) => ({
    adapter,
    users: new Set(['@owner']),
    ...(options.mps && adapter === hub && { mps: options.mps }),
  }))
  hub.features = { ...hub.features, ...options.features }
  if (options.clock) wechat.clock = options.clock
  const stopping = new AbortController()
  const bridge = createBridge(
    {
      store: options.unit ? between(database.store, options.unit) : database.store,
      mediaStore: await openFiles(join(place.path, 'media')),
      vault: database.vault('bridge'),
      clock: options.sleeps ? counting(options.sleeps) : (options.clock ?? realClock),
      random: Math.random,
      log,
      trace: () => undefined,
      seats,
      voice: { language: 'en', timezone: 'UTC' },
      maxMediaBytes: 1_000_000,
      pace: unpaced,
      echoMs: options.echoMs ?? 0,
      repeats: { chats: 1_000, perMs: 600_000 },
      recall: options.recall ?? 'notice',
      retention: { mediaBytes: 1e9, keepUnder: 1e9 },
      ...options.parts,
    },
    [
      { id: 'main', connector: wechat },
      ...Object.entries(doors).map(([id, connector]) => ({
        id,
        connector,
        alerts: id === options.alerts,
      })),
    ],
    randomBytes(8).toString('hex'),
  )
  options.prepare?.({ wechat, hub, doors })
  const done = bridge.run(stopping.signal)
  await until(() => wechat.sink !== undefined && hub.sink !== undefined, 'both sides running')
  const stop = async () => {
    stopping.abort(new Error('test over'))
    await done
    await database.close()
  }
  return {
    bridge,
    wechat,
    doors,
    hub,
    other,
    log,
    database,
    async restart(between, prepare) {
      await stop()
      if (between) {
        const changed = await open()
        await between(changed.store)
        await changed.close()
      }
      return run(folder, place, { ...options, ...(prepare && { prepare }) })
    },
    async close() {
      await stop()
      await folder.drop()
    },
  }
}

const counting = (sleeps: number[]): Clock => ({
  now: realClock.now,
  steady: realClock.steady,
  sleep(ms, signal) {
    sleeps.push(ms)
    return realClock.sleep(ms, signal)
  },
})

const between = (store: Store, change: (unit: Unit) => Unit): Store => ({
  ...store,
  unit: (work, how) => store.unit((unit) => work(change(unit)), how),
})

/** The room a chat has on a hub, once it has one. */
export async function roomOf(world: World, chat = friendChat): Promise<string> {
  return until(
    () =>
      world.database.store.unit(async (unit) => {
        const portal = await unit.portalOf(chat.id, world.hub.id, () => {
          throw new Error('no portal yet')
        })
        return portal.room
      }),
    `a room for ${chat.name}`,
  )
}

export const failure = (of: Failure, message = 'scripted failure') => new BridgeError(message, of)

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
