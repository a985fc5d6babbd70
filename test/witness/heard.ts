import { Direction, type MatrixClient, type MatrixEvent, type Room } from 'matrix-js-sdk'

/** One thing that was said in a room, as a client shows it: with its last edit, under the name its sender has there. */
export interface Heard {
  readonly id: string
  readonly sender: string
  /** The sender's name in this room when it was said, not made distinct from others. */
  readonly name: string
  readonly avatar: string | undefined
  /** When, by the event. */
  readonly at: number
  /** Its msgtype, or the type of event where it is no `m.room.message`. */
  readonly kind: string
  readonly body: string
  readonly html: string | undefined
  /** What it says now. */
  readonly content: Content
  readonly replyTo: string | undefined
  readonly edited: boolean
  readonly redacted: boolean
  readonly mentions: { readonly user_ids?: readonly string[]; readonly room?: boolean }
  readonly event: MatrixEvent
}

/** Loosely typed, as content is. */
export interface Content {
  readonly [field: string]: unknown
  readonly info?: Readonly<Record<string, unknown>>
}

const poll = 'org.matrix.msc3381.poll.start'
const said: ReadonlySet<string> = new Set(['m.room.message', 'm.sticker', poll])

/** All events of a room back to its making, oldest first. */
export async function whole(client: MatrixClient, room: Room): Promise<readonly MatrixEvent[]> {
  const timeline = () => room.getLiveTimeline()
  const isWhole = () => timeline().getEvents()[0]?.getType() === 'm.room.create'
  while (!isWhole() && timeline().getPaginationToken(Direction.Backward)) {
    await client.scrollback(room, 200)
  }
  return timeline().getEvents()
}

/** Messages only; an edit shows in what it changes, and is none. */
export function heardIn(events: readonly MatrixEvent[]): readonly Heard[] {
  return events
    .filter((event) => said.has(event.getType()) && !event.isRelation('m.replace'))
    .map(heardOf)
}

function heardOf(event: MatrixEvent): Heard {
  const content = event.getContent() as Content
  const { body, formatted_body: html, msgtype } = content
  return {
    id: event.getId() ?? '',
    sender: event.getSender() ?? '',
    name: event.sender?.rawDisplayName ?? event.getSender() ?? '',
    avatar: event.sender?.getMxcAvatarUrl(),
    at: event.getTs(),
    kind: String(msgtype ?? event.getType()),
    body: String(body ?? content['org.matrix.msc1767.text'] ?? ''),
    html: typeof html === 'string' ? html : undefined,
    content,
    replyTo: event.replyEventId,
    edited: event.replacingEvent() !== null,
    redacted: event.isRedacted(),
    mentions: (content['m.mentions'] ?? {}) as Heard['mentions'],
    event,
  }
}
