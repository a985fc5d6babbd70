import { randomUUID } from 'node:crypto'
import type { View } from '../../adapters/web/view.ts'
import { remembered } from '../e2e/page-browser.ts'
import { until } from './until.ts'

interface ChatRow {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly open: boolean
}

/** Someone at the bridge's page, doing what its buttons do. */
export class Person {
  readonly home: string
  /** What a browser must remember to be let in as this person. */
  readonly storageState: ReturnType<typeof remembered>
  readonly #headers: Record<string, string>

  private constructor(home: string, cookie: string, key: string) {
    this.home = home
    this.storageState = remembered(home, { cookie, key })
    this.#headers = {
      cookie,
      'x-bridge-key': key,
      origin: new URL(home).origin,
      'content-type': 'application/json',
    }
  }

  static async at(address: string): Promise<Person> {
    const answer = await fetch(address, { redirect: 'manual' })
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    const [, key = ''] = /#key=(.*)$/.exec(answer.headers.get('location') ?? '') ?? []
    return new Person(new URL('.', address).href.slice(0, -1), cookie, key)
  }

  async chats(): Promise<readonly ChatRow[]> {
    return (await this.#get('/api/chats')) as readonly ChatRow[]
  }

  /** All messages of a chat, oldest first. */
  async messages(chat: string): Promise<readonly View[]> {
    const all: View[] = []
    for (let before = ''; ; ) {
      const query = new URLSearchParams({ chat, limit: '200', ...(before && { before }) })
      const page = (await this.#get(`/api/messages?${query}`)) as readonly View[]
      all.unshift(...page)
      if (page.length < 200) return all
      before = String(page[0]?.seq)
    }
  }

  async login(): Promise<{ readonly state: string; readonly reason?: string }> {
    const state = (await this.#get('/api/state')) as { login: { state: string; reason?: string } }
    return state.login
  }

  /** How the bridge is, as its owner is told. */
  async health(): Promise<{ ok: boolean; detail: Readonly<Record<string, string>> }> {
    const { health } = (await this.#get('/api/state')) as {
      health: { ok: boolean; detail: Record<string, string> }
    }
    return health
  }

  state(state: string, ms = 60_000): Promise<unknown> {
    return until(async () => (await this.login()).state === state, `state ${state}`, ms)
  }

  async media(id: string): Promise<Uint8Array> {
    const where = `${this.home}/api/media?${new URLSearchParams({ id })}`
    return new Uint8Array(await (await fetch(where, { headers: this.#headers })).arrayBuffer())
  }

  /** As the page does, with the same id until it is taken: a room may still be on its way. */
  write(chat: string, text: string): Promise<void> {
    return this.#say('/api/messages', { id: randomUUID(), chat, text })
  }

  command(...words: string[]): Promise<void> {
    return this.#say('/api/commands', { id: randomUUID(), words })
  }

  async #say(path: string, body: object): Promise<void> {
    await until(() => this.#post(path, body).then(() => true), 'what was said to be taken', 60_000)
  }

  async #get(path: string): Promise<unknown> {
    const answer = await fetch(`${this.home}${path}`, { headers: this.#headers })
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  async #post(path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.home}${path}`, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify(body),
    })
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  }
}
