import { fileURLToPath } from 'node:url'
import { cast, type Figure, type Group, type Person } from './cast.ts'
import { hex, number } from './dice.ts'
import type { Who } from './sandbox.ts'
import type { Shared } from './shared.ts'
import type { Watch } from './watch.ts'

/** What a message is made of. `other` is what the bridge sent and the sandbox has no word for. */
export type Body =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'picture'; readonly bytes: Uint8Array }
  | { readonly kind: 'system'; readonly text: string }
  | { readonly kind: 'recall'; readonly of: Message; readonly by: Who }
  | { readonly kind: 'recent' }
  | { readonly kind: 'shared'; readonly what: Shared }
  /** The phone has read (1) or entered (2) the chat. */
  | { readonly kind: 'notify'; readonly code: 1 | 2 }
  /** Someone asks to be a friend. */
  | { readonly kind: 'request'; readonly greeting: string }
  | { readonly kind: 'raw'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'other' }

export interface Message {
  /** The MsgId: decimal, above 2^53 (protocol §10 trap 1). */
  readonly id: string
  readonly at: number
  readonly chat: Who
  /** `me` for the owner; absent for the system. */
  readonly from?: Who
  readonly body: Body
  /** What the download endpoints answer for it. */
  readonly bytes?: Uint8Array
  /** The bridge sent it. */
  readonly sent?: boolean
  recalled: boolean
}

/** One thing a client hears of by webwxsync. `only`: for that session alone. */
export type Happening =
  | { readonly kind: 'message'; readonly message: Message; readonly only?: number }
  | { readonly kind: 'contact'; readonly who: Who; readonly only?: undefined }
  /** Out of the address book, or a group the owner is out of (DelContactList). */
  | { readonly kind: 'gone'; readonly who: Who; readonly only?: undefined }
  | { readonly kind: 'profile'; readonly only?: undefined }

/** Names of the pictures that come with the sandbox. */
export type Picture = 'mountain' | 'cat' | 'poster' | 'noodles' | 'sea'

const FILES: Readonly<Record<Picture, string>> = {
  mountain: 'mountain.jpg',
  cat: 'cat.png',
  poster: 'poster.png',
  noodles: 'noodles.jpg',
  sea: 'sea.jpg',
}

/** Path of a picture that comes with the sandbox. */
export function picture(name: Picture): string {
  return media(FILES[name])
}

/** Path of a file in `media/`. */
export function media(file: string): string {
  return fileURLToPath(new URL(`./media/${file}`, import.meta.url))
}

/** The people, and everything that ever happened among them, oldest first. Outlives sessions. */
export class World {
  readonly seed: number
  readonly figures: Map<Who, Figure>
  readonly log: Happening[] = []
  readonly messages = new Map<string, Message>()
  /** Messages whose file is asked for by MediaId. */
  readonly files = new Map<string, Message>()
  /** Digits of the owner's UserName (protocol §3.1). */
  readonly selfDigits: 32 | 64
  /** The list of recent chats names real ids. */
  readonly realIds: boolean
  readonly #watch: Watch
  readonly #now: () => number
  #ids = 0n

  constructor(
    { seed, selfDigits, realIds }: { seed: number; selfDigits: 32 | 64; realIds: boolean },
    now: () => number,
    watch: Watch,
  ) {
    this.seed = seed
    this.selfDigits = selfDigits
    this.realIds = realIds
    this.#now = now
    this.#watch = watch
    this.figures = new Map(cast().map((figure) => [figure.who, figure]))
  }

  figure(who: Who): Figure {
    const figure = this.figures.get(who)
    if (!figure) throw new Error(`Nobody in the sandbox is called ${JSON.stringify(who)}.`)
    return figure
  }

  person(who: Who): Person {
    const figure = this.figure(who)
    if (figure.kind === 'group') throw new Error(`${who} is a group of the sandbox.`)
    return figure
  }

  group(who: Who): Group {
    const figure = this.figure(who)
    if (figure.kind !== 'group') throw new Error(`${who} is no group of the sandbox.`)
    return figure
  }

  message(id: string): Message {
    const message = this.messages.get(id)
    if (!message) throw new Error(`The sandbox knows no message ${id}.`)
    return message
  }

  /** A message nobody has heard of yet. `bytes` are what the download endpoints answer. */
  make(
    chat: Who,
    from: Who | undefined,
    body: Body,
    {
      id,
      bytes,
      sent,
    }: { id?: string | undefined; bytes?: Uint8Array | undefined; sent?: boolean } = {},
  ): Message {
    this.figure(chat)
    const message: Message = {
      id: id ?? this.#newId(),
      at: this.#now(),
      chat,
      body,
      recalled: false,
      ...(from === undefined ? {} : { from }),
      ...(body.kind === 'picture' ? { bytes: body.bytes } : bytes ? { bytes } : {}),
      ...(sent ? { sent } : {}),
    }
    this.messages.set(message.id, message)
    if (body.kind === 'shared' && body.what.kind === 'file')
      this.files.set(this.mediaId(message.id), message)
    if (body.kind === 'raw' && body.fields.MediaId)
      this.files.set(String(body.fields.MediaId), message)
    return message
  }

  happen(happening: Happening): void {
    this.log.push(happening)
    this.#watch.ring()
  }

  /** What a file is downloaded by (protocol §5.1). */
  mediaId(id: string): string {
    return `@crypt_${hex(8, this.seed, 'media')}_${hex(64, this.seed, id, 'file')}`
  }

  /** Makes a message and lets the client hear of it. */
  tell(chat: Who, from: Who | undefined, body: Body): Message {
    const message = this.make(chat, from, body)
    this.happen({ kind: 'message', message })
    return message
  }

  /** What others see of someone: in a group the nickname there, else the remark, else their name. */
  nameOf(who: Who, chat?: Who): string {
    const figure = this.figure(who)
    const room = chat === undefined ? undefined : this.figures.get(chat)
    const members = room?.kind === 'group' ? room.members : []
    const display = members.find((member) => member.who === who)?.display
    return display || (figure.kind !== 'group' && figure.remark) || figure.name
  }

  /**
   * Above 2^62, in no order, and never the same again even when a later sandbox has the same seed: a client
   * drops what it has seen the id of, and it may remember for longer than this process lives.
   */
  #newId(): string {
    this.#ids += 1n
    const unique = (BigInt(this.#now()) << 20n) | (this.#ids & 0xfffffn)
    const stirred = unique * 0x2545f4914f6cdd1dn + BigInt(number(2 ** 40, this.seed, 'ids'))
    return String((1n << 62n) | (stirred & ((1n << 62n) - 1n)))
  }
}
