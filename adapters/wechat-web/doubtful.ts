import type { Doubtful, Lasting } from './book-note.ts'
import type { Judgement } from './identity.ts'

/** Two ids that evidence says are one: what was minted in doubt, and who it is. */
export interface Settlement {
  readonly from: Lasting
  readonly into: Lasting
}

/** Who is who so far: what doubts are judged by. */
export interface Evidence {
  readonly userOf: (id: Lasting) => string | undefined
  readonly judge: (userName: string) => Judgement<Lasting>
  /** Nobody of this session has this id, or only one who is gone. */
  readonly isFree: (id: Lasting) => boolean
  /** This id is known, and nothing says that it cannot be theirs. */
  readonly mayBe: (userName: string, id: Lasting) => boolean
  /** Nobody has this id, and evidence alone may give it to them. */
  readonly mayBecome: (userName: string, id: Lasting) => boolean
  /** What is kept of doubts has changed. */
  readonly changed: () => void
}

/** The ids minted in doubt in this session. */
export class Doubtfuls {
  readonly #evidence: Evidence
  readonly #all = new Map<Lasting, Doubtful>()

  constructor(evidence: Evidence) {
    this.#evidence = evidence
  }

  get all(): ReadonlyMap<Lasting, Doubtful> {
    return this.#all
  }

  has(id: Lasting): boolean {
    return this.#all.has(id)
  }

  read(all: Iterable<readonly [Lasting, Doubtful]>): void {
    for (const [id, doubt] of all) this.#all.set(id, doubt)
  }

  set(id: Lasting, doubt: Doubtful): void {
    this.#all.set(id, doubt)
    this.#evidence.changed()
  }

  delete(id: Lasting): void {
    this.#all.delete(id)
  }

  /** Nobody has said yet who it is. */
  isOpen(id: Lasting): boolean {
    return this.#all.get(id)?.answered === false
  }

  /** With the known ones they may be, none of whom was found in this login. */
  open(): { readonly id: Lasting; readonly candidates: readonly Lasting[] }[] {
    return [...this.#all.keys()].flatMap((id) => {
      const candidates = this.candidates(id)
      return candidates.length > 0 ? [{ id, candidates }] : []
    })
  }

  candidates(id: Lasting): readonly Lasting[] {
    const { userOf, judge, isFree, mayBe } = this.#evidence
    const doubt = this.#all.get(id)
    const user = userOf(id)
    if (!doubt || doubt.answered || user === undefined) return []
    const now = judge(user).maybe.filter((each) => userOf(each) === undefined)
    return [...new Set([...now, ...doubt.candidates])].filter((each) => {
      return isFree(each) && mayBe(user, each)
    })
  }

  /** A doubt that the evidence there is by now settles, if there is one. */
  settled(): Settlement | undefined {
    const { userOf, judge, mayBecome } = this.#evidence
    for (const [from, { answered }] of this.#all) {
      const user = userOf(from)
      if (user === undefined || answered) continue
      const into = judge(user).same
      if (into !== undefined && mayBecome(user, into)) return { from, into }
    }
    return undefined
  }

  /** It is somebody new. Not asked again in this session. */
  isNew(id: Lasting): void {
    const doubt = this.#all.get(id)
    if (doubt && !doubt.answered) this.set(id, { ...doubt, answered: true })
  }

  /** Something was said there: the id has a room of its own from now on, and is remembered. */
  used(id: Lasting): void {
    const doubt = this.#all.get(id)
    if (doubt && !doubt.used) this.set(id, { ...doubt, used: true })
  }

  /** Found: nobody else can be that one any more, not even when they leave again. */
  found(id: Lasting): void {
    for (const [other, doubt] of this.#all) {
      if (!doubt.candidates.includes(id)) continue
      const candidates = doubt.candidates.filter((each) => each !== id)
      this.#all.set(other, { ...doubt, candidates })
    }
  }
}
