import { setTimeout } from 'node:timers/promises'
import type { Clock, Random } from '../../../src/ports/clock.ts'
import type { Log } from '../../../src/ports/telemetry.ts'
import type { BaseOptions } from '../hosts.ts'
import { defaultTimings, type Timings } from '../timings.ts'
import { officialClientVersion, officialExtspam } from '../uos.ts'

/** Pauses between calls, in milliseconds: without them an account is banned (protocol §7.9, trap 87). */
export interface Pace {
  /** Before the next send. Default 1000. */
  readonly sendMs: number
  /** Before the next send of media. Default 3000. */
  readonly mediaMs: number
  /** Before the next change of a contact or group. Default 2000. */
  readonly contactMs: number
}

/** Everything has a default; without any, the client speaks to the real web WeChat in desktop mode. */
export interface ClientOptions extends Partial<BaseOptions> {
  /** The two headers of desktop mode (protocol §1.3); false: plain mode, which most accounts refuse. */
  readonly desktop?: { readonly clientVersion: string; readonly extspam: string } | false
  readonly userAgent?: string
  readonly timeouts?: Partial<Timings>
  readonly pace?: Partial<Pace>
  readonly clock?: Clock
  readonly random?: Random
}

/** The options with nothing left open. */
export interface Settings {
  readonly bases: BaseOptions
  readonly desktop: { readonly clientVersion: string; readonly extspam: string } | undefined
  readonly userAgent: string
  readonly timings: Timings
  readonly pace: Pace
  readonly clock: Clock
  readonly random: Random
}

export function settingsOf(options: ClientOptions): Settings {
  const { loginBase = 'https://login.wx.qq.com', desktop } = options
  const official = { clientVersion: officialClientVersion, extspam: officialExtspam }
  return {
    bases: { ...options, loginBase },
    desktop: desktop === false ? undefined : (desktop ?? official),
    userAgent: options.userAgent ?? browser,
    timings: { ...defaultTimings, ...options.timeouts },
    pace: { sendMs: 1000, mediaMs: 3000, contactMs: 2000, ...options.pace },
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
}

const browser =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36'

const systemClock: Clock = {
  steady: () => performance.now(),
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await setTimeout(ms, undefined, { signal })
    } catch (thrown) {
      signal.throwIfAborted()
      throw thrown
    }
  },
}

/** Where a client writes what it does. Silent until {@link Logging.set}. */
export class Logging implements Log {
  #write: ((line: string) => void) | undefined
  #level = 1

  /** `show`: on the console. `write`: each line, with its line feed. `level`: the least to be written. */
  set(how: {
    show?: boolean
    write?: (line: string) => void
    level?: (typeof levels)[number]
  }): void {
    const { show = true, write, level = 'info' } = how
    this.#level = levels.indexOf(level)
    this.#write = (line) => {
      if (show) process.stderr.write(line)
      write?.(line)
    }
  }

  debug: Log['debug'] = (fields, text) => this.#say(0, fields, text)
  info: Log['info'] = (fields, text) => this.#say(1, fields, text)
  warn: Log['warn'] = (fields, text) => this.#say(2, fields, text)
  error: Log['error'] = (fields, text) => this.#say(3, fields, text)

  #say(level: number, fields: object, text: string): void {
    if (level < this.#level) return
    this.#write?.(`${levels[level]} ${text} ${JSON.stringify(fields)}\n`)
  }
}

const levels = ['debug', 'info', 'warn', 'error'] as const
