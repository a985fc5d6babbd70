import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeRegistration, registrationYaml } from '../../adapters/matrix/registration.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import type { ClientEvent, MatrixUser } from '../e2e/matrix-user.ts'
import { type Synapse, type SynapseOptions, startSynapse } from '../e2e/synapse.ts'
import { fastPace } from './fast-pace.ts'
import { freePort } from './free-port.ts'
import { tempFolder } from './ports.ts'
import { until } from './until.ts'

/** A Synapse that knows one bridge, its owner, and what the bridge's configuration must say to meet both. */
export interface MatrixGround {
  readonly synapse: Synapse
  readonly alice: MatrixUser
  readonly mallory: MatrixUser
  readonly hsToken: string
  readonly bridgeUrl: string
  /** Where the bridge listens. */
  readonly bridgePort: number
  /** A new WeChat and a new data folder on this ground: rooms of earlier ones stay apart. */
  world(options?: { readonly seed?: number; readonly holdMs?: number }): Promise<MatrixWorld>
  drop(): Promise<void>
}

export interface MatrixWorld {
  readonly sandbox: Sandbox
  readonly alice: MatrixUser
  /** `--set` lines for this world. */
  readonly sets: readonly string[]
  /** Scans and confirms the login code, once the bridge shows one. */
  logIn(): Promise<void>
  /** The room whose name begins so, joined; waits for it. */
  room(name: string): Promise<string>
  /** Everything said in a room, oldest first, without what was redacted. */
  said(room: string): Promise<readonly ClientEvent[]>
  drop(): Promise<void>
}

/** `rateLimited`: the homeserver's limits hold for the bridge too. */
export async function matrixGround(
  options: Omit<SynapseOptions, 'registrations'> & {
    readonly rateLimited?: boolean
    /** What stands between the homeserver and the bridge, if anything does. */
    readonly door?: string
  } = {},
): Promise<MatrixGround> {
  const port = await freePort()
  const bridgeUrl = `http://127.0.0.1:${port}`
  const registration = makeRegistration({ url: options.door ?? bridgeUrl })
  const { rateLimited = false } = options
  const yaml = registrationYaml(registration).replace(
    'rate_limited: false',
    `rate_limited: ${rateLimited}`,
  )
  const synapse = await startSynapse({ ...options, registrations: [yaml] })
  const alice = await synapse.user('alice')
  const mallory = await synapse.user('mallory')
  const before = new Set<string>()

  return {
    synapse,
    alice,
    mallory,
    hsToken: registration.hsToken,
    bridgeUrl,
    bridgePort: port,
    async world({ seed = 1, holdMs = 400 } = {}) {
      for (const room of await roomsOf(alice)) before.add(room)
      const folder = await tempFolder()
      const file = join(folder.path, 'registration.yaml')
      await writeFile(file, yaml)
      const sandbox = await startSandbox({ seed, holdMs })
      return {
        sandbox,
        alice,
        sets: [
          'language=en',
          'timezone=UTC',
          `data.dir=${join(folder.path, 'data')}`,
          'wechat.connector=web',
          `wechat.web.loginBase=${sandbox.origin}`,
          'wechat.web.acceptRisk=true',
          `wechat.web.maxFileBytes=${21 * 1024 * 1024}`,
          ...fastPace,
          'matrix.enabled=true',
          `matrix.homeserver.url=${synapse.url}`,
          `matrix.homeserver.domain=${synapse.domain}`,
          `matrix.registration=${file}`,
          `matrix.owner=${alice.id}`,
          `matrix.listen.port=${port}`,
          'web.enabled=false',
        ],
        async logIn() {
          await sandbox.control.code()
          await sandbox.control.scan()
          await sandbox.control.confirm()
          await sandbox.control.settled()
        },
        room: (name) => until(() => roomNamed(alice, name, before), `a room named ${name}`, 40_000),
        async said(room) {
          const events = await alice.events(room)
          return events.filter(
            (event) => event.type === 'm.room.message' && !event.unsigned?.redacted_because,
          )
        },
        async drop() {
          await sandbox.close()
          await folder.drop()
        },
      }
    },
    drop: () => synapse.drop(),
  }
}

async function roomNamed(
  alice: MatrixUser,
  name: string,
  before: ReadonlySet<string>,
): Promise<string | undefined> {
  for (const room of await alice.invitations()) await alice.join(room)
  for (const room of await roomsOf(alice)) {
    if (before.has(room)) continue
    const state = await alice.state(room, 'm.room.name').catch(() => undefined)
    if (String(state?.name ?? '').startsWith(name)) return room
  }
  return undefined
}

async function roomsOf(alice: MatrixUser): Promise<readonly string[]> {
  const joined = (await alice.call('GET', '/joined_rooms')) as { joined_rooms: string[] }
  return joined.joined_rooms
}
