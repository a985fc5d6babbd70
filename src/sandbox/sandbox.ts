import type { Large } from './large.ts'
import type { Shared } from './shared.ts'

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
  /**
   * `webwxpushloginurl` gives the device of an earlier login a code at once (protocol §2.6); `confirm` confirms
   * it. Default true; false: refused.
   */
  readonly pushLogin?: boolean
  /** Its clock, long polls, life and every other timer of its own run this much faster. Default 1. */
  readonly speed?: number
  /** Digits of the owner's UserName; the server refuses messages to a self of 64 (protocol §3.1). Default: 64 for an odd seed, 32 for an even one. */
  readonly selfDigits?: 32 | 64
  /** webwxsync gives back what webwxsend… sent, with the same MsgId. Default false. */
  readonly echoOwnSends?: boolean
  /** What comes again with the same ClientMsgId is delivered again, so that a client cannot rely on it. Default false. */
  readonly takesTwice?: boolean
  /** After a picture was sent, this many synccheck calls answer selector 2 with nothing to fetch (trap 34). Default 0. */
  readonly spin?: number
  /** From this group size on people have to be invited (protocol §2.4, §3.13). Default 40. */
  readonly inviteStartCount?: number
  /** The list of recent chats names the real ids behind UserNames (protocol §5.8). Default true; false: empty Content. */
  readonly realIds?: boolean
  /**
   * What becomes of a message to someone who is no friend any more: `notice` (the default) is Ret 0 and a
   * refusing system line after it (trap 83); `ret` is Ret 1204.
   */
  readonly refusal?: 'notice' | 'ret'
}

/** What the bridge sent into this WeChat, as the receiver sees it. */
export interface Delivered {
  /** The MsgID the server gave it. */
  readonly id: string
  readonly clientId: string
  readonly to: Who
  readonly at: number
  /** `other`: nothing of the kinds named. Locations and cards carry their XML as `text`. */
  readonly type: DeliveredType
  readonly text: string
  /** The file's name, the card's or the place's. */
  readonly name?: string
  readonly bytes?: Uint8Array
  /** Instead of `bytes`, from 32 MB on; until the sandbox is closed. */
  readonly large?: Large
  recalled: boolean
}

export type DeliveredType =
  | 'text'
  | 'image'
  | 'video'
  | 'sticker'
  | 'file'
  | 'card'
  | 'location'
  | 'other'

/** One request the server saw. */
export interface Seen {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly host: string
}

/** Breaks the next calls of an endpoint. `path` is its last path segment (`webwxsync`, `synccheck`, `jslogin`…), or `*`. */
export interface Fault {
  readonly path: string
  /** How many calls; default 1. */
  readonly times?: number
  /** Let so many calls of the endpoint pass before. Default 0. */
  readonly skip?: number
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
    | 'short' // the body ends early, and no Content-Length tells
    | { readonly delayMs: number } // the true answer, that much later (real milliseconds)
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
  /** Like `say`, for every other kind of §5. */
  share(from: Who, what: Shared, group?: Who): Promise<string>
  /** The owner sends it from the phone. */
  phoneShare(to: Who, what: Shared): Promise<string>
  /** The phone has read a chat (MsgType 51 code 1), or has entered it (code 2). */
  phoneRead(chat: Who): Promise<string>
  phoneEnter(chat: Who): Promise<string>
  /** Deliver two messages the client has not heard yet in the other order. */
  swap(first: string, second: string): Promise<void>

  /** A stranger (made on first use, as `name`) asks to be a friend (MsgType 37). Resolves with the MsgId. */
  request(who: Who, greeting: string, name?: string): Promise<string>
  /** Someone the client asked to be a friend (`asked`) says yes. */
  accept(who: Who): Promise<void>
  /** Friend requests the client made (Opcode 2), oldest first. */
  asked(): readonly Asked[]
  /** The owner deletes a friend on the phone, or (`by: 'them'`) is deleted, of which nobody tells. */
  unfriend(who: Who, by?: 'me' | 'them'): Promise<void>
  /** What the owner calls someone; undefined or '' removes it. Set on the phone. */
  remark(who: Who, text: string | undefined): Promise<void>
  pin(who: Who, on: boolean): Promise<void>
  mute(who: Who, on: boolean): Promise<void>
  /** A file in `media/`, or none. The picture's `seq` changes with it. */
  setAvatar(who: Who, file: string | undefined): Promise<void>
  setAlias(who: Who, alias: string): Promise<void>

  /** A group of people of this world (without the owner's name it gets it); the owner of it is `owner`, default `me`. */
  makeGroup(group: Who, name: string, members: readonly Who[], more?: NewGroup): Promise<void>
  /** `by`: who invited (default the group's owner); the same as `who`: by QR code. `who: 'me'` brings the owner in. */
  joinGroup(group: Who, who: Who, by?: Who): Promise<void>
  /** Without `by` they leave by themselves, which nobody is told; `me` leaves or is removed by `by`. */
  leaveGroup(group: Who, who: Who, by?: Who): Promise<void>
  renameGroup(group: Who, name: string, by?: Who): Promise<void>
  setDisplay(group: Who, who: Who, name: string): Promise<void>
  /** Many invented people and groups. Resolves with what they are called here. */
  populate(plan: Population): Promise<Populated>
  /** What the phone knows of someone. */
  figure(who: Who): FigureView

  /** People talk by themselves until `stop`: bursts, kinds, recalls, the phone. */
  live(plan: LifePlan): Life
  /** Everything said to or by the owner by message (not system lines, nor what the bridge sent), oldest first. */
  said(): readonly Said[]
  /** Chats the client marked as read (webwxstatusnotify code 1), oldest first. */
  readMarks(): readonly Who[]
  fault(fault: Fault): void
  /** The faults that have not struck yet never will. */
  mend(): void
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

export interface NewGroup {
  readonly owner?: Who
  /** Saved to contacts. Default false. */
  readonly saved?: boolean
}

export interface Asked {
  readonly who: Who
  readonly greeting: string
}

export interface Population {
  readonly friends: number
  readonly groups: number
  /** Official accounts. Default 0. */
  readonly mps?: number
  /** How many of the friends (rounded down to pairs) are told from another one by nothing at all. Default 0. */
  readonly twins?: number
  /** Default: the sandbox's. */
  readonly seed?: number
}

export interface Populated {
  /** All friends, the twins first: `twins[0]` looks like `twins[1]`. */
  readonly friends: readonly Who[]
  readonly twins: readonly Who[]
  readonly groups: readonly Who[]
  readonly mps: readonly Who[]
}

export interface FigureView {
  readonly kind: 'me' | 'friend' | 'stranger' | 'mp' | 'special' | 'group'
  readonly name: string
  readonly remark: string
  readonly alias: string
  readonly pinned: boolean
  readonly muted: boolean
  readonly friend: boolean
  /** Of a group; else empty. */
  readonly members: readonly Who[]
  /** Of a group. */
  readonly owner?: Who
}

export interface LifePlan {
  /** Messages in an hour of the sandbox's clock, on average. */
  readonly perHour: number
  /** Kinds to choose from; default all of them. `recall` takes back something said before. */
  readonly kinds?: readonly LifeKind[]
  /** Who talks; default every friend and every group the owner is in. */
  readonly chats?: readonly Who[]
  readonly seed?: number
}

export type LifeKind = 'text' | 'picture' | 'phone' | 'recall' | Shared['kind']

export interface Life {
  stop(): void
}

export interface Said {
  readonly id: string
  readonly chat: Who
  readonly from: Who
  readonly at: number
  /** `text`, `picture`, the kind of what was shared, or `raw`. */
  readonly kind: string
  readonly text: string
  readonly recalled: boolean
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>`: the only origin it uses, for login, entry, file and push. */
  readonly origin: string
  readonly control: Control
  /** Nobody listens on its port any more, and what is open is cut; until it is `up` again. The world goes on. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}
