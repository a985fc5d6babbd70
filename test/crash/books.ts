import type { Who } from '../../src/sandbox/sandbox.ts'
import { sha256 } from './bytes.ts'
import type { Ground } from './ground.ts'
import type { Shown } from './hub-world.ts'

interface Said {
  /** `in 7 friend3`: unique. */
  readonly label: string
  readonly who: Who
  readonly n: number
}

/** What must have become of everything; all lists are empty when all is well. */
export interface Verdict {
  readonly lost: readonly string[]
  readonly disordered: readonly string[]
  readonly doubled: readonly string[]
  readonly misplaced: readonly string[]
  /** Recalls that do not tell their original, or that left what they take back standing without a word. */
  readonly unrecalled: readonly string[]
  readonly unquoted: readonly string[]
  /** Written in a room, and shown there once more as if it were news from WeChat. */
  readonly echoed: readonly string[]
  /** Given up for good, though nothing stood in the way. */
  readonly dead: readonly string[]
}

/** What was said, what arrived, and what the person was asked: kept by looking at the two servers. */
export class Books {
  readonly #ground: Pick<Ground, 'sandbox' | 'world'>
  readonly #rooms: ReadonlyMap<Who, string>
  readonly #places: ReadonlyMap<string, Who>
  readonly #in = new Map<string, Said>()
  readonly #out = new Map<string, Said>()
  readonly #outByEvent = new Map<string, string>()
  readonly #eventOf = new Map<string, string>()
  readonly #labelOf = new Map<string, string>()
  readonly #media = new Set<string>()
  /** How often a room was told that WeChat would not give some media any more. */
  readonly #unshown = new Map<string, number>()
  readonly #quotes = new Map<string, string>()
  readonly #recalls = new Set<string>()
  /** In the order they came, for each room. */
  readonly #arrived = new Map<Who, string[]>()
  readonly #posts = new Map<string, Shown[]>()
  readonly #notices = new Map<string, string[]>()
  readonly #delivered = new Map<string, { to: Who; recalled: () => boolean }[]>()
  readonly #order = new Map<Who, string[]>()
  readonly #asked = new Set<string>()
  readonly #answered = new Set<string>()
  readonly #dead: string[] = []
  readonly #echoed: string[] = []
  readonly #latest = new Map<Who, string>()
  #doubles = 0
  #postsRead = 0
  #deliveredRead = 0
  #missingIn = 0
  #missingOut = 0
  #resent = 0

  constructor(ground: Pick<Ground, 'sandbox' | 'world'>, rooms: ReadonlyMap<Who, string>) {
    this.#ground = ground
    this.#rooms = rooms
    this.#places = new Map([...rooms].map(([who, room]) => [room, who]))
  }

  saidIn(said: Said): void {
    this.#in.set(said.label, said)
    this.#missingIn++
  }

  saidOut(said: Said, event: string): void {
    this.#out.set(said.label, said)
    this.#outByEvent.set(event, said.label)
    this.#eventOf.set(said.label, event)
    this.#missingOut++
  }

  bytes(hash: string, label: string): void {
    this.#labelOf.set(hash, label)
    this.#media.add(label)
  }

  quoted(label: string, of: string): void {
    this.#quotes.set(label, of)
  }

  recalled(label: string): void {
    this.#recalls.add(label)
  }

  wasRecalled(label: string): boolean {
    return this.#recalls.has(label)
  }

  /** The event of what somebody else said last in a place. */
  latestIn(who: Who): string | undefined {
    return this.#latest.get(who)
  }

  counts() {
    const { size: asked } = this.#asked
    const { size: gone } = this.#gone()
    return { asked, resent: this.#resent, doubles: this.#doubles, gone }
  }

  /** Reads on, answers what is asked. What is still on its way. */
  look(): { readonly in: number; readonly out: number } {
    const { sandbox, world } = this.#ground
    const { posts } = world
    const delivered = sandbox.control.delivered()
    for (; this.#deliveredRead < delivered.length; this.#deliveredRead++) {
      const message = delivered[this.#deliveredRead]
      if (!message) continue
      const label = /(out \d+ \w+)$/.exec(message.text)?.[1] ?? this.#byBytes(message.bytes)
      if (!label || !this.#out.has(label)) continue
      const before = this.#delivered.get(label) ?? []
      if (before.length === 0) this.#missingOut--
      const { to } = message
      this.#delivered.set(label, [...before, { to, recalled: () => message.recalled }])
      add(this.#order, to, label)
    }
    for (; this.#postsRead < posts.length; this.#postsRead++) {
      const post = posts[this.#postsRead]
      if (post) this.#posted(post)
    }
    return {
      in: this.#missingIn - this.#gone().size,
      out: this.#missingOut - this.#withdrawn(),
    }
  }

  verdict(): Verdict {
    const gone = this.#gone()
    return {
      lost: [
        ...[...this.#in.keys()].filter((label) => !this.#posts.has(label) && !gone.has(label)),
        // What was taken back before it went out never goes out.
        ...[...this.#out.keys()].filter(
          (label) => !this.#delivered.has(label) && !this.#recalls.has(label),
        ),
      ],
      disordered: [...this.#disorderedIn(), ...this.#disorderedOut()],
      doubled: [...this.#delivered].flatMap(([label, all]) => (all.length > 1 ? [label] : [])),
      misplaced: [
        ...[...this.#in.values()].filter(({ label, who }) =>
          this.#posts.get(label)?.some(({ room }) => this.#places.get(room) !== who),
        ),
        ...[...this.#out.values()].filter(({ label, who }) =>
          this.#delivered.get(label)?.some(({ to }) => to !== who),
        ),
      ].map(({ label }) => label),
      unrecalled: this.unrecalled(),
      unquoted: [...this.#quotes].flatMap(([label, of]) =>
        gone.has(of) || this.#points(label, of) ? [] : [label],
      ),
      echoed: this.#echoed,
      dead: this.#dead,
    }
  }

  unrecalled(): readonly string[] {
    const gone = this.#gone()
    return [...this.#recalls].filter((label) => !gone.has(label) && !this.#isTold(label))
  }

  /** How often something was shown in a room more than once, and in which posts. */
  doubledPosts(): readonly (readonly Shown[])[] {
    return [...this.#posts.values()].filter((all) => all.length > 1)
  }

  #posted(post: Shown): void {
    const { lines, replyTo, sha256: hash = '' } = post
    if (post.isBridge) {
      const plain = lines.join('\n')
      add(this.#notices, post.room, plain)
      if (replyTo) add(this.#notices, replyTo, plain)
      this.#toldBy(post, plain)
      return
    }
    for (const line of lines) {
      this.#shown(post, /((?:in|out) \d+ \w+)$/.exec(line)?.[1] ?? this.#labelOf.get(hash))
    }
  }

  #shown(post: Shown, label: string | undefined): void {
    if (label && this.#out.has(label)) this.#echoed.push(label)
    const said = label === undefined ? undefined : this.#in.get(label)
    if (!label || !said) return
    this.#latest.set(said.who, post.id)
    if (this.#posts.has(label)) this.#doubles++
    else {
      this.#missingIn--
      add(this.#arrived, this.#places.get(post.room) ?? post.room, label)
    }
    add(this.#posts, label, post)
  }

  /** What the bridge asks is answered as a person would: by looking at the phone. */
  #toldBy(post: Shown, plain: string): void {
    if (/^A WeChat message could not be shown here: \[(picture|file)\]/.test(plain)) {
      if (!this.#answered.has(post.key)) {
        this.#unshown.set(post.room, (this.#unshown.get(post.room) ?? 0) + 1)
      }
      this.#answered.add(post.key)
      return
    }
    // What a recall would show again is gone with it.
    if (plain.startsWith('A WeChat message could not be shown here: ')) return
    const seq = /(?:!wx |\/)resend (\d+)/.exec(plain)?.[1]
    const label = this.#outByEvent.get(post.replyTo ?? '')
    if (!seq || this.#answered.has(post.key)) return
    this.#answered.add(post.key)
    if (!label || !plain.startsWith('May not have been sent')) this.#dead.push(label ?? plain)
    if (!label) return
    this.#asked.add(label)
    if (this.#delivered.has(label)) return
    this.#resent++
    void this.#ground.world.say(post.room, `!wx resend ${seq}`)
  }

  #byBytes(bytes: Uint8Array | undefined): string | undefined {
    return bytes && this.#labelOf.get(sha256(bytes))
  }

  /**
   * Media taken back before the bridge could fetch it (it may have been dead at that time): WeChat gives the bytes to
   * nobody any more, and the room was told so. A room that was told less often than it misses some lost the rest.
   */
  #gone(): ReadonlySet<string> {
    const left = new Map(this.#unshown)
    const gone = new Set<string>()
    for (const label of this.#recalls) {
      const said = this.#in.get(label)
      if (!said || !this.#media.has(label) || this.#posts.has(label)) continue
      const room = this.#rooms.get(said.who) ?? ''
      const told = left.get(room) ?? 0
      if (told > 0) gone.add(label)
      left.set(room, told - 1)
    }
    return gone
  }

  /** Taken back, and not delivered: it is not waited for. */
  #withdrawn(): number {
    return [...this.#recalls].filter((label) => this.#out.has(label) && !this.#delivered.has(label))
      .length
  }

  /** In a room nothing is exempt: what is asked about is towards WeChat. */
  #disorderedIn(): readonly string[] {
    return [...this.#arrived.values()].flatMap((labels) => outOfOrder(labels))
  }

  /** What was asked about may have been sent again, at the end of the line: it alone is exempt. */
  #disorderedOut(): readonly string[] {
    return [...this.#order.values()].flatMap((labels) =>
      outOfOrder(labels.filter((label) => !this.#asked.has(label))),
    )
  }

  #isTold(label: string): boolean {
    const said = this.#in.get(label)
    if (said) {
      // Words are repeated; media is pointed at, or comes again.
      const [post] = this.#posts.get(label) ?? []
      const told = this.#notices.get(post?.sha256 ? post.id : (post?.room ?? '')) ?? []
      return told.some((plain) => post?.sha256 !== undefined || plain.includes(label))
    }
    const [delivered] = this.#delivered.get(label) ?? []
    if (!delivered || delivered.recalled()) return true
    // Not taken back after all: then the person was told.
    const told = this.#notices.get(this.#eventOf.get(label) ?? '')
    return told?.some((plain) => /recall/i.test(plain)) ?? false
  }

  #points(label: string, of: string): boolean {
    const targets = new Set(this.#posts.get(of)?.map(({ id }) => id))
    const [post] = this.#posts.get(label) ?? []
    if (post?.replyTo !== undefined && targets.has(post.replyTo)) return true
    return post?.lines.some((line) => line.includes(of)) ?? false
  }
}

function outOfOrder(labels: readonly string[]): readonly string[] {
  let last = 0
  return labels.filter((label) => {
    const n = Number(label.split(' ')[1])
    const wrong = n < last
    last = Math.max(last, n)
    return wrong
  })
}

function add<K, V>(lists: Map<K, V[]>, name: K, value: V): void {
  const list = lists.get(name)
  if (list) list.push(value)
  else lists.set(name, [value])
}
