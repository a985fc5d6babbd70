import type { HubEvent, HubSink } from '../../src/ports/hub.ts'
import { until } from '../support/until.ts'

/** A sink that keeps what it accepted, and can refuse. */
export class Inbox implements HubSink {
  readonly all: HubEvent[] = []
  refused = 0
  #refusing: { words: string; left: number } | undefined

  async event(event: HubEvent, raw: string): Promise<void> {
    const refusing = this.#refusing
    if (refusing && refusing.left > 0 && textOf(event)?.includes(refusing.words)) {
      refusing.left--
      this.refused++
      throw new Error('the store cannot take it now')
    }
    if (raw === '') throw new Error('an event without its raw text')
    if (!this.all.some((one) => one.id === event.id)) this.all.push(event)
    else this.#again.push(event)
  }

  readonly #again: HubEvent[] = []

  refuse(words: string, times: number): void {
    this.#refusing = { words, left: times }
  }

  /** All messages with these words, repeats included. */
  texts(words: string): readonly HubEvent[] {
    return [...this.all, ...this.#again].filter((event) => textOf(event)?.includes(words))
  }

  text(words: string): Promise<HubEvent> {
    return until(() => this.texts(words)[0], `the event "${words}"`)
  }
}

const textOf = (event: HubEvent) => (event.type === 'message' ? event.text : undefined)
