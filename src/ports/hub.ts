import type { Chat, Contact, Member } from '../core/chat.ts'
import type { HubStanding, Outcome, Role } from '../core/hub.ts'
import type { ContactId, EventId, HubId, Key, PortalId, RoomId } from '../core/ids.ts'
import type { MediaRef } from '../core/message.ts'
import type { HubFeatures, Post } from '../core/post.ts'
import type { Rich } from '../core/runs.ts'
import type { ShownLogin } from './doors.ts'
import type { Open, Opened, Outlet } from './outlet.ts'

/** A stretch of `text` (UTF-16 units, `end` is behind it) that names someone; the words there are the hub's. */
export interface Pointed {
  readonly start: number
  readonly end: number
  readonly who: ContactId | 'me' | 'all'
}

/** What a person wrote. `rich` says `text` with its formatting, rebuilt from what the hub had. */
export interface Words {
  readonly text?: string
  readonly rich?: Rich
  readonly points?: readonly Pointed[]
}

/** Something that came from a hub. `from` is the hub's own name for the person. Texts are hostile. */
export type HubEvent = {
  readonly id: EventId
  readonly room: RoomId
  /** When, in milliseconds, by the hub's clock. */
  readonly at: number
} & (
  | (Words & {
      readonly type: 'message'
      readonly from: string
      /** What the hub calls the person, where it tells: for those who write in somebody else's room (hostile). */
      readonly name?: string
      readonly replyTo?: EventId
      readonly media?: MediaRef
      /** Pictures that were sent as one have the same; unique in the room. */
      readonly album?: string
    })
  /** A person has changed what they wrote. `id` is another one for each change; `target` is what was changed. */
  | (Words & {
      readonly type: 'edit'
      readonly from: string
      readonly name?: string
      readonly target: EventId
      readonly media?: MediaRef
    })
  /** A person has answered a message with a sign (an emoji, as a rule; hostile). Taking it back is a `redaction` of `id`. */
  | {
      readonly type: 'reaction'
      readonly from: string
      readonly name?: string
      readonly target: EventId
      readonly sign: string
    }
  /** The room goes on as another one, which is the portal's from now on. */
  | { readonly type: 'moved'; readonly from: string; readonly to: RoomId }
  /**
   * A kind of message the adapter does not translate; `kind` is a word to show the person. `tooLarge`: it would, but the
   * hub does not give away files of this size, so it is refused as such (`Refusal`), both in bytes; nothing of it goes out.
   */
  | {
      readonly type: 'unsupported'
      readonly from: string
      readonly kind: string
      readonly tooLarge?: { readonly bytes: number; readonly limit: number }
    }
  | { readonly type: 'redaction'; readonly from: string; readonly target: EventId }
  /**
   * `!wx …`: the words after the prefix, or a button. `replyTo` is the event it was said as an answer to, `button` the
   * event whose button it was.
   */
  | {
      readonly type: 'command'
      readonly from: string
      readonly words: readonly string[]
      readonly replyTo?: EventId
      readonly button?: EventId
    }
  /** The person has seen what is in the room. */
  | { readonly type: 'read'; readonly from: string }
  /**
   * Our own post, seen coming back. `id` is the event it became. `otherwise`: a person could have copied it, and this is
   * what they meant; it holds if that post was for another room. Where nobody can tell, neither holds.
   */
  | { readonly type: 'echo'; readonly key: Key; readonly otherwise?: HubEvent }
)

/**
 * Resolves once the event is durable (or was seen before); an adapter confirms it to its hub only then. Rejects
 * only if the store cannot take it now: the adapter waits and offers it again, or lets the hub redeliver.
 */
export interface HubSink {
  event(event: HubEvent, raw: string): Promise<void>
  /** Does a chat have this room? An adapter may ask about one that it has just made, and keep back what is said there. */
  shows?(room: RoomId): Promise<boolean>
  /** Whether the hub can take anything now. Told at each change; open until something else is told. */
  standing?(standing: HubStanding): void
}

/** A post the pump has addressed. */
export interface RoomPost extends Post {
  readonly room: RoomId
  readonly replyToEvent?: EventId
  /**
   * For a redaction: the events to take back, in their order. One that is taken back already, or is not in the room, is
   * done. The receipt names the redactions.
   */
  readonly redacts?: readonly EventId[]
  /** Where the adapter still has it, it takes the place of this event; else it is posted. */
  readonly replacesEvent?: EventId
  /** It may be in the room already, and nobody can tell: the person is told so beside it. */
  readonly repeat?: true
}

/** Someone whom the bridge knows on a hub. `name` is what the hub calls them (hostile). */
export interface HubUser {
  readonly id: string
  readonly name: string
  readonly role: Role
}

/** Where the people of a hub are the adapter's to know. Throws BridgeErrors; `refused` says why in `message`. */
export interface HubPeople {
  /** People are let in by their ids, which look like this, and not by links (`invitation` refuses). */
  readonly byId?: string
  list(): Promise<readonly HubUser[]>
  /** Undefined: a stranger again. False: nobody by this id was ever seen, or it is the owner, who stays. */
  set(id: string, role: Exclude<Role, 'owner'> | undefined): Promise<boolean>
  /** A link (or word) that makes whoever follows it first a user of this role; good for a while. */
  invitation(role: Exclude<Role, 'owner'>): Promise<string>
  /** May everyone in a room write, with their names in front? */
  relay(room: RoomId, allowed: boolean): Promise<void>
}

/** Where a hub can post as the person whom it belongs to, once they let it. Throws BridgeErrors: `refused` says why. */
export interface HubPuppet {
  /** `configured`: by whoever runs the bridge. `given`: by the person. */
  now(): 'none' | 'configured' | 'given'
  /**
   * `secret` is what the adapter made of a credential that was written in a room (`HubEvent.words` never hold one); it is
   * good for one try. Undefined: what was given is forgotten.
   */
  give(secret: string | undefined, signal: AbortSignal): Promise<void>
}

/** What a chat's room can be on a hub where a person may choose. `own`: one that the bridge made for it. */
export type PlaceKind = 'linked' | 'own' | 'private' | 'forum' | 'flat'

/** Where a chat is. `name` is that of the group; `url` leads there, where there is such an address. */
export interface PlaceNow {
  readonly kind: PlaceKind
  readonly name?: string
  readonly url?: string
}

/** Where a chat goes is a person's to choose. Throws BridgeErrors: `refused` with a sentence that says why. */
export interface HubPlaces {
  /** A chat has a room of its own or is linked to another one: no addresses, no topics (`invitation`, `home` refuse). */
  readonly only?: 'rooms'
  /** Where it is now. Undefined: nowhere yet. */
  of(portal: PortalId): Promise<PlaceNow | undefined>
  /** The chat goes into the room where something was said (`HubEvent.room`), which shows no other chat. */
  link(portal: PortalId, here: RoomId): Promise<PlaceNow>
  /** An address that lets a person pick a group for the chat, which the bridge then joins and links. */
  invitation(portal: PortalId): Promise<string>
  /** `auto`: where it would go by itself. Resolves with where it goes at its next post. */
  move(portal: PortalId, to: Exclude<PlaceKind, 'linked' | 'own'> | 'auto'): Promise<PlaceNow>
  /** All chats that go nowhere else get their topics in the group where something was said; undefined: no more. */
  home(here: RoomId | undefined): Promise<PlaceNow | undefined>
  /** The portal whose room this is, if it is one. */
  portalAt(here: RoomId): Promise<PortalId | undefined>
}

/** The code that speaks to one kind of hub. Adapters translate; they do not decide. */
export interface HubAdapter extends Outlet<RoomPost> {
  readonly id: HubId
  readonly features: HubFeatures
  /** Receive until the signal aborts. Resolves when stopped; rejects only on a fault that makes running pointless. */
  run(sink: HubSink, signal: AbortSignal): Promise<void>
  /**
   * The room of a portal, made if it does not exist, brought up to date with the chat's name if it does. Safe to
   * call twice, also across a crash in between: one portal, one room. After `send` failed with `gone` because the
   * room is not there any more, it is another room. A chat of kind `management` is the room where the owner talks
   * to the bridge.
   */
  ensureRoom(portal: PortalId, chat: Chat, open: Open, signal: AbortSignal): Promise<RoomId>
  /**
   * Show where the login stands: called on each change and once at start. State, not a message: showing the
   * same again changes nothing, a new QR replaces the old, and a code that is over is taken away. One at a time: where
   * several doors want a scan, the others wait.
   */
  showLogin(login: ShownLogin, signal: AbortSignal): Promise<void>
  download(media: MediaRef, signal: AbortSignal): Promise<Opened>
  /**
   * A question that costs the hub next to nothing and is asked again and again: whoever answers is there. Rejects with a
   * BridgeError (`network`, `timeout`, `server`) where nobody does.
   */
  answers?(signal: AbortSignal): Promise<void>
  /** It tells how it stands (`HubSink.standing`) as soon as it runs, and takes nothing before. */
  readonly tellsStanding?: true
  /** Who someone is, where the adapter knows. Nobody: a stranger. */
  roleOf?(from: string, room: RoomId): Role | undefined
  readonly people?: HubPeople
  readonly places?: HubPlaces
  readonly puppet?: HubPuppet
  /** Hubs whose rooms have members: who is in the group that a room shows. Safe to repeat; those not in the list have left. */
  members?(
    portal: PortalId,
    room: RoomId,
    chat: Chat,
    members: readonly Member[],
    open: Open,
    signal: AbortSignal,
  ): Promise<void>
  /** Two portals turned out to show one chat: from now on only `into` does. Safe to repeat. */
  merged?(from: PortalId, into: PortalId, signal: AbortSignal): Promise<void>
  /** What became of an event that a person wrote. A hint, never worth more than a try: it may be told again, or not at all. */
  outcome?(room: RoomId, event: EventId, outcome: Outcome, signal: AbortSignal): Promise<void>
  /** The person has seen a chat on the phone. Never worth more than a try. */
  seen?(room: RoomId, signal: AbortSignal): Promise<void>
  /**
   * The person has logged out for good: what becomes of the rooms is the adapter's policy. Returns those that are gone.
   * `isShared`: other accounts of theirs are here too, and what is not surely of this one stays.
   */
  loggedOut?(me: Contact, signal: AbortSignal, isShared?: boolean): Promise<readonly PortalId[]>
}
