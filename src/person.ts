import { randomUUID } from 'node:crypto'
import type { Database } from '../adapters/sql/open.ts'
import type { WeChatWebOptions } from '../adapters/wechat-web/connector.ts'
import type { Config } from '../config/schema.ts'
import { restoredAt } from './backup/restored.ts'
import { claimData } from './backup/whose.ts'
import { startCopies } from './beside.ts'
import { type Bridge, createBridge } from './bridge/bridge.ts'
import type { Parts, Seat } from './bridge/parts.ts'
import type { DataFolder } from './data-folder.ts'
import type { ConnectorKind } from './ports/connector-kind.ts'
import type { Meter } from './ports/telemetry.ts'
import { rulesOf } from './rules.ts'
import type { Sandbox } from './sandbox/sandbox.ts'
import { startSandbox } from './sandbox/server.ts'
import type { Tools } from './seats.ts'
import { openStorage } from './storage.ts'
import { weChat } from './we-chat.ts'

/** What one person's part of the bridge is made from. */
export interface PersonGround {
  readonly config: Config
  readonly tools: Tools
  readonly kinds: readonly ConnectorKind[]
  readonly folder: Pick<DataFolder, 'path' | 'sealKey'>
  /** The Matrix user, of one who is not the first. */
  readonly user?: string
  /** The hubs this person has. */
  seats(housed: Housed): Promise<readonly Seat[]>
  readonly timings?: WeChatWebOptions['timeouts'] | undefined
  readonly echoMs?: number | undefined
  /** Where a login begins, where it is not as configured. */
  readonly loginBase?: string | undefined
  readonly residents?: Parts['residents']
  readonly meter?: Meter | undefined
}

/** What is there before the hubs are. */
export interface Housed {
  readonly database: Database
  readonly sandbox: Sandbox | undefined
  readonly voice: Parts['voice']
  /** Undefined while the hubs are made. */
  bridge(): Bridge | undefined
}

/** A person's whole bridge: their data, their doors into WeChat, their hubs. Nothing in it can reach another's. */
export interface Person extends Housed {
  bridge(): Bridge
  readonly restoredAt: number | undefined
  /** The bytes of all media that are kept; undefined: not counted yet. */
  mediaBytes(): number | undefined
  /** Ends with the bridge; rejects if that fails for good. */
  readonly running: Promise<void>
  /** Ends the bridge; what it uses is closed by the stack it was opened on. */
  stop(): Promise<void>
}

/**
 * Starts one person's bridge. Whatever is opened is put on the stack, to be closed in reverse order at the end or when a
 * later step fails. Rejects with a BridgeError of code `config` if something it needs is missing or wrong.
 */
export async function startPerson(
  ground: PersonGround,
  opened: AsyncDisposableStack,
): Promise<Person> {
  const { config, folder, tools } = ground
  const { clock, log, trace } = tools
  const voice = voiceOf(config)
  const { database, mediaStore } = await openStorage(config, folder, clock, log)
  opened.defer(() => database.close())
  await claimData(database, ground.user)
  const sandbox =
    config.wechat.connector === 'sandbox'
      ? await startSandbox({ alive: true, autoConfirmMs: 1_500 })
      : undefined
  if (sandbox) opened.defer(() => sandbox.close())
  let made: Bridge | undefined
  const housed: Housed = { database, sandbox, voice, bridge: () => made }
  const seats = await ground.seats(housed)

  const loginBase = sandbox?.origin ?? ground.loginBase
  const how = { kinds: ground.kinds, loginBase, timings: ground.timings }
  const doors = await weChat(config, database, tools, how)
  const restored = await restoredAt(database.vault('bridge'))
  const bridge = createBridge(
    {
      store: database.store,
      mediaStore,
      vault: database.vault('bridge'),
      clock,
      random: Math.random,
      log,
      trace: trace ?? (() => undefined),
      seats,
      voice,
      maxMediaBytes: config.media.maxBytes,
      ...rulesOf(config),
      ...(ground.echoMs !== undefined && { echoMs: ground.echoMs }),
      ...(restored !== undefined && { restoredAt: restored }),
      ...(ground.residents && { residents: ground.residents }),
      ...(ground.meter && { meter: ground.meter }),
    },
    doors,
    randomUUID(),
  )
  made = bridge
  const stopping = new AbortController()
  const running = bridge.run(stopping.signal)
  const stop = async () => {
    stopping.abort(new Error('The bridge is stopping.'))
    await running
  }
  // Stopped before anything it uses is closed.
  opened.defer(() => stop().catch(() => undefined))
  opened.defer(startCopies({ config, folder: folder.path, clock, log }))
  const mediaBytes = () => mediaStore.size()
  return { ...housed, bridge: () => bridge, restoredAt: restored, mediaBytes, running, stop }
}

function voiceOf({ language, timezone }: Config): Parts['voice'] {
  const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone
  return { language, timezone: timezone === 'auto' ? here() : timezone }
}
