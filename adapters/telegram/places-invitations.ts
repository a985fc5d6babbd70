import { randomBytes } from 'node:crypto'
import type { PortalId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'

/** Words that are good once, for a while: `t` is what they are good for. Not kept: a restart ends them. */
export interface Invitations<T> {
  make(what: T): string
  /** What a word is good for. It is not used up by asking. */
  of(word: string): T | undefined
  use(word: string): void
}

const goodMs = 10 * 60_000
const most = 50
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'
const letters = 10

/** Ten characters of 32, from what nobody can guess (50 bits). */
export const secretWord = (): string =>
  [...randomBytes(letters)].map((byte) => alphabet[byte % alphabet.length]).join('')

/** A word as it was given, however a phone wrote it. Undefined: it cannot be one. */
export function wordIn(text: string): string | undefined {
  const word = text.trim().toLowerCase()
  return word.length === letters && [...word].every((letter) => alphabet.includes(letter))
    ? word
    : undefined
}

export function createInvitations<T = PortalId>(clock: Clock): Invitations<T> {
  const open = new Map<string, { readonly what: T; readonly until: number }>()
  return {
    make(what) {
      for (const [word, { until }] of open) {
        if (until <= clock.steady() || open.size >= most) open.delete(word)
      }
      const word = secretWord()
      open.set(word, { what, until: clock.steady() + goodMs })
      return word
    },
    of(word) {
      const found = open.get(word)
      return found && found.until > clock.steady() ? found.what : undefined
    },
    use: (word) => void open.delete(word),
  }
}
