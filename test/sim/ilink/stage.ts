import { Cdn } from './cdn.ts'
import type { Code } from './codes.ts'
import type { Fault, IlinkOptions } from './sim.ts'
import { World } from './world.ts'

/** All there is between the servers and the one who plays the person. */
export class Stage {
  readonly options: IlinkOptions
  readonly world: World
  /** What the client did that WeChat would not take. */
  readonly violations: string[] = []
  readonly cdn = new Cdn(this.violations)
  readonly calls = new Map<string, number>()
  /** The cursors that were asked with. */
  readonly cursors: string[] = []
  readonly #faults: { readonly fault: Fault; left: number }[] = []
  /** The login code that is shown. */
  code: Code | undefined
  /** What is to come with the next scan or login. */
  number: string | undefined
  redirect: string | undefined
  base: string | undefined
  #happened = Promise.withResolvers<void>()

  constructor(options: IlinkOptions) {
    this.options = options
    this.world = new World(options.now ?? Date.now)
  }

  get holdMs(): number {
    return this.options.holdMs ?? 400
  }

  /** Something happened that a held poll may be waiting for. */
  tick(): void {
    this.#happened.resolve()
    this.#happened = Promise.withResolvers()
  }

  /** Until something happens, at most so long. */
  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(1, ms))
    })
    await Promise.race([this.#happened.promise, late])
    clearTimeout(timer)
  }

  spoilNext(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 })
    this.tick()
  }

  /** How this answer is to be spoilt, if it is. */
  spoilt(path: string): Fault['how'] | undefined {
    const found = this.#faults.find(({ fault, left }) => fault.path === path && left > 0)
    if (!found) return undefined
    found.left -= 1
    return found.fault.how
  }
}
