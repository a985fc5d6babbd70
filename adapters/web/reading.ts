import { Hono } from 'hono'
import { isOurs, management } from '../../src/core/chat.ts'
import type { HubId } from '../../src/core/ids.ts'
import { chatId } from '../../src/core/ids.ts'
import type { Language } from '../../src/core/words.ts'
import type { Archive, Archived } from '../../src/ports/archive.ts'
import { letterView } from './letters.ts'
import type { Live } from './live.ts'
import { Refusal } from './refusal.ts'
import type { Rooms } from './rooms.ts'
import { chatView, type View, viewOf } from './view.ts'

export interface Reading {
  readonly hub: HubId
  readonly archive: Archive
  readonly rooms: Rooms
  readonly live: Live
  state(language: Language): Promise<object>
  languageOf(asked: string | undefined, accepted: string | undefined): Language
}

/** The private read routes: `state`, `chats`, `messages` and `letters` by page, and `live`. */
export function readingRoutes(reading: Reading): Hono {
  const { archive, hub, rooms } = reading
  const language = (c: {
    req: { query(name: string): string | undefined; header(name: string): string | undefined }
  }) => reading.languageOf(c.req.query('language'), c.req.header('accept-language'))
  return new Hono()
    .get('/state', async (c) => c.json(await reading.state(language(c))))
    .get('/chats', async (c) => {
      const entries = await archive.chats()
      const shown = entries.filter((entry) => !isOurs(entry.chat))
      const voiced = { hub, language: language(c) }
      return c.json(
        shown.map((entry) => chatView(entry, { ...voiced, portal: rooms.portalOf(entry.chat.id) })),
      )
    })
    .get('/messages', async (c) => {
      const chat = chatId(c.req.query('chat') ?? '')
      const limit = wholeNumber(c.req.query('limit'), 50)
      const before = wholeNumber(c.req.query('before'), undefined)
      if (!(await archive.chat(chat)) && chat !== management.id) {
        throw new Refusal(404, 'missing', 'There is no such chat.')
      }
      const found = await archive.messages(chat, Math.min(Math.max(limit, 1), 200), before)
      return c.json(found.map((one) => view(reading, one, language(c))))
    })
    .get('/letters', async (c) => {
      const limit = wholeNumber(c.req.query('limit'), 50)
      const before = wholeNumber(c.req.query('before'), undefined)
      const found = await archive.deadLetters(Math.min(Math.max(limit, 1), 200), before)
      const into = language(c)
      return c.json(await Promise.all(found.map((one) => letterView(one, reading, into))))
    })
    .get('/live', (c) =>
      c.body(reading.live.connect(language(c)), 200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'X-Accel-Buffering': 'no',
      }),
    )
}

export const view = (
  { hub, rooms }: Pick<Reading, 'hub' | 'rooms'>,
  archived: Archived,
  language: Language,
): View => viewOf(archived, { hub, language, portal: rooms.portalOf(archived.message.chat) })

function wholeNumber<T>(text: string | undefined, otherwise: T): number | T {
  if (text === undefined) return otherwise
  if (!/^\d{1,15}$/.test(text)) throw new Refusal(400, 'malformed', 'This is not a number.')
  return Number(text)
}
