import type { AccountId, ContactId } from '../../../src/core/ids.ts'
import type { Content } from '../../../src/core/message.ts'
import type { Raw } from '../raw.ts'

/** A message on its way in, as the parsers see it: who speaks where is settled, `payload` has no group prefix. */
export interface Incoming {
  readonly raw: Raw
  readonly msgId: string
  /** MsgType. */
  readonly type: number
  readonly payload: string
  readonly account: AccountId
  /** Oneself said it, on another device. */
  readonly mine: boolean
  readonly group: boolean
  /** The chat is with an official or special account. */
  readonly mp: boolean
  /** Lasting id of FromUserName: the room or the friend, or `self`. Downloads of files ask for it (protocol §6.4). */
  readonly from: string
  /** The other side of a private chat, by the name they gave themselves. */
  readonly peer: string
  /** Whom to look at again after a change in the group. */
  readonly changed: readonly ContactId[]
  /** The id a friend request is accepted by. */
  readonly request: () => string
  /** The id of someone met on a card, by UserName. */
  readonly contact: (userName: string) => ContactId | undefined
  /** The name of a real id (`wxid_…`), where known; never a private remark. */
  readonly nameOf: (realId: string) => string | undefined
}

/** Reads one kind of message. Undefined: it is none of this kind after all. Must not mind what it is given. */
export type Parser = (message: Incoming) => Content | undefined
