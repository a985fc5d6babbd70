import { isRoom, isSpecial } from './contact.ts'

/** `wxid_…`, `gh_…`, `…@chatroom`, or an id somebody chose: what XML and MsgType 51 call people (protocol §3.1). */
const real = /^[A-Za-z][\w-]{2,40}$|^\d{5,20}@chatroom$/

/** Which UserName of this session has which real id: the first told counts, and nobody has two. */
export class RealIds {
  readonly #byUser = new Map<string, string>()
  readonly #byReal = new Map<string, string>()

  /** '' where it is not known. */
  of(userName: string): string {
    return this.#byUser.get(userName) ?? ''
  }

  userOf(id: string): string | undefined {
    return this.#byReal.get(id)
  }

  /** True: it is news. */
  learn(userName: string, id: string): boolean {
    if (!isPair(userName, id) || isSpecial(userName)) return false
    if (this.#byUser.has(userName) || this.#byReal.has(id)) return false
    this.#byUser.set(userName, id)
    this.#byReal.set(id, userName)
    return true
  }
}

function isPair(userName: string, id: string): boolean {
  return real.test(id) && isRoom(userName) === isRoom(id)
}
