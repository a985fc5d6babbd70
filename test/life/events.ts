import type { View } from '../../adapters/web/view.ts'
import { Dice } from '../../src/sandbox/dice.ts'
import type { Control, Fault } from '../../src/sandbox/sandbox.ts'
import type { Shared } from '../../src/sandbox/shared.ts'
import type { Person } from '../support/person.ts'
import { until } from '../support/until.ts'

interface Said {
  readonly id: string
  readonly chat: string
  readonly from: string
}

interface Doubt {
  readonly code: string
  readonly name: string
  readonly choices: readonly { readonly name: string }[]
}

interface Written {
  readonly text: string
  readonly to: string
}

/** Where someone talks, and under which name the chat stands on the page. */
const places = [
  { chat: 'lin', from: ['lin'], name: /^林小满/ },
  { chat: 'zhou', from: ['zhou'], name: /^老周/ },
  { chat: 'html', from: ['html'], name: /^<b>Tom/ },
  { chat: 'paper', from: ['paper'], name: /^城市晚报/ },
  { chat: 'hikers', from: ['wu', 'lin', 'qiao', 'mei'], name: /^周末爬山队/ },
  { chat: 'family', from: ['zhou', 'lin'], name: /^一家人/ },
  { chat: 'market', from: ['mei', 'zhou', 'wu'], name: /团长|Mei/ },
] as const
const writable = ['lin', 'zhou', 'html', 'hikers', 'family', 'market']

const shares: readonly Shared[] = [
  { kind: 'voice', ms: 2000 },
  { kind: 'video', seconds: 2 },
  { kind: 'file', name: '清单.pdf' },
  { kind: 'sticker' },
  { kind: 'storeSticker' },
  { kind: 'dice', result: 3 },
  { kind: 'location', latitude: 30.2, longitude: 120.1, label: '浙江省杭州市', poi: '西湖' },
  { kind: 'link', title: '文章', url: 'https://example.org/a', description: '摘要' },
  { kind: 'miniProgram', name: '某商城', title: '拼单' },
  { kind: 'transfer', amount: '￥1.00', phase: 'sent' },
  { kind: 'call', phase: 'invite' },
  { kind: 'solitaire', text: '#接龙' },
  { kind: 'prompt', title: '藏着的标题' },
]

const troubles: readonly Fault[] = [
  { path: 'webwxsync', how: 'reset', times: 2 },
  { path: 'webwxsync', how: 'refuse', times: 3 },
  { path: 'webwxsync', how: 'truncated' },
  { path: 'webwxsync', how: 'html' },
  { path: 'webwxsync', how: { ret: -1 } },
  { path: 'synccheck', how: 'refuse', times: 4 },
  { path: 'synccheck', how: '502', times: 2 },
  { path: 'synccheck', how: 'empty', times: 2 },
  { path: 'webwxsendmsg', how: 'reset' },
  { path: 'webwxsendmsg', how: 'refuse', times: 2 },
  { path: 'webwxsendmsg', how: '500' },
  { path: 'webwxsendmsg', how: 'truncated' },
  { path: 'webwxbatchgetcontact', how: 'html' },
  { path: 'webwxgetmsgimg', how: 'empty', times: 2 },
  { path: 'webwxgetmsgimg', how: 'truncated' },
]

/** A life that goes on around the bridge: what is said, written, recalled, and what goes wrong meanwhile. */
export class Life {
  readonly said: Said[] = []
  readonly written: Written[] = []
  readonly #recalled = new Set<string>()
  readonly #fresh: { readonly id: string; readonly left: number }[] = []
  readonly #control: Control
  readonly #person: Person
  readonly #dice: Dice
  readonly #tally = {
    recalls: 0,
    kicks: 0,
    expired: 0,
    troubles: 0,
    resent: 0,
    pictures: 0,
    shares: 0,
    doubts: 0,
  }
  readonly #asked = new Set<number>()
  readonly #answered = new Set<string>()
  #minutes = 0

  constructor(control: Control, person: Person, seed: number) {
    this.#control = control
    this.#person = person
    this.#dice = new Dice(`life ${seed}`)
  }

  counts() {
    return { ...this.#tally, minutes: this.#minutes }
  }

  async logIn(): Promise<void> {
    await this.#person.state('scan')
    await this.#confirm()
  }

  /** Online again, if it is not: as a person at the page would do it. */
  async online(): Promise<void> {
    const { state } = await this.#person.login()
    if (state === 'online') return
    if (state === 'offline') {
      await until(
        async () => {
          const now = await this.#person.login()
          if (now.state !== 'offline') return true
          if (now.reason !== 'unreachable') await this.#person.command('login')
          return false
        },
        'a login to begin',
        60_000,
      )
    }
    await this.#confirm()
  }

  /** One minute of life. */
  async minute(): Promise<void> {
    this.#minutes += 1
    const { state } = await this.#person.login()
    const burst = this.#one(10) ? 20 : this.#dice.below(4)
    for (let i = 0; i < burst; i++) await this.#talk()
    if (this.#one(4)) await this.#phone()
    if (state === 'online' && this.#one(3)) await this.#write()
    await this.#recalls()
    if (this.#one(8)) this.#trouble()
    if (this.#minutes % 10 === 0) await this.answer()
    if (state === 'online' && this.#minutes % 40 === 25) {
      this.#tally.kicks += 1
      await this.#control.kick(this.#dice.pick([1100, 1101, 1102]))
    } else if (state !== 'online') await this.online()
  }

  /**
   * Something is said everywhere: a group that is not saved to contacts is not known again after a login before
   * someone speaks in it, and what is written there until then is given back.
   */
  async greet(): Promise<void> {
    for (const { chat, from } of places) {
      const group = chat === from[0] ? undefined : chat
      const id = await this.#control.say(from[0], `goodbye from ${chat}`, group)
      this.said.push({ id, chat, from: from[0] })
    }
  }

  /** Who is this? The person knows: whoever stands in the same place. */
  async answer(): Promise<void> {
    const asked = await this.#person.messages('bridge/management')
    for (const { notice, more } of asked) {
      if (notice !== 'doubt') continue
      const doubt = more as Partial<Doubt> | undefined
      if (!doubt?.code || !doubt.choices || this.#answered.has(doubt.code)) continue
      this.#answered.add(doubt.code)
      this.#tally.doubts += 1
      const place = places.find(({ name }) => name.test(doubt.name ?? ''))
      const choice = doubt.choices.findIndex(({ name }) => place?.name.test(name))
      await this.#person.command('same', doubt.code, choice < 0 ? 'new' : String(choice + 1))
    }
  }

  /** What is not in WeChat although it was written on the page. Dropped by a person's own word: never. */
  undelivered(views: readonly View[]): readonly (Written & { readonly state: string })[] {
    const there = new Set(this.#control.delivered().map(({ text }) => text))
    return this.written.flatMap((each) => {
      if (there.has(each.text)) return []
      const view = views.find(({ text }) => text === each.text)
      return [{ ...each, state: view?.delivery ?? 'not known' }]
    })
  }

  /** What the bridge asks about is looked for on the phone, and sent again if it is not there. */
  async resend(views: readonly View[]): Promise<void> {
    const missing = new Set(this.undelivered(views).map(({ text }) => text))
    for (const { text, resend } of views) {
      if (resend === undefined || !missing.has(text) || this.#asked.has(resend)) continue
      this.#asked.add(resend)
      this.#tally.resent += 1
      await this.#person.command('resend', String(resend))
    }
  }

  doubledOut(): readonly string[] {
    const seen = new Map<string, number>()
    for (const { text } of this.#control.delivered()) seen.set(text, (seen.get(text) ?? 0) + 1)
    return this.written.filter(({ text }) => (seen.get(text) ?? 0) > 1).map(({ text }) => text)
  }

  /** Said in one chat and shown in another, or written for one and delivered to another. */
  misplaced(views: readonly View[]): readonly string[] {
    const chats = new Map<string, string>()
    for (const { id, chat } of views) chats.set(id.split('/').at(-1) ?? '', chat)
    const home = new Map<string, string>()
    const wrong = this.said.filter(({ id, chat }) => {
      const shown = chats.get(id)
      if (shown === undefined) return false
      if (!home.has(chat)) home.set(chat, shown)
      return home.get(chat) !== shown
    })
    const to = new Map(this.#control.delivered().map((one) => [one.text, one.to]))
    const astray = this.written.filter(({ text, to: meant }) => (to.get(text) ?? meant) !== meant)
    return [...wrong.map(({ id }) => id), ...astray.map(({ text }) => text)]
  }

  unrecalled(views: readonly View[]): readonly string[] {
    const marked = new Set(views.filter(({ recalled }) => recalled).map(({ id }) => id))
    const ids = new Set([...marked].map((id) => id.split('/').at(-1)))
    return [...this.#recalled].filter((id) => !ids.has(id))
  }

  /** Messages of people that nobody said. */
  strangers(views: readonly View[]): readonly string[] {
    const ids = new Set(this.said.map(({ id }) => id))
    return views
      .filter(({ who, kind }) => who.type === 'contact' && kind !== 'recall')
      .filter(({ id }) => !ids.has(id.split('/').at(-1) ?? ''))
      .map(({ id, line }) => `${id} ${line}`)
  }

  #one(of: number): boolean {
    return this.#dice.below(of) === 0
  }

  async #talk(): Promise<void> {
    const place = places[this.#dice.below(places.length)] ?? places[0]
    const from = place.from[this.#dice.below(place.from.length)] ?? place.from[0]
    const group = place.chat === from ? undefined : place.chat
    const number = this.said.length
    let id: string
    if (this.#one(12)) {
      this.#tally.pictures += 1
      id = await this.#control.picture(from, picture(number), group)
    } else if (this.#one(5)) {
      this.#tally.shares += 1
      const what = shares[this.#dice.below(shares.length)] as Shared
      id = await this.#control.share(from, what, group)
    } else id = await this.#control.say(from, `said ${number} ${'啊'.repeat(number % 30)}`, group)
    this.said.push({ id, chat: place.chat, from })
    if (this.#one(10)) this.#fresh.push({ id, left: 1 + this.#dice.below(2) })
  }

  async #phone(): Promise<void> {
    const to = this.#dice.pick(writable as [string, ...string[]])
    const id = await this.#control.phoneSay(to, `from the phone ${this.said.length}`)
    this.said.push({ id, chat: to, from: 'me' })
    if (this.#one(6)) this.#fresh.push({ id, left: 1 })
  }

  async #write(): Promise<void> {
    const to = this.#dice.pick(writable as [string, ...string[]])
    const name = places.find(({ chat }) => chat === to)?.name
    const chat = (await this.#person.chats()).find((each) => each.open && name?.test(each.name))
    if (!chat) return
    const text = `written ${this.written.length}`
    this.written.push({ text, to })
    await this.#person.write(chat.id, text)
  }

  /** Within two minutes, as WeChat allows it. */
  async #recalls(): Promise<void> {
    const due = this.#fresh.splice(0)
    for (const { id, left } of due) {
      if (left > 1) this.#fresh.push({ id, left: left - 1 })
      else {
        this.#tally.recalls += 1
        this.#recalled.add(id)
        await this.#control.recall(id)
      }
    }
  }

  #trouble(): void {
    this.#tally.troubles += 1
    this.#control.fault(troubles[this.#dice.below(troubles.length)] as Fault)
  }

  /** The phone takes what is shown: a question to itself, or a code; now and then a code runs out first. */
  async #confirm(): Promise<void> {
    const expire = this.#one(3)
    if (expire) {
      this.#tally.expired += 1
      await this.#control.code()
      await this.#control.expireCode()
    }
    await until(
      async () => {
        const { state } = await this.#person.login()
        if (state === 'scan') await this.#control.scan().catch(() => undefined)
        if (state === 'scan' || state === 'scanned') {
          await this.#control.confirm().catch(() => undefined)
        }
        return state === 'online'
      },
      'being online',
      90_000,
    )
  }
}

/** A small picture that is different each time. */
function picture(number: number): Uint8Array {
  const head = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  return Buffer.concat([head, Buffer.from(`picture ${number} `.repeat(200))])
}
