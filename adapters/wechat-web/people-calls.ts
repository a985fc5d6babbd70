import { BridgeError } from '../../src/core/errors.ts'
import type { ChatId, ContactId } from '../../src/core/ids.ts'
import { isRoom } from './contact.ts'
import { toBridgeError, WireFault } from './fault.ts'
import type { Live } from './live.ts'
import { lastingOf } from './people.ts'
import type { Raw } from './raw.ts'
import { Turns } from './turns.ts'

/** What an act is called in sentences: "The `what` was not `done`." */
export interface Act {
  readonly what: string
  readonly done: string
}

/** What the calls need of their surroundings. */
export interface CallParts {
  /** The session in use. Undefined: offline. */
  readonly live: () => Live | undefined
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly now: () => number
}

/**
 * What asks WeChat to change something about people: one call after another, and never in a burst, for which accounts
 * are limited (protocol §3.13, §7.9).
 */
export class PeopleCalls {
  readonly #parts: CallParts
  readonly #turns = new Turns()
  #next = 0

  constructor(parts: CallParts) {
    this.#parts = parts
  }

  /** Throws a BridgeError of code `session`. */
  live(): Live {
    const live = this.#parts.live()
    if (live?.online) return live
    throw new BridgeError('Not done: WeChat is not connected. Log in, then try again.', {
      code: 'session',
      heal: 'relogin',
      certain: true,
    })
  }

  /** UserNames of one login mean nobody in another (protocol §3.1), nor may it be told of. Throws as {@link live}. */
  still(live: Live): void {
    if (this.live() === live) return
    throw new BridgeError('Not finished: WeChat was logged in anew meanwhile. Try again.', {
      code: 'session',
      heal: 'relogin',
      certain: false,
    })
  }

  /**
   * A call when its turn has come, in the login there is now. Whatever fails becomes an error that says what was not
   * done.
   */
  call(act: Act, work: (live: Live) => Promise<Raw>, signal: AbortSignal): Promise<Raw> {
    const live = this.live()
    return this.#turns.run(async () => {
      try {
        const { timings } = live.api
        const wait = this.#next - this.#parts.now()
        if (wait > 0) await this.#parts.sleep(wait, signal)
        this.still(live)
        this.#next = this.#parts.now() + timings.batchGap
        const answer = await work(live)
        this.still(live)
        return answer
      } catch (thrown) {
        throw notDone(thrown, act)
      }
    })
  }

  /** What WeChat knows of them by now, told to the sink. `surely`: what it must know. The call itself was done. */
  async look(
    userNames: readonly string[],
    signal: AbortSignal,
    surely: (live: Live) => void = () => undefined,
  ): Promise<void> {
    const live = this.live()
    await live.turns.run(async () => {
      const found = await live.finder.again(userNames, signal).catch((thrown: unknown) => {
        // What changed comes with the next sync as well.
        if (!(thrown instanceof WireFault) && !signal.aborted) throw thrown
        return []
      })
      this.still(live)
      surely(live)
      await live.teller.tell([...new Set([...userNames, ...found])])
    })
  }

  /** The UserName of someone in this login. Throws a BridgeError of code `gone`. */
  userName(id: ChatId | ContactId, what = 'Whoever this is'): string {
    const { people } = this.live()
    const lasting = lastingOf(id, people.account)
    const user = lasting === undefined ? undefined : people.userName(lasting)
    if (user !== undefined) return user
    throw new BridgeError(`Not done: ${what} was not found in this login.`, {
      code: 'gone',
      heal: 'never',
      certain: true,
    })
  }

  group(id: ChatId): string {
    const user = this.userName(id, 'the group')
    if (isRoom(user)) return user
    throw refused('Not done: this is no group.')
  }
}

/** Nothing was asked: it could not have been done. */
export function refused(sentence: string): BridgeError {
  return new BridgeError(sentence, { code: 'refused', heal: 'never', certain: true })
}

/** Nobody tries such a call again by itself, and it may be limited for long (protocol §3.13). */
function notDone(thrown: unknown, { what, done }: Act): BridgeError {
  if (thrown instanceof WireFault && thrown.kind === 'ret' && thrown.ret === 1205) {
    const said = thrown.sentence ? ` WeChat says: ${thrown.sentence}` : ''
    return new BridgeError(
      `The ${what} was not ${done}: WeChat says this is done too often (1205). Try again in some hours.${said}`,
      { code: 'rate', heal: 'never', certain: true },
      { cause: thrown },
    )
  }
  return toBridgeError(thrown, what, { done })
}
