import { base64, hex, number } from './dice.ts'
import type { Who } from './sandbox.ts'
import type { World } from './world.ts'

/** One key of a SyncKey (protocol §4.1). */
export interface Key {
  readonly Key: number
  readonly Val: number
}

/** One login of the owner: its credentials, its UserNames, and how far it has heard. */
export class Session {
  readonly number: number
  readonly uin: number
  readonly sid: string
  readonly skey: string
  readonly passTicket: string
  readonly dataTicket: string
  /** The cookie a later push login is known by (protocol §2.6). */
  readonly authTicket: string
  /** Seconds since 1970. */
  readonly since: number
  /** How much of the log the client has said it has: by asking with a key that is past it. */
  heard: number
  /** A client is asking for news at all, and has called webwxsync at least once. */
  polled = false
  synced = false
  /** How many synccheck calls still answer selector 2 with nothing to fetch (trap 34). */
  spins = 0
  /** The code every call is answered with once the session is over. */
  ended: number | undefined
  /** ClientMsgId to MsgID of everything sent in this session. */
  readonly sent = new Map<string, string>()
  readonly #world: World
  readonly #names = new Map<Who, string>()
  readonly #whos = new Map<string, Who>()

  constructor(world: World, count: number, heard: number, since: number) {
    this.#world = world
    this.number = count
    this.heard = heard
    this.since = since
    const { seed } = world
    this.uin = uinOf(seed)
    // + and / on purpose: a client that does not encode them is found out (protocol §10.2).
    this.sid = `${base64(13, seed, count, 'sid').replace(/[+/]/g, 'x')}+/Z`
    this.skey = `@crypt_${hex(8, seed, 'crypt')}_${hex(32, seed, count, 'skey')}`
    this.passTicket = `${base64(40, seed, count, 'ticket').replace(/[+/]/g, 'y')}+/w=`
    this.authTicket = `CIsBE${hex(40, seed, count, 'auth')}`
    this.dataTicket = `gS${base64(20, seed, count, 'data').replace(/[+/]/g, 'z')}==`
  }

  /** The UserName of someone in this session (protocol §3.1). */
  nameOf(who: Who): string {
    const known = this.#names.get(who)
    if (known) return known
    const name = this.#newName(who)
    this.#names.set(who, name)
    this.#whos.set(name, who)
    return name
  }

  whoOf(name: unknown): Who | undefined {
    if (typeof name !== 'string') return undefined
    // Newcomers get a name when somebody asks for a name nobody has yet.
    if (!this.#whos.has(name) && this.#names.size < this.#world.figures.size)
      for (const who of this.#world.figures.keys()) this.nameOf(who)
    return this.#whos.get(name)
  }

  roomId(who: Who): string {
    return `@${hex(32, this.#world.seed, this.number, who, 'room')}`
  }

  /** The key of a place in the log, as webwxsync takes it. */
  syncKey(place: number): readonly Key[] {
    const [first, second] = this.#bases()
    return [
      { Key: 1, Val: first + place },
      { Key: 2, Val: second + place },
      { Key: 3, Val: second - 65 },
      { Key: 1000, Val: this.since },
    ]
  }

  /** The same place as synccheck takes it: other values, so that a client mixing them up is found out. */
  checkKey(place: number): readonly Key[] {
    const [first, second] = this.#bases()
    return [
      { Key: 1, Val: first + place },
      { Key: 2, Val: second + place + CHECK_SHIFT },
      { Key: 3, Val: second - 65 },
      { Key: 11, Val: second - 310 },
      { Key: 201, Val: this.since },
      { Key: 1000, Val: this.since + 7 },
    ]
  }

  /** The place a key stands for, and which of the two kinds it is; undefined for a key of no place. */
  placeOf(keys: readonly Key[]): { place: number; kind: 'sync' | 'check' } | undefined {
    const value = keys.find((key) => key.Key === 2)?.Val
    if (value === undefined) return undefined
    const kind = keys.some((key) => key.Key === 11) ? 'check' : 'sync'
    const place = value - this.#bases()[1] - (kind === 'check' ? CHECK_SHIFT : 0)
    if (!Number.isInteger(place) || place < 0 || place > this.#world.log.length) return undefined
    return { place, kind }
  }

  #bases(): readonly [number, number] {
    const base = 600_000_000 + number(80_000_000, this.#world.seed, this.number, 'key')
    return [base, base + 1_400_000]
  }

  #newName(who: Who): string {
    const figure = this.#world.figure(who)
    if (figure.kind === 'special') return who
    const digits = hex(64, this.#world.seed, this.number, who, 'name')
    if (figure.kind === 'group') return `@@${digits}`
    // Some accounts have a short id of their own (protocol §3.1).
    const short = who === 'me' ? this.#world.selfDigits === 32 : figure.kind === 'stranger'
    return `@${short ? digits.slice(0, 32) : digits}`
  }
}

/** The owner's Uin: above 2^31, the same at every login (protocol §1.4, §3.9). */
export function uinOf(seed: number): number {
  return 2_718_281_828 + (seed % 1_000_000_000)
}

const CHECK_SHIFT = 30_000_000
