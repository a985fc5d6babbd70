import { createHash, timingSafeEqual } from 'node:crypto'
import { secretWord, wordIn } from './places-invitations.ts'

/** The word that makes whoever says it first the owner. Another one at each start. */
export interface Code {
  readonly word: string
  /** What is kept of it, so that the same word said again is known. */
  readonly mark: string
  /** Takes the same time whatever was said. */
  is(said: string): boolean
}

export function createCode(): Code {
  const word = secretWord()
  const digest = digestOf(word)
  return {
    word,
    mark: digest.toString('hex'),
    is: (said) => timingSafeEqual(digestOf(wordIn(said) ?? ''), digest),
  }
}

/** Is it the word of a mark? Takes the same time whatever was said. */
export function isMarked(said: string, mark: string): boolean {
  const digest = Buffer.from(mark, 'hex')
  const given = digestOf(wordIn(said) ?? '')
  return digest.length === given.length && timingSafeEqual(given, digest)
}

/** How often people have said a wrong word: those who go on are not listened to any more. */
export interface Tries {
  isOver(person: string): boolean
  /** One more. True: it was the last that was listened to. */
  wrong(person: string): boolean
}

const mostTries = 5
const mostPeople = 1000

export function createTries(): Tries {
  const tries = new Map<string, number>()
  return {
    isOver: (person) => (tries.get(person) ?? 0) >= mostTries,
    wrong(person) {
      const now = (tries.get(person) ?? 0) + 1
      tries.delete(person)
      tries.set(person, now)
      const [oldest] = tries.keys()
      if (tries.size > mostPeople && oldest !== undefined) tries.delete(oldest)
      return now === mostTries
    },
  }
}

const digestOf = (word: string): Buffer => createHash('sha256').update(word).digest()
