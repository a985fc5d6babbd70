import type { Who } from '../../src/sandbox/sandbox.ts'
import { Books } from './books.ts'
import { bytesOf, sha256 } from './bytes.ts'
import type { Ground, Place } from './ground.ts'
import type { Act } from './plan.ts'

/** Both sides talk, as the plan says; what was said goes into the books. */
export class Talk {
  readonly books: Books
  readonly tally = { in: 0, out: 0, media: 0, quotes: 0, recalls: 0 }
  readonly #ground: Pick<Ground, 'sandbox' | 'world'>
  readonly #places: readonly Place[]
  readonly #rooms: ReadonlyMap<Who, string>
  /** What was said last in a place and direction: MsgIds, or events. */
  readonly #latest = new Map<string, { readonly id: string; readonly label: string }[]>()

  constructor(
    ground: Pick<Ground, 'sandbox' | 'world'>,
    places: readonly Place[],
    rooms: ReadonlyMap<Who, string>,
  ) {
    this.#ground = ground
    this.#places = places
    this.#rooms = rooms
    this.books = new Books(ground, rooms)
  }

  async act(act: Act): Promise<void> {
    const place = this.#places[act.place]
    if (!place) return
    const line = `${act.towards} ${place.who}`
    const latest = this.#latest.get(line) ?? []
    this.#latest.set(line, latest)
    if (act.kind === 'recall') return this.#recall(act, latest)
    const label = `${act.towards === 'hub' ? 'in' : 'out'} ${act.n} ${place.who}`
    const said = { label, who: place.who, n: act.n }
    const id =
      act.towards === 'hub'
        ? await this.#fromWeChat(act.kind, place, said, latest)
        : await this.#fromHub(act.kind, place, said)
    latest.push({ id, label })
    if (latest.length > 10) latest.shift()
  }

  async #fromWeChat(
    kind: 'text' | 'quote' | 'picture' | 'file',
    { from, group }: Place,
    said: { readonly label: string; readonly who: Who; readonly n: number },
    latest: readonly { readonly id: string; readonly label: string }[],
  ): Promise<string> {
    const { control } = this.#ground.sandbox
    this.tally.in++
    const of = latest.at(-1)
    this.books.saidIn(said)
    if (kind === 'quote' && of) {
      this.tally.quotes++
      this.books.quoted(said.label, of.label)
      return control.share(from, { kind: 'quote', text: said.label, of: of.id }, group)
    }
    if (kind === 'picture' || kind === 'file') {
      this.tally.media++
      const bytes = bytesOf(kind, said.label)
      this.books.bytes(sha256(bytes), said.label)
      return kind === 'picture'
        ? control.picture(from, bytes, group)
        : control.share(from, { kind: 'file', name: `${said.n}.pdf`, bytes }, group)
    }
    return control.say(from, said.label, group)
  }

  async #fromHub(
    kind: 'text' | 'quote' | 'picture' | 'file',
    { who }: Place,
    said: { readonly label: string; readonly who: Who; readonly n: number },
  ): Promise<string> {
    const { world } = this.#ground
    const room = this.#rooms.get(who) ?? ''
    this.tally.out++
    let id: string
    if (kind === 'picture' || kind === 'file') {
      this.tally.media++
      const bytes = bytesOf(kind, said.label)
      this.books.bytes(sha256(bytes), said.label)
      id = await world.give(room, {
        ...(kind === 'picture'
          ? { kind: 'image', mime: 'image/png' }
          : { kind: 'file', mime: 'application/pdf', name: `${said.n}.pdf` }),
        bytes: bytes.byteLength,
        stream: async function* () {
          yield bytes
        },
      })
    } else if (kind === 'quote') {
      this.tally.quotes++
      id = await world.say(room, said.label, this.books.latestIn(who))
    } else id = await world.say(room, said.label)
    this.books.saidOut(said, id)
    return id
  }

  async #recall(
    { towards, place, back }: Extract<Act, { kind: 'recall' }>,
    latest: readonly { readonly id: string; readonly label: string }[],
  ): Promise<void> {
    const target = latest.at(-1 - back)
    const who = this.#places[place]?.who
    if (!target || !who || this.books.wasRecalled(target.label)) return
    this.tally.recalls++
    this.books.recalled(target.label)
    if (towards === 'hub') await this.#ground.sandbox.control.recall(target.id)
    else await this.#ground.world.redact(this.#rooms.get(who) ?? '', target.id)
  }
}
