import type { Clock, Random } from '../ports/clock.ts'

/**
 * Mints client ids: 13 digits of the time, a zero, three digits (protocol §2.9). No two from one minter are the
 * same, however many are asked for in one millisecond: WeChat takes a repeated id for a repeated message.
 */
export function createClientIds(clock: Clock, random: Random): () => string {
  let at = 0
  let tail = 0
  return () => {
    const now = clock.now()
    if (now > at) {
      at = now
      tail = Math.floor(random() * 500)
    } else if (++tail > 999) {
      at++
      tail = 0
    }
    return `${at}0${String(tail).padStart(3, '0')}`
  }
}
