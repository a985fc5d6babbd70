import type { AccountId } from '../../src/core/ids.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { FriendRequest } from '../../src/ports/wechat.ts'
import { readNote, writeNote } from './note.ts'
import { number, records, text } from './raw.ts'

/** A friend request; `id` is what the puppet accepts it by, `contact` who asks, by the puppet's ids. */
export interface Request extends FriendRequest {
  readonly id: string
  readonly contact: string
}

const most = 200

/** Open friend requests under short ids, durable: a puppet tells of each but once. */
export class Requests {
  readonly #vault: Vault
  readonly #name: string
  #open: Request[] = []
  #last = 0

  private constructor(vault: Vault, account: AccountId, self: string) {
    this.#vault = vault
    this.#name = `requests-${account}-${self}`
  }

  static async open(vault: Vault, account: AccountId, self: string): Promise<Requests> {
    const requests = new Requests(vault, account, self)
    const raw = await readNote(vault, requests.#name)
    requests.#last = number(raw.last)
    requests.#open = records(raw.open).map((each) => ({
      request: text(each.request),
      name: text(each.name),
      greeting: text(each.greeting),
      at: number(each.at),
      id: text(each.id),
      contact: text(each.contact),
    }))
    return requests
  }

  list(): readonly Request[] {
    return this.#open
  }

  /** The short id of it; the same person asking again keeps it. */
  async add(fresh: Omit<Request, 'request'>): Promise<string> {
    const before = this.#open.find((each) => each.contact === fresh.contact)
    const request = before?.request ?? String(this.#last + 1)
    const others = this.#open.filter((each) => each !== before)
    await this.#keep(
      [...others, { ...fresh, request }].slice(-most),
      Math.max(this.#last, Number(request)),
    )
    return request
  }

  /** They are friends now. */
  async done(contact: string): Promise<void> {
    const open = this.#open.filter((each) => each.contact !== contact)
    if (open.length !== this.#open.length) await this.#keep(open, this.#last)
  }

  async #keep(open: Request[], last: number): Promise<void> {
    await writeNote(this.#vault, this.#name, { last, open })
    this.#open = open
    this.#last = last
  }
}
