import type { ChatKind } from './chat.ts'
import type { Role, ShutWhy } from './hub.ts'
import type { PortalId } from './ids.ts'
import type { Language } from './words.ts'

/** Why a command about rooms, or who is in them, cannot be done as it was said. */
export type RoomWhy =
  | 'noChatHere'
  | 'noPlaces'
  | 'noUsers'
  | 'notYours'
  | 'noUser'
  | 'noAnswer'
  | 'notTaken'
  | 'otherHere'
  | 'onlyHome'
  | 'noTopics'
  | 'noPuppet'
  | 'noSuchUser'

/** Where a chat is, on a hub where that is a person's choice. `url` leads there. */
export interface Where {
  readonly kind: 'linked' | 'own' | 'private' | 'forum' | 'flat'
  readonly name?: string
  readonly url?: string
}

/** One chat in a list, by the name of its room and the portal it has on the hub where it was asked for. */
export interface ChatLine {
  readonly portal: PortalId
  readonly kind: ChatKind
  readonly name: string
}

/** A hub that takes nothing, or not in all rooms: so many of them (`rooms`) are shut. */
export interface HubLine {
  readonly hub: string
  readonly why?: ShutWhy
  readonly detail?: string
  readonly rooms: number
}

/** What the bridge says about rooms, and who is in them, as data (see `Notice`). */
export type RoomNotice =
  /**
   * A page of chats, counted from 1: to open one, or to link one to the place it is said in. `words`: those that were
   * looked for. `more`: there is another page.
   */
  | {
      readonly type: 'chats'
      readonly todo: 'open' | 'link'
      readonly words?: string
      readonly page: number
      readonly chats: readonly ChatLine[]
      readonly more?: true
    }
  /** The room of a chat is there. No `where`: rooms are made by themselves on this hub. */
  | {
      readonly type: 'opened'
      readonly name: string
      readonly portal: PortalId
      readonly muted: boolean
      readonly where?: Where
    }
  /** Where a chat goes; `now`: since just now. */
  | {
      readonly type: 'place'
      readonly name: string
      readonly portal: PortalId
      readonly where?: Where
      /** There are rooms and nothing else. */
      readonly only?: 'rooms'
      readonly now?: true
    }
  /** How to give a chat a group of its own: by the address. */
  | { readonly type: 'linkBy'; readonly name: string; readonly url: string }
  /** Chats that are linked nowhere get their topics there; without it: not any more. */
  | { readonly type: 'home'; readonly where?: Where }
  | {
      readonly type: 'muted'
      readonly name: string
      readonly portal: PortalId
      readonly muted: boolean
    }
  | { readonly type: 'language'; readonly language: Language; readonly now?: true }
  | {
      readonly type: 'users'
      readonly users: readonly { readonly id: string; readonly name: string; readonly role: Role }[]
      /** People are let in by ids, which look like this. */
      readonly byId?: string
    }
  | { readonly type: 'userAdded'; readonly id: string; readonly role: 'user' | 'relay' }
  /** Nobody can be let in by a link here, but by an id, which looks like `form`. */
  | { readonly type: 'addById'; readonly form: string; readonly role: 'user' | 'relay' }
  /** How to show a chat in another room: what to say there. */
  | { readonly type: 'linkHere'; readonly name: string; readonly portal: PortalId }
  /** Does the bridge post as the person, and by whose word? `now`: since just now. */
  | {
      readonly type: 'puppet'
      readonly state: 'none' | 'configured' | 'given'
      readonly now?: true
    }
  /** After a logout the rooms of so many chats are gone. */
  | { readonly type: 'roomsCleared'; readonly count: number }
  /** `link` makes whoever follows it first one of that role. */
  | { readonly type: 'userBy'; readonly role: 'user' | 'relay'; readonly link: string }
  | { readonly type: 'userGone'; readonly name: string }
  /** May others in this room write? `form`: only those who are let in, by ids which look like this; else everyone. */
  | { readonly type: 'relay'; readonly allowed: boolean; readonly form?: string }
  /** A hub takes nothing any more; and then: it does again. */
  | {
      readonly type: 'hubShut'
      readonly hub: string
      readonly why: ShutWhy
      readonly detail: string
    }
  | { readonly type: 'hubOpen'; readonly hub: string }
