import type { Clock, Random } from '../../src/ports/clock.ts'
import { type Contact, readContact } from './contact.ts'
import { WireFault } from './fault.ts'
import { cgi } from './hosts.ts'
import type { Wire } from './http.ts'
import { number, type Raw, record, records, text } from './raw.ts'
import { formatKey, type Session } from './session.ts'
import { cleanText, decodeName } from './text.ts'
import type { Timings } from './timings.ts'

/** What synccheck said. `unknown`: an answer that is none (protocol §4.2, trap 15: then sync once). */
export type Check = { readonly retcode: number; readonly selector: number } | 'unknown'

/** The calls of a session (protocol §2.4–§4.3). A Ret other than 0 is thrown as a {@link WireFault}. */
export class Api {
  readonly session: Session
  readonly wire: Wire
  readonly timings: Timings
  readonly #clock: Clock
  readonly #random: Random
  #counter = 0
  #nextBatch = 0

  constructor(session: Session, wire: Wire, timings: Timings, clock: Clock, random: Random) {
    this.session = session
    this.wire = wire
    this.timings = timings
    this.#clock = clock
    this.#random = random
  }

  init(signal: AbortSignal): Promise<Raw> {
    const query = { r: this.#inverted(), pass_ticket: this.session.passTicket, lang: 'zh_CN' }
    return this.post('webwxinit', query, {}, signal)
  }

  /** "Logged in on web", self to self; makes the server send the list of recent chats (protocol §2.5). */
  async notify(signal: AbortSignal): Promise<void> {
    const me = this.session.self.UserName
    const body = { Code: 3, FromUserName: me, ToUserName: me, ClientMsgId: this.#clock.now() }
    await this.post('webwxstatusnotify', this.query(), body, signal)
  }

  /** One page of the address book. `next` 0: it was the last. */
  async contacts(seq: string, signal: AbortSignal): Promise<{ list: Contact[]; next: string }> {
    const url = this.url('webwxgetcontact', {
      ...this.query(),
      r: this.#clock.now(),
      seq,
      skey: this.session.skey,
    })
    const answer = checked(
      'webwxgetcontact',
      await this.wire.json(
        { name: 'webwxgetcontact', method: 'GET', url, timeoutMs: this.timings.contacts },
        signal,
      ),
    )
    return { list: readContacts(answer.MemberList), next: text(answer.Seq) || '0' }
  }

  /** Details of at most 50 contacts or rooms (protocol §3.6). */
  async batch(
    users: readonly { readonly user: string; readonly room: string }[],
    signal: AbortSignal,
  ): Promise<Contact[]> {
    await this.#pace(signal)
    const answer = await this.post(
      'webwxbatchgetcontact',
      { type: 'ex', r: this.#clock.now(), ...this.query() },
      {
        Count: users.length,
        List: users.map(({ user, room }) => ({ UserName: user, EncryChatRoomId: room })),
      },
      signal,
    )
    return readContacts(answer.ContactList)
  }

  /** The long poll. Throws a fault of kind `timeout` when nothing came. */
  async check(signal: AbortSignal): Promise<Check> {
    const { skey, sid, uin, hosts, checkKey } = this.session
    const now = this.#clock.now()
    this.#counter ||= now
    const url = address(`${hosts.push}${cgi}/synccheck`, {
      r: now,
      skey,
      sid,
      uin,
      deviceid: this.deviceId(),
      synckey: formatKey(checkKey),
      _: this.#counter++,
    })
    const answer = await this.wire.ask(
      { name: 'synccheck', method: 'GET', url, timeoutMs: this.timings.poll },
      signal,
    )
    if (answer.status !== 200) throw new WireFault('status', 'synccheck', { status: answer.status })
    const found =
      /window\.synccheck\s*=\s*\{\s*retcode\s*:\s*"(-?\d+)"\s*,\s*selector\s*:\s*"(-?\d+)"\s*\}/.exec(
        answer.text,
      )
    if (!found) return 'unknown'
    return { retcode: Number(found[1]), selector: Number(found[2]) }
  }

  /** Everything after the session's key (protocol §4.3). The caller stores the new keys when it is safe. */
  sync(signal: AbortSignal): Promise<Raw> {
    const { sid, skey, syncKey } = this.session
    const body = { SyncKey: syncKey, rr: this.#inverted() }
    return this.post('webwxsync', { sid, skey, ...this.query() }, body, signal)
  }

  /** A POST of JSON with its BaseRequest (protocol §7.1). */
  async post(
    name: string,
    query: Query,
    body: Raw,
    signal: AbortSignal,
    timeoutMs = this.timings.call,
  ): Promise<Raw> {
    const call = {
      name,
      method: 'POST' as const,
      url: this.url(name, query),
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: JSON.stringify({ BaseRequest: this.baseRequest(), ...body }),
      timeoutMs,
    }
    return checked(name, await this.wire.json(call, signal))
  }

  /** Ends the session on the server (protocol §2.8). A redirect is the expected answer. */
  async logout(signal: AbortSignal): Promise<void> {
    const { skey, sid, uin } = this.session
    await this.wire.ask(
      {
        name: 'webwxlogout',
        method: 'POST',
        url: this.url('webwxlogout', { redirect: 1, type: 0, skey }),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ sid, uin }).toString(),
        timeoutMs: this.timings.call,
      },
      signal,
    )
  }

  /** An address under the entry host. */
  url(name: string, query: Query): URL {
    return address(`${this.session.hosts.entry}${cgi}/${name}`, query)
  }

  query(): Query {
    return { lang: 'zh_CN', pass_ticket: this.session.passTicket }
  }

  baseRequest(): Raw {
    const { uin, sid, skey } = this.session
    return { Uin: Number(uin), Sid: sid, Skey: skey, DeviceID: this.deviceId() }
  }

  /** Milliseconds since 1970, by the clock this adapter was given. */
  now(): number {
    return this.#clock.now()
  }

  /** `e` and 15 digits, fresh for every request (protocol §1.4). */
  deviceId(): string {
    const half = (digits: number) =>
      String(Math.floor(this.#random() * 10 ** digits)).padStart(digits, '0')
    return `e${half(8)}${half(7)}`
  }

  async #pace(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now()
    const at = Math.max(now, this.#nextBatch)
    this.#nextBatch = at + this.timings.batchGap
    if (at > now) await this.#clock.sleep(at - now, signal)
  }

  /** `~now_ms` as 32-bit integer (protocol §2.9). */
  #inverted(): number {
    return ~this.#clock.now()
  }
}

export type Query = Readonly<Record<string, string | number>>

/** An address with every value percent-encoded exactly once. */
export function address(base: string, query: Query): URL {
  const parts = Object.entries(query).map(([key, value]) => {
    return `${key}=${encodeURIComponent(String(value).toWellFormed())}`
  })
  return new URL(`${base}?${parts.join('&')}`)
}

/** The answer, if its Ret is 0; no `BaseResponse` is garbage (protocol §4.3). */
export function checked(name: string, answer: Raw): Raw {
  const response = record(answer.BaseResponse)
  const stated = text(response.Ret)
  const ret = stated === '' ? Number.NaN : Number(stated)
  if (!Number.isInteger(ret)) throw new WireFault('garbage', name)
  if (ret === 0) return answer
  const sentence = cleanText(decodeName(text(response.ErrMsg)), 200)
  throw new WireFault('ret', name, { ret: number(ret), ...(sentence ? { sentence } : {}) })
}

export function readContacts(list: unknown): Contact[] {
  return records(list).flatMap((each) => readContact(each) ?? [])
}
