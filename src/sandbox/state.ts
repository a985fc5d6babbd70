import type { Code } from './login.ts'
import type { Delivered, SandboxOptions, Seen } from './sandbox.ts'
import { Session } from './session.ts'
import type { Upload } from './upload.ts'
import { Watch } from './watch.ts'
import { World } from './world.ts'

/** Everything one sandbox knows; the endpoints are functions over it. */
export interface State {
  readonly options: Required<Pick<SandboxOptions, 'holdMs' | 'uos' | 'seed' | 'alive' | 'now'>> & {
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
  readonly delivered: Delivered[]
  readonly seen: Seen[]
}

export function newState(options: SandboxOptions): State {
  const watch = new Watch()
  const now = options.now ?? Date.now
  const seed = options.seed ?? 1
  return {
    options: {
      holdMs: options.holdMs ?? 25_000,
      uos: options.uos ?? true,
      alive: options.alive ?? false,
      seed,
      now,
      autoConfirmMs: options.autoConfirmMs,
    },
    origin: '',
    watch,
    world: new World(seed, now, watch),
    sessions: [],
    codes: new Map(),
    uploads: new Map(),
    delivered: [],
    seen: [],
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
