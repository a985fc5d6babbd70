import { randomUUID } from 'node:crypto'

/** An event as a client sees it. */
export interface ClientEvent {
  readonly event_id: string
  readonly type: string
  readonly sender: string
  readonly origin_server_ts: number
  readonly state_key?: string
  readonly content: Readonly<Record<string, unknown>>
  readonly unsigned?: Readonly<Record<string, unknown>>
}

/** A person on a homeserver, with the few things the tests let them do. Every failure throws with the server's words. */
export class MatrixUser {
  readonly id: string
  readonly url: string
  readonly token: string

  constructor(url: string, id: string, token: string) {
    this.url = url
    this.id = id
    this.token = token
  }

  /** One call of the client-server API; `path` begins after `/_matrix/client/v3`. */
  async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.url}/_matrix/client/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const json = (await answer.json()) as Record<string, unknown>
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`)
    return json
  }

  async join(room: string): Promise<void> {
    await this.call('POST', `/join/${encodeURIComponent(room)}`, {})
  }

  async createRoom(body: object): Promise<string> {
    return String((await this.call('POST', '/createRoom', body)).room_id)
  }

  async send(room: string, type: string, content: object): Promise<string> {
    const path = `/rooms/${encodeURIComponent(room)}/send/${type}/${randomUUID()}`
    return String((await this.call('PUT', path, content)).event_id)
  }

  say(room: string, body: string, more: object = {}): Promise<string> {
    return this.send(room, 'm.room.message', { msgtype: 'm.text', body, ...more })
  }

  async redact(room: string, event: string): Promise<string> {
    const path = `/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(event)}/${randomUUID()}`
    return String((await this.call('PUT', path, {})).event_id)
  }

  async upload(bytes: Uint8Array, mime: string): Promise<string> {
    const answer = await fetch(`${this.url}/_matrix/media/v3/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': mime },
      body: new Uint8Array(bytes),
    })
    return ((await answer.json()) as { content_uri: string }).content_uri
  }

  async download(mxc: string): Promise<Uint8Array> {
    const path = mxc.replace('mxc://', '')
    const answer = await fetch(`${this.url}/_matrix/client/v1/media/download/${path}`, {
      headers: { authorization: `Bearer ${this.token}` },
    })
    if (!answer.ok) throw new Error(`No bytes of ${mxc}: ${answer.status}`)
    return new Uint8Array(await answer.arrayBuffer())
  }

  /** All events of a room that this person may see, oldest first. */
  async events(room: string): Promise<readonly ClientEvent[]> {
    const found: ClientEvent[] = []
    for (let from = ''; ; ) {
      const path = `/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=200${from}`
      const page = (await this.call('GET', path)) as { chunk: ClientEvent[]; end?: string }
      found.unshift(...[...page.chunk].reverse())
      if (!page.end || page.chunk.length === 0) return found
      from = `&from=${encodeURIComponent(page.end)}`
    }
  }

  async state(room: string, type: string, key = ''): Promise<Record<string, unknown>> {
    return this.call(
      'GET',
      `/rooms/${encodeURIComponent(room)}/state/${type}/${encodeURIComponent(key)}`,
    )
  }

  /** Who is in a room, with the name and picture shown there. */
  async members(
    room: string,
  ): Promise<Record<string, { display_name?: string; avatar_url?: string }>> {
    const path = `/rooms/${encodeURIComponent(room)}/joined_members`
    return (await this.call('GET', path)).joined as never
  }

  /** Rooms this person is invited to, with who invited them. */
  async invitations(): Promise<readonly string[]> {
    const sync = (await this.call('GET', '/sync?timeout=0')) as {
      rooms?: { invite?: Record<string, unknown> }
    }
    return Object.keys(sync.rooms?.invite ?? {})
  }
}
