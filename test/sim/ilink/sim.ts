/**
 * How the next answers to a path are spoilt. `lost`: what was asked is done, and the answer does not come; `slow`: it comes later. An answer is
 * given instead of the true one.
 */
export type Spoil =
  | 'empty'
  | 'html'
  | 'truncated'
  | 'huge'
  | '500'
  | 'reset'
  | 'lost'
  | 'slow'
  | { readonly answer: object }

export interface Fault {
  /** The last part of the path: `getupdates`. */
  readonly path: string
  readonly how: Spoil
  readonly times?: number
}

/** What the bot sent, as the phone has it. */
export interface Delivered {
  readonly id: string
  readonly clientId: string
  readonly type: 'text' | 'image' | 'file' | 'video'
  readonly text: string
  readonly name?: string
  /** Decrypted. Left out where it was too much to keep. */
  readonly bytes?: Uint8Array
  readonly size?: number
  readonly md5?: string
}

/** What the person on the phone sends. */
export interface FromPhone {
  readonly kind: 'image' | 'voice' | 'file' | 'video'
  readonly bytes: Uint8Array
  readonly name?: string
  /** What WeChat made of a voice in words. */
  readonly transcript?: string
  readonly encodeType?: number
  /** How the key is written; `hex`: base64 of hex digits; `field`: in the image's own field. Default `raw`. */
  readonly key?: 'raw' | 'hex' | 'field'
  /** The whole address is told beside the parameter, or instead of it. */
  readonly fullUrl?: 'both' | 'only'
}

export interface QuoteOf {
  /** What newer clients give. */
  readonly id?: string
  /** What older ones gave. */
  readonly text?: string
}

/** The person with the phone, and WeChat's own whims. */
export interface IlinkControl {
  /** The text of the code that is shown, once there is one. */
  shown(): Promise<string>
  scan(): Promise<void>
  confirm(): Promise<void>
  /** The code lapses before it is scanned or confirmed. */
  expire(): Promise<void>
  /** Now that it is scanned, a number is asked for. */
  askNow(number: string): Promise<void>
  /** The next scan asks for this number. */
  askFor(number: string): void
  /** The next scan leads to the other data centre, or wherever this host is. */
  redirect(host?: string): void
  /** The next confirmed login says that its calls go here. */
  leadTo(base: string): void
  says(text: string): Promise<string>
  sends(media: FromPhone): Promise<string>
  quotes(text: string, of: QuoteOf): Promise<string>
  /** A message of any shape, as it is. */
  inject(raw: object): Promise<string>
  /** The same message comes again; one of the bot's comes back. */
  repeat(id: string): Promise<void>
  /** Another program was connected: the token is stale. */
  kick(): Promise<void>
  /** A day passes without a word: nothing may be answered any more. */
  lapse(): void
  fault(fault: Fault): void
  /** Nobody can be reached, and can again, under the same addresses. */
  down(): Promise<void>
  up(): Promise<void>
  /** All that was said has been asked beyond. */
  settled(): Promise<void>
  delivered(): readonly Delivered[]
  /** What the client did that WeChat would not take, in words. A test expects none. */
  readonly violations: readonly string[]
  /** How often a path was asked for. */
  asked(path: string): number
  /** With which cursors updates were asked for, in order. */
  cursors(): readonly string[]
  /** The token of the present login; '' if there is none. */
  token(): string
  /** What the last login told of tokens. */
  toldTokens(): readonly string[]
  /** Bytes made as they are read, so that nobody holds them: so many, as a file from the phone. */
  sendsHuge(size: number): Promise<string>
}

export interface IlinkSim {
  /** Where a login begins. */
  readonly origin: string
  /** The other data centre. */
  readonly idc: string
  readonly cdnBase: string
  /** The person who scans. */
  readonly user: string
  readonly control: IlinkControl
  close(): Promise<void>
}

export interface IlinkOptions {
  /** How long polls are held, in milliseconds. */
  readonly holdMs?: number
  readonly now?: () => number
  /** The file server names whole addresses. */
  readonly fullUrls?: boolean
  /** What is told as the time a poll is held for. */
  readonly toldHoldMs?: number
}
