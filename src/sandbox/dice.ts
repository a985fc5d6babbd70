import { createHash } from 'node:crypto'

/** Hex digits (at most 128) that depend on nothing but the words: the same seed gives the same ids. */
export function hex(length: number, ...words: readonly (string | number)[]): string {
  return createHash('sha512').update(words.join('\n')).digest('hex').slice(0, length)
}

/** Characters of the Base64 alphabet (at most 86), depending on nothing but the words. */
export function base64(length: number, ...words: readonly (string | number)[]): string {
  return createHash('sha512').update(words.join('\n')).digest('base64').slice(0, length)
}

/** A number below `end`, depending on nothing but the words. */
export function number(end: number, ...words: readonly (string | number)[]): number {
  return Number.parseInt(hex(12, ...words), 16) % end
}

/** A row of throws that is the same for the same seed. */
export class Dice {
  readonly #seed: string
  #throws = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  below(end: number): number {
    this.#throws += 1
    return number(end, this.#seed, this.#throws)
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0]
  }
}
