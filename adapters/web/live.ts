import type { MediaId, MessageId } from '../../src/core/ids.ts'
import type { Language } from '../../src/core/words.ts'
import type { Change } from '../../src/ports/archive.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { View } from './view.ts'

/** Bytes a page may lag behind before it is cut off; it connects again and loads what it shows anew. */
const patience = 1024 * 1024
/** More changed messages at once than this, and a page does better to load anew. */
const many = 200

interface Page {
  readonly language: Language
  readonly controller: ReadableStreamDefaultController<Uint8Array>
}

/** What pages are told of: looked up when it is told, so that a page never sees what is not committed. */
export interface Source {
  message(id: MessageId, language: Language): Promise<View | undefined>
  state(language: Language): Promise<unknown>
}

/**
 * The open pages, told of changes over server-sent events: `hello` first, then `message` (a view), `chats` (load
 * the list), `state` (login and queue), `media` (ids whose bytes are kept now) and `reload` (load everything).
 * Changes that come together are told once.
 */
export class Live {
  readonly #source: Source
  readonly #log: Log
  readonly #pages = new Set<Page>()
  readonly #messages = new Set<MessageId>()
  readonly #media = new Set<MediaId>()
  #chats = false
  #state = false
  #telling = false
  #closed = false

  constructor(source: Source, log: Log) {
    this.#source = source
    this.#log = log
  }

  connect(language: Language): ReadableStream<Uint8Array> {
    let page: Page | undefined
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          page = { language, controller }
          if (this.#closed) return controller.close()
          this.#pages.add(page)
          controller.enqueue(frame('hello', {}))
        },
        cancel: () => {
          if (page) this.#pages.delete(page)
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: patience }),
    )
  }

  changed(change: Change): void {
    if (change.type === 'media') this.#media.add(change.media)
    else this.#state = true
    if (change.type === 'chats') this.#chats = true
    if (change.type === 'message') this.#messages.add(change.message)
    this.#wake()
  }

  stateChanged(): void {
    this.#state = true
    this.#wake()
  }

  /** Keeps proxies from closing an idle connection, and finds out about pages that are gone. */
  beat(): void {
    for (const page of [...this.#pages]) this.#give(page, comment)
  }

  /** Ends all connections; pages that may, come back. */
  cut(): void {
    for (const page of [...this.#pages]) this.#drop(page)
  }

  close(): void {
    this.#closed = true
    this.cut()
  }

  #wake(): void {
    if (this.#telling) return
    this.#telling = true
    setImmediate(() => {
      this.#tell()
        .catch((error) => {
          this.#log.warn(
            { err: error },
            'The local page could not be told of a change; it reloads.',
          )
          this.#all('reload', {})
        })
        .finally(() => {
          this.#telling = false
          if (this.#chats || this.#state || this.#messages.size || this.#media.size) this.#wake()
        })
    })
  }

  async #tell(): Promise<void> {
    const [messages, media] = [[...this.#messages], [...this.#media]]
    const [chats, state] = [this.#chats, this.#state]
    this.#messages.clear()
    this.#media.clear()
    this.#chats = this.#state = false
    if (!this.#pages.size) return
    if (media.length) this.#all('media', media)
    if (messages.length > many) return this.#all('reload', {})
    if (chats) this.#all('chats', {})
    for (const language of new Set([...this.#pages].map((page) => page.language))) {
      for (const id of messages) {
        const view = await this.#source.message(id, language)
        if (view) this.#all('message', view, language)
      }
      if (state) this.#all('state', await this.#source.state(language), language)
    }
  }

  #all(event: string, data: unknown, language?: Language): void {
    const bytes = frame(event, data)
    for (const page of [...this.#pages]) {
      if (!language || page.language === language) this.#give(page, bytes)
    }
  }

  #give(page: Page, bytes: Uint8Array): void {
    if ((page.controller.desiredSize ?? 0) > 0) page.controller.enqueue(bytes)
    else this.#drop(page)
  }

  #drop(page: Page): void {
    this.#pages.delete(page)
    try {
      page.controller.close()
    } catch {
      // It is closed already: the page went away in this very moment.
    }
  }
}

const encoder = new TextEncoder()
const comment = encoder.encode(':\n\n')
const frame = (event: string, data: unknown) =>
  encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
