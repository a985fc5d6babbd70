// The sandbox: a web WeChat server of our own with a small world of people. This file is what its users see.

/** Short names of the people and groups in the world, as tests and scripts use them: `lin`, `hikers`, `paper`. */
export type Who = string

export interface SandboxOptions {
  /** 0 (the default): any free port, on 127.0.0.1. */
  readonly port?: number
  /** How long a long poll is held, in milliseconds (protocol §2.2, §4.2). Default 25 000. */
  readonly holdMs?: number
  /** Refuse logins without the UOS headers with ret 1203, as the real server does. Default true. */
  readonly uos?: boolean
  /** Scan and confirm each login code by itself, this many milliseconds after it was asked for. */
  readonly autoConfirmMs?: number
  /** Let the people talk, answer, and recall by themselves. Default false. */
  readonly alive?: boolean
  /** Seed of everything random. Default 1: the same seed gives the same names and ids. */
  readonly seed?: number
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/** What the bridge sent into this WeChat, as the receiver sees it. */
export interface Delivered {
  /** The MsgID the server gave it. */
  readonly id: string
  readonly clientId: string
  readonly to: Who
  readonly at: number
  readonly type: 'text' | 'image' | 'other'
  readonly text: string
  readonly bytes?: Uint8Array
  recalled: boolean
}

/** One request the server saw. */
export interface Seen {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly host: string
}

/** Breaks the next calls of an endpoint. `path` is its last path segment (`webwxsync`, `synccheck`, `jslogin`…). */
export interface Fault {
  readonly path: string
  /** How many calls; default 1. */
  readonly times?: number
  readonly how:
    | 'empty' // 200 with no body
    | 'truncated' // the true answer, cut in the middle
    | 'html' // an HTML error page with status 200
    | '500'
    | '502'
    | 'reset' // the connection is cut before the answer, after the request took effect
    | 'refuse' // the connection is cut before the request takes effect
    | 'hang' // no answer until the client gives up
    | 'slow' // the answer drips
    | { readonly ret: number } // BaseResponse.Ret (or retcode of synccheck, ret of newloginpage)
    | { readonly body: string } // this body instead
}

/** What tests and the world's own script do to the world. Ids are MsgId strings. */
export interface Control {
  /** The uuid of the login code waiting to be scanned. Resolves when there is one. */
  code(): Promise<string>
  /** The owner's phone scans the waiting code, and confirms, or cancels. */
  scan(): Promise<void>
  confirm(): Promise<void>
  cancel(): Promise<void>
  expireCode(): Promise<void>
  /** A friend, an MP, or (with `group`) a member says something to the owner. Resolves with the MsgId. */
  say(from: Who, text: string, group?: Who): Promise<string>
  picture(from: Who, bytes: Uint8Array, group?: Who): Promise<string>
  /** The owner writes on the phone, to a friend, a group, or `filehelper`. */
  phoneSay(to: Who, text: string): Promise<string>
  phonePicture(to: Who, bytes: Uint8Array): Promise<string>
  /** A grey system line (MsgType 10000) in a chat. */
  system(chat: Who, text: string): Promise<string>
  /** Whoever said it recalls it; `by` overrides for an owner or admin of a group. Resolves with the MsgId of the notice. */
  recall(msgId: string, by?: Who | 'phone'): Promise<string>
  /** Put any raw element into AddMsgList; missing fields get defaults. UserNames may be given as `Who` in angle brackets: `<lin>`. `bytes` is what downloads of it answer (files: by its `MediaId`). */
  inject(raw: Readonly<Record<string, unknown>>, bytes?: Uint8Array): Promise<string>
  /** Deliver messages a second time, with the same MsgId. */
  repeat(msgId: string): Promise<void>
  /** End the session: the next synccheck answers this retcode (default 1101) and every call this Ret. */
  kick(code?: 1100 | 1101 | 1102): Promise<void>
  rename(who: Who, name: string): Promise<void>
  addFriend(who: Who, name: string): Promise<void>
  fault(fault: Fault): void
  /** Everything the bridge delivered, oldest first. */
  delivered(): readonly Delivered[]
  /** Resolves with the first delivered message that fits, now or later; rejects after `ms` (default 15 000). */
  waitDelivered(fits: (message: Delivered) => boolean, ms?: number): Promise<Delivered>
  /** Every request so far. */
  requests(): readonly Seen[]
  /** Is someone logged in, and how often has someone been? */
  session(): { readonly online: boolean; readonly logins: number }
  /** Resolves once a client is logged in and has synced everything said so far. */
  settled(ms?: number): Promise<void>
  /** The present session's UserName of someone (`me` for the owner). */
  userName(who: Who): string
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>`: the only origin it uses, for login, entry, file and push. */
  readonly origin: string
  readonly control: Control
  close(): Promise<void>
}
