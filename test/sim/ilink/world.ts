import { randomBytes } from 'node:crypto'
import type { Delivered } from './sim.ts'

type Json = Readonly<Record<string, unknown>>

/** With what a message of the person may be answered (`ecosystem §1.3`). */
interface Context {
  readonly at: number
  used: number
}

const window = 86_400_000
const sends = 10

/** What was said, by whom, and which login may hear it. */
export class World {
  readonly user = 'o9cq8-Zx_0@im.wechat'
  readonly #now: () => number
  /** What the bot is to be told, in order. A cursor is a place in it. */
  readonly #line: { readonly raw: Json; readonly bot: string }[] = []
  readonly #contexts = new Map<string, Context>()
  readonly delivered: (Delivered & { readonly raw: Json })[] = []
  #ids = 9_300_000_000_000_000_000n
  #bots = 0
  token: string | undefined
  bot = ''
  /** Where the calls of the present login go. */
  idc = false
  #since = 0
  asked = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** A new bot; the one before is not taken any more. */
  logIn(idc: boolean): string {
    this.#bots += 1
    this.bot = `bot${this.#bots}@im.bot`
    this.token = `${this.bot}:${randomBytes(16).toString('hex')}`
    this.idc = idc
    this.#since = this.#line.length
    this.asked = this.#line.length
    return this.token
  }

  nextId(): string {
    this.#ids += 3n
    return String(this.#ids)
  }

  /** As it is, with what every message has where it lacks it. */
  tell(given: Json): string {
    const id = typeof given.message_id === 'string' ? given.message_id : this.nextId()
    const context = `ctx-${randomBytes(9).toString('base64')}`
    this.#contexts.set(context, { at: this.#now(), used: 0 })
    const raw = {
      message_id: id,
      from_user_id: this.user,
      to_user_id: this.bot,
      create_time_ms: this.#now(),
      message_type: 1,
      message_state: 2,
      context_token: context,
      ...given,
    }
    this.#line.push({ raw, bot: this.bot })
    return id
  }

  /** The same again, as it was. */
  repeat(id: string): void {
    const found = this.#line.findLast(({ raw }) => raw.message_id === id)
    const own = this.delivered.find((each) => each.id === id || each.clientId === id)
    const raw = found?.raw ?? own?.raw
    if (!raw) throw new Error(`nobody said ${id}`)
    this.#line.push({ raw, bot: this.bot })
  }

  /** What comes after a cursor; undefined: it is none of this login's. */
  after(cursor: string): { readonly msgs: readonly Json[]; readonly cursor: string } | undefined {
    const [bot = '', place = ''] = Buffer.from(cursor, 'base64').toString().split('|')
    if (cursor !== '' && bot !== this.bot) return undefined
    const from = cursor === '' ? this.#since : Number(place)
    this.asked = Math.max(this.asked, from)
    const msgs = this.#line.slice(from, from + 20).map(({ raw }) => raw)
    const next = Buffer.from(`${this.bot}|${from + msgs.length}`).toString('base64')
    return { msgs, cursor: next }
  }

  get settled(): boolean {
    return this.asked >= this.#line.length
  }

  /** May one more go out with this? Counts it. */
  spend(context: unknown): boolean {
    const found = typeof context === 'string' ? this.#contexts.get(context) : undefined
    if (!found || found.used >= sends || this.#now() - found.at > window) return false
    found.used += 1
    return true
  }

  lapse(): void {
    this.#contexts.clear()
  }
}
