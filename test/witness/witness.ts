import {
  ClientEvent,
  createClient,
  Filter,
  type MatrixClient,
  MatrixError,
  MemoryStore,
  type Room,
  SyncState,
} from 'matrix-js-sdk'
import { until } from '../support/until.ts'
import { type Heard, heardIn, whole } from './heard.ts'
import { hush, quiet } from './quiet.ts'
import { nameOf } from './rooms.ts'

/**
 * A person's client, built on the SDK that Element is built on. It knows nothing of the bridge: all it tells is what the
 * homeserver gave it, as the SDK understands it.
 */
export interface Witness {
  readonly client: MatrixClient
  readonly user: string
  /** The rooms it is in (spaces too), without those that go on as another one. */
  rooms(): readonly Room[]
  /** The room of this name that is no space, once there is one. Invitations are accepted on the way. */
  roomNamed(name: string | RegExp, ms?: number): Promise<Room>
  /** What is said in a room, oldest first: the whole of it. */
  heard(room: Room): Promise<readonly Heard[]>
  /** The first (or with `last` the last) message that fits, once there is one. */
  hears(room: Room, fits: string | RegExp | Fits, more?: Waiting): Promise<Heard>
  /** Media, downloaded as a person who is logged in does. */
  bytes(mxc: unknown): Promise<Uint8Array>
  stop(): Promise<void>
}

export type Fits = (heard: Heard) => boolean
export interface Waiting {
  readonly last?: true
  readonly ms?: number
}

export interface Login {
  readonly url: string
  readonly id: string
  readonly token: string
}

/** Resolves after its first sync. `joins`: it accepts invitations, as long as nobody stops it. */
export async function openWitness({ url, id, token }: Login): Promise<Witness> {
  hush()
  const client = createClient({
    baseUrl: url,
    accessToken: token,
    userId: id,
    deviceId: 'WITNESS',
    store: new MemoryStore(),
    logger: quiet,
    timelineSupport: true,
    disableVoip: true,
  })
  letGo(client)
  let stopped = false
  let entering = Promise.resolve()
  const enter = (room: Room) => {
    if (room.getMyMembership() !== 'invite') return
    entering = entering.then(() => accept(client, room.roomId, () => stopped))
  }
  client.on(ClientEvent.Room, enter)
  const filter = new Filter(id)
  filter.setTimelineLimit(500)
  await client.startClient({ initialSyncLimit: 500, filter, lazyLoadMembers: false })
  await until(() => client.getSyncState() === SyncState.Syncing, 'the first sync of the witness')

  const rooms = () => client.getVisibleRooms().filter((room) => room.getMyMembership() === 'join')
  const heard = async (room: Room) => heardIn(await whole(client, room))
  return {
    client,
    user: id,
    rooms,
    roomNamed: (name, ms = 60_000) =>
      until(
        () => {
          for (const room of client.getRooms()) enter(room)
          return rooms().find((room) => !room.isSpaceRoom() && nameIs(room, name))
        },
        () => `a room named ${name} among ${rooms().map(nameOf).join(', ')}`,
        ms,
      ),
    heard,
    async hears(room, what, { last, ms = 60_000 } = {}) {
      const fits = typeof what === 'function' ? what : (one: Heard) => says(one, what)
      let seen: readonly Heard[] = []
      return until(
        async () => {
          seen = await heard(room)
          return last ? seen.findLast(fits) : seen.find(fits)
        },
        () => `${what} in ${nameOf(room)}; there is: ${seen.slice(-8).map(briefly).join(' | ')}`,
        ms,
      )
    },
    async bytes(mxc) {
      const where = client.mxcUrlToHttp(
        String(mxc),
        undefined,
        undefined,
        undefined,
        false,
        true,
        true,
      )
      if (!where) throw new Error(`${String(mxc)} is no address of media`)
      const answer = await fetch(where, { headers: { authorization: `Bearer ${token}` } })
      if (!answer.ok) throw new Error(`No bytes of ${String(mxc)}: ${answer.status}`)
      return new Uint8Array(await answer.arrayBuffer())
    },
    async stop() {
      stopped = true
      client.off(ClientEvent.Room, enter)
      client.stopClient()
      await entering
    },
  }
}

const nameIs = (room: Room, name: string | RegExp) =>
  typeof name === 'string' ? nameOf(room) === name : name.test(nameOf(room))

const says = ({ body, redacted }: Heard, what: string | RegExp) =>
  !redacted && (typeof what === 'string' ? body === what : what.test(body))

const briefly = ({ name, kind, body, redacted }: Heard) =>
  `${name}: ${redacted ? '(redacted)' : `${kind} ${body.slice(0, 60)}`}`

/**
 * The SDK sets a timer of almost two minutes for each long poll and never takes it back, which would keep the process that
 * long. Stopping it ends its requests all the same.
 */
function letGo(client: MatrixClient): void {
  const { http } = client
  const ask = http.authedRequest.bind(http)
  const asking: typeof ask = (method, path, query, body, options) => {
    if (!options) return ask(method, path, query, body)
    const { localTimeoutMs: _, ...patient } = options
    return ask(method, path, query, body, patient)
  }
  http.authedRequest = asking
}

/** As a person whose client says "try again later" does. */
async function accept(client: MatrixClient, room: string, isOver: () => boolean): Promise<void> {
  while (!isOver() && client.getRoom(room)?.getMyMembership() === 'invite') {
    try {
      await client.joinRoom(room)
      return
    } catch (error) {
      if (!(error instanceof MatrixError) || !error.isRateLimitError()) return
      const ms = error.getRetryAfterMs() ?? 1000
      await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 2000)))
    }
  }
}
