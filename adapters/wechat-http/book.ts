import type { Chat, Contact, Member } from '../../src/core/chat.ts'
import type { AccountId, ChatId } from '../../src/core/ids.ts'
import { chatOfWire, contactOfWire } from './ids.ts'
import { mediaRef } from './media-ref.ts'
import { cleanName } from './text.ts'
import type { WireChat, WireContact } from './wire.ts'

/** The chats of one account as the gateway tells them, and who is in its groups. Nothing of it is kept: it is asked anew. */
export class Book {
  readonly account: AccountId
  readonly #wires = new Map<string, WireChat>()
  readonly #chats = new Map<ChatId, Chat>()
  readonly #told = new Map<ChatId, string>()
  readonly #untold = new Set<ChatId>()
  readonly #members = new Map<ChatId, readonly Member[]>()

  constructor(account: AccountId) {
    this.account = account
  }

  /** What is told of a chat is added to what is known: a message names only a little of it. */
  learn(wire: WireChat): Chat {
    const known = this.#wires.get(wire.id)
    // A chat is never of another kind than it was: that would be another one.
    const whole = { ...known, ...defined(wire), kind: known?.kind ?? wire.kind }
    this.#wires.set(wire.id, whole)
    return this.#keep(whole)
  }

  /** The whole of a chat, as the list has it: what it does not say is not so any more. */
  replace(wire: WireChat): Chat {
    this.#wires.set(wire.id, wire)
    return this.#keep(wire)
  }

  chat(id: ChatId): Chat | undefined {
    return this.#chats.get(id)
  }

  all(): Iterable<Chat> {
    return this.#chats.values()
  }

  /** Those of the chats that were not told as they are now. */
  untold(): Chat[] {
    return [...this.#untold].flatMap((each) => this.#chats.get(each) ?? [])
  }

  told(chats: Iterable<Chat>): void {
    for (const chat of chats) {
      this.#told.set(chat.id, JSON.stringify(chat))
      if (this.#chats.get(chat.id) === chat) this.#untold.delete(chat.id)
    }
  }

  members(group: ChatId): readonly Member[] {
    return this.#members.get(group) ?? []
  }

  setMembers(group: ChatId, members: readonly WireContact[]): void {
    this.#members.set(
      group,
      members.map((each) => this.member(each)),
    )
  }

  contact(wire: WireContact): Contact {
    const name = cleanName(wire.name)
    const remark = cleanName(wire.remark)
    const avatar = wire.avatar && mediaRef(this.account, `avatar/${wire.id}`, 'image', wire.avatar)
    return {
      id: contactOfWire(this.account, wire.id),
      name: name || cleanName(wire.id),
      ...(remark && { remark }),
      ...(avatar && { avatar }),
    }
  }

  member(wire: WireContact): Member {
    const contact = this.contact(wire)
    const nick = cleanName(wire.nick)
    return { ...contact, ...(nick && nick !== contact.name && { nick }) }
  }

  #keep(wire: WireChat): Chat {
    const { account } = this
    const name = cleanName(wire.name)
    const remark = cleanName(wire.remark)
    const avatar = wire.avatar && mediaRef(account, `avatar/${wire.id}`, 'image', wire.avatar)
    const chat: Chat = {
      id: chatOfWire(account, wire.id),
      account,
      kind: wire.kind,
      // Only a group may have no name.
      name: name || (wire.kind === 'group' ? '' : cleanName(wire.id)),
      ...(remark && { remark }),
      ...(avatar && { avatar }),
      ...(wire.member_count !== undefined && { members: wire.member_count }),
      ...(wire.muted === true && { muted: true }),
      ...(wire.pinned === true && { pinned: true }),
      ...(wire.left === true && { left: true }),
    }
    this.#chats.set(chat.id, chat)
    if (this.#told.get(chat.id) === JSON.stringify(chat)) this.#untold.delete(chat.id)
    else this.#untold.add(chat.id)
    return chat
  }
}

/** Without what is not said. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T
}
