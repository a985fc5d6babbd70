import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { commandWords } from '../../src/core/command.ts'
import type { ChatId, EventId, HubId, RoomId } from '../../src/core/ids.ts'
import { chatId, eventId, mediaId } from '../../src/core/ids.ts'
import type { MediaKind } from '../../src/core/message.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { HubEvent, HubSink } from '../../src/ports/hub.ts'
import { Refusal } from './refusal.ts'
import type { Rooms } from './rooms.ts'
import { isId, type Uploads } from './uploads.ts'

/** The hub's own name for the only person there is. */
export const owner = 'owner'

export interface Writing {
  readonly hub: HubId
  readonly rooms: Rooms
  readonly uploads: Uploads
  readonly clock: Clock
  /** Undefined while the hub does not run. */
  sink(): HubSink | undefined
  /** Told of a sink that rejected, for the log. */
  rejected(error: unknown): void
}

const id = z.string().refine(isId)
const text = z.string().min(1).max(100_000)
const event = z.string().min(1).max(2048).optional()
const said = z.strictObject({ id, chat: z.string().max(1024), text, replyTo: event })
const asked = z.strictObject({
  id,
  chat: z.string().max(1024).optional(),
  words: z.array(z.string().min(1).max(1000)).min(1).max(200),
})
const seen = z.strictObject({ id, chat: z.string().max(1024) })
const sent = z.strictObject({
  id,
  chat: z.string().max(1024),
  name: z.string().max(1024).optional(),
  replyTo: event,
})

/**
 * What the person says, as hub events. The page mints the ids and repeats them when an answer was lost, and 200
 * comes only after the sink has the event: so nothing is accepted twice, and nothing is confirmed that is not kept.
 */
export function writingRoutes(writing: Writing): Hono {
  const { clock, hub, rooms, uploads } = writing
  const json = bodyLimit({
    maxSize: 1024 * 1024,
    onError: () => {
      throw new Refusal(
        413,
        'tooLarge',
        'This text is too long. Nothing was sent; send it in parts.',
      )
    },
  })
  return new Hono()
    .post('/messages', json, async (c) => {
      const { chat, id, replyTo, text } = await read(c, said)
      const base = { id: eventId(id), room: roomOf(rooms, chatId(chat)), at: clock.now() }
      const words = commandWords(text)
      if (words) return tell(c, writing, { ...base, type: 'command', from: owner, words })
      return tell(c, writing, {
        ...base,
        type: 'message',
        from: owner,
        text,
        ...answering(replyTo),
      })
    })
    .post('/commands', json, async (c) => {
      const { chat, id, words } = await read(c, asked)
      const room = chat === undefined ? rooms.management() : roomOf(rooms, chatId(chat))
      if (!room) throw noRoom()
      const base = { id: eventId(id), room, at: clock.now() }
      return tell(c, writing, { ...base, type: 'command', from: owner, words })
    })
    .post('/reads', json, async (c) => {
      const { chat, id } = await read(c, seen)
      const base = { id: eventId(id), room: roomOf(rooms, chatId(chat)), at: clock.now() }
      return tell(c, writing, { ...base, type: 'read', from: owner })
    })
    .post('/pictures', async (c) => {
      const { chat, id, name, replyTo } = check(sent, c.req.query())
      const room = roomOf(rooms, chatId(chat))
      if (!writing.sink()) throw stopping()
      const told = c.req.header('content-length')
      const body = c.req.raw.body
      if (!body) throw new Refusal(400, 'malformed', 'The file is empty. Nothing was sent.')
      const kept = await uploads.keep(id, body, told === undefined ? undefined : Number(told))
      const plain = plainName(name)
      const media = {
        id: mediaId(`${hub}/${id}`),
        source: hub,
        kind: kindOf(kept.mime),
        mime: kept.mime,
        bytes: kept.bytes,
        token: id,
        ...(plain && { name: plain }),
      }
      const base = { id: eventId(id), room, at: clock.now() }
      return tell(c, writing, {
        ...base,
        type: 'message',
        from: owner,
        media,
        ...answering(replyTo),
      })
    })
}

async function tell(c: Context, writing: Writing, event: HubEvent): Promise<Response> {
  const sink = writing.sink()
  if (!sink) throw stopping()
  try {
    // The page learns of a room a moment before the bridge has noted it; what came between would be for no chat.
    if ((await sink.shows?.(event.room)) === false) throw noRoom()
    await sink.event(event, JSON.stringify(event))
  } catch (error) {
    if (error instanceof Refusal) throw error
    writing.rejected(error)
    c.header('Retry-After', '2')
    throw new Refusal(
      503,
      'store',
      'The bridge cannot keep this right now, so it was not sent. It is safe to try again.',
    )
  }
  return c.json({ event: event.id })
}

async function read<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  let body: unknown
  try {
    body = await c.req.json()
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(400, 'malformed', 'This is not JSON. Nothing was sent.')
  }
  return check(schema, body)
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  const issue = checked.error.issues[0]
  if (issue?.code === 'too_big') {
    throw new Refusal(413, 'tooLarge', 'This text is too long. Nothing was sent; send it in parts.')
  }
  const where = issue?.path.length ? ` (${issue.path.join('.')})` : ''
  throw new Refusal(400, 'malformed', `The request is not as expected${where}. Nothing was sent.`)
}

function roomOf(rooms: Rooms, chat: ChatId): RoomId {
  const room = rooms.roomOf(chat)
  if (!room) throw noRoom()
  return room
}

const answering = (event: string | undefined): { replyTo?: EventId } =>
  event === undefined ? {} : { replyTo: eventId(event) }

const noRoom = () =>
  new Refusal(409, 'noRoom', 'This chat has no room yet, so nothing can be written in it.')
const stopping = () =>
  new Refusal(503, 'stopping', 'The bridge is starting or stopping. Nothing was sent; try again.')

function kindOf(mime: string): MediaKind {
  if (mime.startsWith('image/')) return 'image'
  return mime.startsWith('video/') ? 'video' : 'file'
}

/** The name the person's file has: no folders, nothing invisible. */
const plainName = (name: string | undefined): string =>
  (name ?? '')
    .toWellFormed()
    .replace(/^.*[/\\]/s, '')
    .replace(/\p{C}/gu, '')
    .trim()
    .slice(0, 200)
