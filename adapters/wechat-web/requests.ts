import type { Vault } from '../../src/ports/vault.ts'
import type { FriendRequest } from '../../src/ports/wechat.ts'
import { type Contact, isFriend } from './contact.ts'
import { readNote, writeNote } from './note.ts'
import { number, type Raw, record, records, text } from './raw.ts'
import { cleanName, cleanText, decodeName } from './text.ts'

/** A friend request as it came. `user` and `ticket` accept it, in the session `sid` it came in. */
export interface Request extends FriendRequest {
  readonly user: string
  readonly ticket: string
  readonly sid: string
}

const maxRequests = 200

/** Open friend requests under short ids, durable: a ticket is told once (protocol §3.12, trap 46). */
export class Requests {
  readonly #vault: Vault
  readonly #name: string
  readonly #sid: string
  #open: Request[] = []
  #last = 0
  #dirty = false

  private constructor(vault: Vault, uin: string, sid: string) {
    this.#vault = vault
    this.#name = `requests-${uin}`
    this.#sid = sid
  }

  static async open(vault: Vault, uin: string, sid: string): Promise<Requests> {
    const requests = new Requests(vault, uin, sid)
    requests.#read(await readNote(vault, requests.#name))
    return requests
  }

  /** Those that can be accepted here, oldest first. Those of an earlier login name people by names that are gone. */
  list(): readonly Request[] {
    return this.#open.filter((each) => each.sid === this.#sid)
  }

  /** Also one of an earlier login. */
  find(request: string): Request | undefined {
    return this.#open.find((each) => each.request === request)
  }

  isPresent(request: Request): boolean {
    return request.sid === this.#sid
  }

  /** The short id of a request as it came (MsgType 37); the same person asking again keeps it. */
  add(raw: Raw, now: number): string {
    const info = record(raw.RecommendInfo)
    const user = text(info.UserName)
    const seconds = number(raw.CreateTime)
    const before = this.list().find((each) => each.user === user)
    const request = before?.request ?? String(this.#last + 1)
    const fresh: Request = {
      request,
      name: cleanName(text(info.NickName)),
      greeting: cleanText(decodeName(text(info.Content)), 500),
      at: seconds > 0 && seconds < 1e11 ? Math.round(seconds * 1000) : now,
      user,
      ticket: text(info.Ticket) || text(raw.Ticket),
      sid: this.#sid,
    }
    this.#last = Math.max(this.#last, Number(request))
    this.#open = [...this.#open.filter((each) => each.request !== request), fresh].slice(
      -maxRequests,
    )
    this.#dirty = true
    return request
  }

  /** They are friends now, here or by the phone. */
  async done(contacts: readonly Contact[]): Promise<void> {
    const friends = new Set(contacts.filter(isFriend).map((each) => each.UserName))
    const open = this.#open.filter((each) => each.sid !== this.#sid || !friends.has(each.user))
    if (open.length === this.#open.length) return
    this.#open = open
    this.#dirty = true
    await this.save()
  }

  async save(): Promise<void> {
    if (!this.#dirty) return
    this.#dirty = false
    try {
      await writeNote(this.#vault, this.#name, { last: this.#last, open: this.#open })
    } catch (thrown) {
      this.#dirty = true
      throw thrown
    }
  }

  #read(raw: Raw): void {
    this.#last = number(raw.last)
    this.#open = records(raw.open).map((each) => ({
      request: text(each.request),
      name: text(each.name),
      greeting: text(each.greeting),
      at: number(each.at),
      user: text(each.user),
      ticket: text(each.ticket),
      sid: text(each.sid),
    }))
  }
}
