import type { ChatKind } from './chat.ts'
import type { DoorLine, DoorNotice } from './door-notice.ts'
import type { Code, Reason } from './errors.ts'
import type { ChatId, PortalId } from './ids.ts'
import type { PersonNotice } from './person-words.ts'
import type { QueueNotice } from './queue-notice.ts'
import type { RecallPolicyNotice } from './recall-policy.ts'
import type { HubLine, RoomNotice, RoomWhy } from './room-notice.ts'
import type { RouteNotice } from './route-notice.ts'

/** Why a connector is offline. `detail` beside it is the other side's own sentence, hostile text. */
export type OfflineReason =
  | 'starting'
  | 'loggedOut'
  | 'kicked'
  | 'refused'
  | 'expired'
  | 'cancelled'
  | 'unreachable'
  /** Web login may cost the account; the user has to accept that first. */
  | 'risk'

/** Why something a person wrote was not even queued for WeChat. */
export type Refusal =
  | { readonly why: 'kind'; readonly kind: string }
  | { readonly why: 'tooLarge'; readonly bytes: number; readonly limit: number }
  | { readonly why: 'format'; readonly mime: string }
  | { readonly why: 'empty' }
  | { readonly why: 'tooLate' }
  | { readonly why: 'notMine' }

/** A chat (`chat`) that a doubtful one may be. `last` is what was said there last, `at` when (milliseconds). */
export interface DoubtChoice {
  readonly chat?: ChatId
  readonly name: string
  readonly last?: string
  readonly at?: number
}

/** Someone or some group that was found; numbered from 1 for `start`. */
export interface FoundLine {
  readonly kind: ChatKind
  readonly name: string
  readonly alias?: string
  readonly detail: string
  /** What to name in `open`, where it is known already. */
  readonly portal?: PortalId
}

/** Where a command belongs. */
export type Place = 'friend' | 'group' | 'chat'

/** Why a command cannot be done as it was said. */
export type Why =
  | 'noSearch'
  | 'noMembers'
  | 'noRequest'
  | 'noMessage'
  | 'nothingLost'
  | 'tooLong'
  | 'noPeople'
  | 'noLetter'
  | 'otherChat'
  | 'restored'
  | 'otherAccount'
  | RoomWhy

/**
 * What the bridge says in a room, as data: the words are chosen where it is shown (`render.ts`), in that
 * person's language. `detail` is an adapter's English sentence or the other side's own words.
 */
export type Notice =
  | DoorNotice
  | QueueNotice
  | PersonNotice
  | RecallPolicyNotice
  | RoomNotice
  | RouteNotice
  | { readonly type: 'welcome' }
  /** `door`, here and below: where there are several. */
  | { readonly type: 'online'; readonly name: string; readonly door?: string }
  | {
      readonly type: 'offline'
      readonly reason: OfflineReason
      readonly detail?: string
      /** It ended as soon as it began. */
      readonly early?: true
      readonly relogin: boolean
      readonly door?: string
    }
  /** Answers a person's own message: it did not go to WeChat. `certain` false: it may have gone. */
  | {
      readonly type: 'notSent'
      readonly code: Code
      readonly certain: boolean
      readonly detail: string
      readonly reason?: Reason
      readonly said?: string
      readonly seq: string
    }
  /** Answers a person's own message that they took back: in WeChat it stays, or may stay. */
  | {
      readonly type: 'notRecalled'
      readonly code: Code
      readonly certain: boolean
      readonly detail: string
      readonly reason?: Reason
      readonly said?: string
    }
  /** A person wrote in a room that belongs to no chat. */
  | { readonly type: 'noChat'; readonly preview: string }
  /** Answers a person's own message: it was not even queued. */
  | { readonly type: 'refused'; readonly refusal: Refusal }
  /** Something from WeChat could not be shown in this room. */
  | {
      readonly type: 'notShown'
      readonly code: Code
      readonly detail: string
      readonly reason?: Reason
      readonly what: string
      /** The item to name in `resend`: it is fetched and shown again. */
      readonly seq?: string
    }
  /** Answers what was written in a chat whose sends are held until a doubt is settled. */
  | { readonly type: 'held'; readonly code: string }
  /** Who is this? `code` names the question in `same`; the choices are counted from 1. */
  | {
      readonly type: 'doubt'
      readonly code: string
      readonly name: string
      readonly about: readonly string[]
      readonly choices: readonly DoubtChoice[]
    }
  /** Closes a question. In the room that goes on elsewhere, and in the management room. */
  | { readonly type: 'settled'; readonly name: string; readonly same: boolean }
  /** What web login may cost. */
  | { readonly type: 'risk'; readonly door?: string }
  /** `more`: these are not all. */
  | {
      readonly type: 'found'
      readonly words: string
      readonly found: readonly FoundLine[]
      readonly more?: true
      /** These doors did not answer. */
      readonly without?: readonly string[]
    }
  | {
      readonly type: 'requests'
      readonly requests: readonly {
        readonly request: string
        readonly name: string
        readonly greeting: string
      }[]
      /** These doors did not answer. */
      readonly without?: readonly string[]
    }
  | { readonly type: 'members'; readonly names: readonly string[] }
  /**
   * A command needs other words; `usage` is a line like `!wx remark NAME`, whose capitals are translated. `place`: it
   * needs another room, that of such a chat.
   */
  | { readonly type: 'usage'; readonly usage: string; readonly place?: Place }
  /** A command about people or groups was done; `name` is of whom. */
  | {
      readonly type: 'doneWith'
      readonly what:
        | 'start'
        | 'remark'
        | 'unremark'
        | 'pin'
        | 'unpin'
        | 'accept'
        | 'add'
        | 'create'
        | 'added'
        | 'invited'
        | 'remove'
        | 'rename'
        | 'refresh'
        | 'fetch'
        | 'recall'
      readonly name: string
    }
  /** A command that cannot be done as it was said. */
  | { readonly type: 'cannot'; readonly why: Why }
  /** A command was not done. */
  | {
      readonly type: 'notDone'
      readonly code: Code
      readonly detail: string
      readonly reason?: Reason
      readonly said?: string
    }
  /**
   * Without `full`: for someone who may not do everything. `places`, `people`, `puppet`: what the hub has beside rooms;
   * `rooms`: places are rooms and nothing else; `ids`: people are let in by their ids.
   */
  | {
      readonly type: 'help'
      readonly full?: true
      readonly places?: true | 'rooms'
      readonly people?: true | 'ids'
      readonly puppet?: true
      readonly residents?: true
      /** There are several doors. */
      readonly doors?: true
    }
  | {
      readonly type: 'status'
      readonly state: string
      readonly name?: string
      readonly chats: number
      readonly queued: number
      readonly dead: number
      /** Those that take nothing now, or not everywhere. */
      readonly hubs?: readonly HubLine[]
      /** Where there are several. */
      readonly doors?: readonly DoorLine[]
    }
  /** Media cannot be kept: the disk is full, or fails; and then: it can again. */
  | { readonly type: 'diskTrouble'; readonly full: boolean }
  | { readonly type: 'diskWell' }
  /** `near` is the command that looks most like it. */
  | { readonly type: 'unknownCommand'; readonly word: string; readonly near?: string }
  | { readonly type: 'done'; readonly what: 'login' | 'logout' | 'code'; readonly door?: string }
  | {
      readonly type: 'nothingToDo'
      readonly what: 'login' | 'logout' | 'code'
      readonly door?: string
    }
