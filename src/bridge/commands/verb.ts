import type { Chat, Contact } from '../../core/chat.ts'
import type { ChatId, HubId } from '../../core/ids.ts'
import type { Notice, Place, Why } from '../../core/notice.ts'
import type { Language } from '../../core/words.ts'
import type { Portal, Unit } from '../../ports/store.ts'
import type { WeChatPeople } from '../../ports/wechat.ts'
import type { Doors, OpenDoor } from '../doors.ts'
import type { Doubts } from '../doubts.ts'
import type { Holds } from '../holds.ts'
import type { ChosenLanguage } from '../language.ts'
import type { Parts } from '../parts.ts'
import type { Queues } from '../queue-view.ts'
import type { ReactionChoice } from '../reactions.ts'
import type { Rooms } from '../rooms.ts'
import type { ShownLogins } from '../shown-login.ts'
import type { HubStandings } from '../standings.ts'
import type { TakeBack } from '../taking-back.ts'
import type { Asked } from './asked.ts'

/** What a numbered list in a room stands for: the numbers in a command count it from 1. */
export type List =
  | { readonly type: 'found'; readonly chats: readonly Chat[] }
  | { readonly type: 'members'; readonly contacts: readonly Contact[] }
  | { readonly type: 'users'; readonly ids: readonly string[] }

/**
 * One command: the words after its name, and the chat of the room it was said in, or, where chats share a room, that of
 * the message it answers. `portal` is that chat's on the hub it was said on, `id` the event.
 */
export interface Ask {
  readonly unit: Unit
  readonly place: Chat
  readonly portal: Portal
  readonly id: string
  readonly asked: Asked
  readonly words: readonly string[]
  /** What was listed last in this room, by this process. */
  readonly list: List | undefined
}

/**
 * What there is to say, in the room of the command, and in those of `also`, which come to be by it. `here`: it means
 * something only on the hub it was said on.
 */
export interface Said {
  readonly notice: Notice
  readonly also?: Chat
  readonly list?: List
  readonly here?: true
}

/**
 * Said in the transaction that accepts the command, with what to do after its commit; or, where WeChat (`later`) or a hub
 * (`beside`) is asked, found out after it. What those throw is told as not done.
 */
export type Reply =
  | { readonly said?: Said; readonly after?: () => void }
  /** `people`: those of the door whose chat it was said in, or of the first one. */
  | { readonly later: (people: WeChatPeople, signal: AbortSignal) => Promise<Said> }
  | { readonly beside: (signal: AbortSignal) => Promise<Said> }

export interface Verb {
  /** How to write it, after `!wx`. */
  readonly usage: string
  /** The only rooms it means something in: those of such chats. */
  readonly place?: Place
  /** Nobody else may say it; other commands are for users too, in rooms of chats. */
  readonly for?: 'owner'
  /** Tells what others must not read: not in a room that shows no chat, in which they may be. */
  readonly alone?: true
  /** Users may say it elsewhere too. */
  readonly everywhere?: true
  run(ask: Ask): Promise<Reply | 'usage'>
}

export type Verbs = Readonly<Record<string, Verb>>

/** What commands work with. */
export interface Tools {
  readonly parts: Parts
  readonly doors: Doors
  /** Ends the session of a door, and what goes with it. */
  logout(door: OpenDoor, signal: AbortSignal): Promise<boolean>
  readonly shown: ShownLogins
  readonly doubts: Pick<Doubts, 'answer'> & Holds
  readonly queues: Pick<Queues, 'of'>
  readonly hubs: Pick<HubStandings, 'now'>
  /** The rooms of a hub. */
  rooms(hub: HubId): Pick<Rooms, 'room' | 'forget'>
  readonly takeBack: TakeBack
  readonly language: Pick<ChosenLanguage, 'choose'>
  readonly reactions: Pick<ReactionChoice, 'now' | 'choose'>
  /** There may be media to fetch. */
  wanted(): void
  readonly stopping: AbortSignal
}

export const say = (notice: Notice): Reply => ({ said: { notice } })

/** Said on the hub that was asked, and nowhere else. */
export const sayHere = (notice: Notice): Reply => ({ said: { notice, here: true } })

export const refuse = (why: Why): Reply => say({ type: 'cannot', why })

/** The friends, groups… that numbers of the last search name. Undefined: one of them names none. */
export function numbered<T>(
  list: readonly T[],
  words: readonly string[],
): readonly T[] | undefined {
  const picked = new Set<T>()
  for (const word of words) {
    const one = isNumber(word) ? list[Number(word) - 1] : undefined
    if (one === undefined) return undefined
    picked.add(one)
  }
  return picked.size === 0 ? undefined : [...picked]
}

export const isNumber = (word: string): boolean => /^[1-9]\d{0,3}$/.test(word)

export const joined = (names: readonly string[], language: Language): string =>
  names.join({ zh: '、', en: ', ' }[language])

export const idsOf = (chats: readonly Chat[]): readonly ChatId[] => chats.map(({ id }) => id)
