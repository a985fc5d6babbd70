import { createHmac, timingSafeEqual } from 'node:crypto'
import type { MediaRef } from '../../src/core/message.ts'
import type { Open, Opened } from '../../src/ports/outlet.ts'

/** How long an address that was handed out holds, in milliseconds. */
export const offeredMs = 900_000

interface Offer {
  readonly open: Open
  readonly media: MediaRef
}

/**
 * Media on its way to the gateway, at addresses that hold once: for the send they were made for, until they were given
 * whole.
 */
export class Offers {
  readonly #secret: string
  readonly #open = new Map<string, Offer>()

  constructor(secret: string) {
    this.#secret = secret
  }

  /** The path, with its query. */
  make(name: string, offer: Offer, now: number): string {
    this.#open.set(name, offer)
    const until = now + offeredMs
    const id = encodeURIComponent(name)
    return `/v1/offers/${id}?until=${until}&signature=${this.#sign(name, until).toString('hex')}`
  }

  end(name: string): void {
    this.#open.delete(name)
  }

  /** What an address leads to. Undefined: nothing (any more). */
  async take(name: string, until: string, signature: string, now: number) {
    if (!/^\d{1,15}$/.test(until) || !/^[0-9a-f]{64}$/.test(signature)) return undefined
    const isOurs = timingSafeEqual(this.#sign(name, Number(until)), Buffer.from(signature, 'hex'))
    const offer = this.#open.get(name)
    if (!isOurs || !offer || now > Number(until)) return undefined
    const opened: Opened = await offer.open(offer.media)
    return { opened, media: offer.media, given: () => this.end(name) }
  }

  #sign(name: string, until: number): Buffer {
    return createHmac('sha256', this.#secret).update(`media\n${name}\n${until}\n`).digest()
  }
}
