import type { Code } from './login.ts'
import type { Asked, Delivered, SandboxOptions, Seen, Who } from './sandbox.ts'
import { Session } from './session.ts'
import type { Upload } from './upload.ts'
import { Watch } from './watch.ts'
import { World } from './world.ts'

/** Everything one sandbox knows; the endpoints are functions over it. */
export interface State {
  readonly options: Required<
    Omit<SandboxOptions, 'port' | 'autoConfirmMs' | 'selfDigits' | 'realIds'>
  > & {
    readonly autoConfirmMs: number | undefined
  }
  /** `http://127.0.0.1:<port>`. */
  origin: string
  readonly watch: Watch
  readonly world: World
  /** Every login there was; the last one is the present one. */
  readonly sessions: Session[]
  /** Login codes by uuid, oldest first. */
  readonly codes: Map<string, Code>
  /** Uploads by MediaId once whole, by ClientMediaId until then. */
  readonly uploads: Map<string, Upload>
  /** The same by their MD5. */
  readonly knownFiles: Map<string, Upload>
  readonly delivered: Delivered[]
  readonly seen: Seen[]
  readonly readMarks: Who[]
  /** Friend requests of the client. */
  readonly asked: Asked[]
  /** Strangers who asked the owner. */
  readonly requested: Set<Who>
  /** How many groups the client made. */
  rooms: number
}

export function newState(options: SandboxOptions): State {
  const speed = options.speed ?? 1
  const watch = new Watch(speed)
  const began = Date.now()
  const now = options.now ?? (() => Math.floor(began + (Date.now() - began) * speed))
  const seed = options.seed ?? 1
  return {
    options: {
      holdMs: (options.holdMs ?? 25_000) / speed,
      uos: options.uos ?? true,
      alive: options.alive ?? false,
      seed,
      now,
      autoConfirmMs: options.autoConfirmMs,
      pushLogin: options.pushLogin ?? true,
      speed,
      echoOwnSends: options.echoOwnSends ?? false,
      takesTwice: options.takesTwice ?? false,
      spin: options.spin ?? 0,
      inviteStartCount: options.inviteStartCount ?? 40,
      refusal: options.refusal ?? 'notice',
    },
    origin: '',
    watch,
    world: new World(
      {
        seed,
        selfDigits: options.selfDigits ?? (seed % 2 === 0 ? 32 : 64),
        realIds: options.realIds ?? true,
      },
      now,
      watch,
    ),
    sessions: [],
    codes: new Map(),
    uploads: new Map(),
    knownFiles: new Map(),
    delivered: [],
    seen: [],
    readMarks: [],
    asked: [],
    requested: new Set(),
    rooms: 0,
  }
}

/** The session that is alive, if one is. */
export function online(state: State): Session | undefined {
  const last = state.sessions.at(-1)
  return last?.ended === undefined ? last : undefined
}

/** Begins a session; the one before it ends with 1101 (protocol §4.2, §4.5). */
export function openSession(state: State): Session {
  const before = state.sessions.at(-1)
  if (before) before.ended ??= 1101
  const since = Math.floor(state.options.now() / 1000)
  const session = new Session(state.world, state.sessions.length + 1, before?.heard ?? 0, since)
  state.sessions.push(session)
  state.watch.ring()
  return session
}

/** Ends a session: every call of it answers this code from now on. */
export function endSession(state: State, session: Session, code: number): void {
  session.ended ??= code
  state.watch.ring()
}
