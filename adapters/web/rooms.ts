import { management } from '../../src/core/chat.ts'
import type { ChatId, PortalId, RoomId } from '../../src/core/ids.ts'
import { chatId, portalId, roomId } from '../../src/core/ids.ts'
import type { Vault } from '../../src/ports/vault.ts'

/** Which room of the page is which chat. A room's id is its portal's; the pairs are in the vault. */
export class Rooms {
  readonly #vault: Vault
  readonly #chats = new Map<PortalId, ChatId>()
  readonly #portals = new Map<ChatId, PortalId>()
  #saving: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(vault: Vault) {
    this.#vault = vault
  }

  async load(): Promise<void> {
    for (const [portal, chat] of parse(await this.#vault.get('rooms'))) {
      if (!this.#chats.has(portalId(portal))) this.#put(portalId(portal), chatId(chat))
    }
  }

  /** Resolves once the pair is durable, with whether it is new. */
  async bind(portal: PortalId, chat: ChatId): Promise<boolean> {
    if (this.#chats.get(portal) === chat) {
      await (this.#next ?? this.#saving)
      return false
    }
    this.#put(portal, chat)
    try {
      await this.#save()
    } catch (error) {
      this.#chats.delete(portal)
      if (this.#portals.get(chat) === portal) this.#portals.delete(chat)
      throw error
    }
    return true
  }

  portalOf(chat: ChatId): PortalId | undefined {
    return this.#portals.get(chat)
  }

  roomOf(chat: ChatId): RoomId | undefined {
    const portal = this.#portals.get(chat)
    return portal && roomId(portal)
  }

  idOf(portal: PortalId): RoomId {
    return roomId(portal)
  }

  management(): RoomId | undefined {
    return this.roomOf(management.id)
  }

  #put(portal: PortalId, chat: ChatId): void {
    this.#chats.set(portal, chat)
    this.#portals.set(chat, portal)
  }

  /** A first sync binds hundreds of rooms at once: those that come while one write runs share the next. */
  #save(): Promise<void> {
    this.#next ??= this.#saving
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        this.#saving = this.#vault.set('rooms', JSON.stringify([...this.#chats]))
        return this.#saving
      })
    return this.#next
  }
}

function parse(text: string | undefined): readonly (readonly [string, string])[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(value)) return []
    return value.filter(
      (pair) => Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string',
    )
  } catch {
    return []
  }
}
