import type { DoorRecord } from '../core/door.ts'
import type { Probed } from '../core/finding.ts'
import type { Clock, Random } from './clock.ts'
import type { Log, Trace } from './telemetry.ts'
import type { Vault } from './vault.ts'
import type { WeChatConnector } from './wechat.ts'

/** What a connector is given. The vault is its own: no other connector, and no other door, sees it. */
export interface ConnectorPorts {
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace?: Trace
}

/** What a probe is given. */
export interface ProbePorts {
  readonly clock: Clock
  /** A bridge of this configuration runs: what it listens on is taken by itself. */
  readonly running: boolean
  readonly signal: AbortSignal
}

/**
 * A kind of connector, as its folder offers it to the composition root. Adding one is a folder that exports this, and a
 * line in `main.ts`: its options, their defaults and what it is told of in tables come with it.
 */
export interface ConnectorKind<Options = unknown, Schema = unknown> {
  /** Its name in `wechat.connector`, and that of its section beside it. Letters only. */
  readonly name: string
  /** What its section allows: a strict object of zod. */
  readonly schema: Schema
  /** YAML of its section: every option with its default and a sentence. */
  readonly defaults: URL
  /** Options of the section that are never printed, and may be given as `<name>_file`. */
  readonly secrets: readonly string[]
  /** One account lives behind it, whoever asks: others who live here cannot each have their own through it. */
  readonly single?: true
  /** What these options lack for it to run: the option, and what was expected. */
  missing?(options: Options): readonly { readonly option: string; readonly why: string }[]
  record(options: Options): DoorRecord
  /** Where on this machine it is called from outside. Undefined: nowhere. */
  listens?(options: Options): { readonly host: string; readonly port: number } | undefined
  /** Rejects with a BridgeError of code `config` when it cannot run: a package is missing, an address is none. */
  create(options: Options, ports: ConnectorPorts): Promise<WeChatConnector>
  /**
   * Tries, once, whether what these options lead to is there and lets us in: no login is begun, nothing is sent. What does
   * not work is a finding; rejects only where the probe itself is wrong, or with the reason of the signal.
   */
  probe?(options: Options, ports: ProbePorts): Promise<Probed>
}
