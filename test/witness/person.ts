import type { MatrixClient, MatrixEvent } from 'matrix-js-sdk'
import { MatrixUser } from '../e2e/matrix-user.ts'

/** A person whose client waits where the homeserver says "too fast", as every client does. */
export class PatientUser extends MatrixUser {
  /** How long it waited in all, in milliseconds. */
  waited = 0

  override async call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Record<string, unknown>> {
    for (let tries = 0; ; tries++) {
      try {
        return await super.call(method, path, body)
      } catch (error) {
        const said = error instanceof Error ? error.message : ''
        const ms = Number(/"retry_after_ms":(\d+)/.exec(said)?.[1])
        if (!said.includes('M_LIMIT_EXCEEDED') || Number.isNaN(ms)) throw error
        // What counts as several messages (an upgrade) is refused again where there is only room for one.
        const patience = ms + tries * 5_000
        this.waited += patience
        await new Promise((resolve) => setTimeout(resolve, patience))
      }
    }
  }

  /** A message with media. */
  async shows(
    room: string,
    msgtype: string,
    bytes: Uint8Array,
    mime: string,
    more: object = {},
  ): Promise<string> {
    const url = await this.upload(bytes, mime)
    const info = { mimetype: mime, size: bytes.length }
    return this.send(room, 'm.room.message', { msgtype, body: 'media', url, info, ...more })
  }

  edit(room: string, event: string, body: string): Promise<string> {
    return this.say(room, `* ${body}`, {
      'm.new_content': { msgtype: 'm.text', body },
      'm.relates_to': { rel_type: 'm.replace', event_id: event },
    })
  }

  answer(room: string, event: string, body: string): Promise<string> {
    return this.say(room, body, { 'm.relates_to': { 'm.in_reply_to': { event_id: event } } })
  }

  react(room: string, event: string, key: string): Promise<string> {
    const relation = { rel_type: 'm.annotation', event_id: event, key }
    return this.send(room, 'm.reaction', { 'm.relates_to': relation })
  }

  /** As a client that was looked at marks a room. */
  async reads(room: string, event: string): Promise<void> {
    const path = `/rooms/${encodeURIComponent(room)}/receipt/m.read/${encodeURIComponent(event)}`
    await this.call('POST', path, {})
  }
}

/** All events of a type in a room, as the SDK has them. */
export function eventsOf(client: MatrixClient, room: string, type: string): readonly MatrixEvent[] {
  const events = client.getRoom(room)?.getLiveTimeline().getEvents() ?? []
  return events.filter((event) => event.getType() === type)
}
