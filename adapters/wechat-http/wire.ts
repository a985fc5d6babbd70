import { z } from 'zod'

/**
 * The protocol in schemas: `docs/connector-http.md` in code. Fields that are not known are ignored, so that a gateway may
 * be newer than the bridge. What a schema cannot say as JSON Schema is not in one.
 */

const counted = (most: number) => z.string().max(most)

/** Opaque. WeChat's ids exceed 2^53: a number here would be somebody else. */
export const id = z
  .string({ error: ({ input }) => (typeof input === 'number' ? numbered : undefined) })
  .min(1)
  .max(256)
  .refine((text) => text.isWellFormed(), 'is not well-formed Unicode')
const numbered = 'is a number: ids are strings, write it in quotation marks'

/** Milliseconds since 1970. */
export const time = z
  .int({ error: 'must be a whole number of milliseconds since 1970' })
  .min(100_000_000_000, 'is too small for milliseconds since 1970: is it in seconds?')
  .max(8_640_000_000_000_000)

const name = counted(1000)
const text = counted(200_000)
const address = counted(8000)
const size = z.int().min(0).max(1_099_511_627_776)

/** Bytes to be had from the gateway: by `id` (`GET /v1/media/{id}`) or by `url`. */
export const media = z.object({
  id: id.optional(),
  url: address.optional(),
  mime: counted(200).optional(),
  name: name.optional(),
  bytes: size.optional(),
  width: size.optional(),
  height: size.optional(),
  ms: size.optional(),
})

export const contact = z.object({
  id,
  name: name.optional(),
  remark: name.optional(),
  nick: name.optional(),
  avatar: media.optional(),
})

export const chat = z.object({
  id,
  kind: z.enum(['friend', 'group', 'mp', 'self']),
  name: name.optional(),
  remark: name.optional(),
  avatar: media.optional(),
  member_count: size.optional(),
  muted: z.boolean().optional(),
  pinned: z.boolean().optional(),
  left: z.boolean().optional(),
})

const target = z.object({
  id: id.optional(),
  preview: text.optional(),
  who: name.optional(),
})

const medium = <K extends string>(kind: K) =>
  z.object({ kind: z.literal(kind), media, caption: text.optional() })

export const content = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('text'),
    text,
    mentions: z.array(z.object({ name, id })).max(500).optional(),
  }),
  medium('image'),
  medium('voice'),
  medium('video'),
  medium('file'),
  z.object({ kind: z.literal('sticker'), media: media.optional() }),
  z.object({
    kind: z.literal('location'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    label: name.optional(),
    poi: name.optional(),
  }),
  z.object({
    kind: z.literal('link'),
    title: name,
    url: address.optional(),
    description: text.optional(),
    source: name.optional(),
    thumb: media.optional(),
  }),
  z.object({
    kind: z.literal('mini_program'),
    title: name,
    app: name.optional(),
    url: address.optional(),
    thumb: media.optional(),
  }),
  z.object({
    kind: z.literal('card'),
    name,
    mp: z.boolean().optional(),
    alias: name.optional(),
    region: name.optional(),
    contact: id.optional(),
  }),
  z.object({ kind: z.literal('quote'), text, target }),
  z.object({ kind: z.literal('recall'), target, text: text.optional() }),
  z.object({ kind: z.literal('system'), text }),
  z.object({
    kind: z.literal('friend_request'),
    name,
    greeting: text.optional(),
    request: id,
  }),
  z.object({ kind: z.literal('red_packet'), greeting: text.optional() }),
  z.object({
    kind: z.literal('transfer'),
    amount: name.optional(),
    memo: text.optional(),
    phase: z.enum(['offered', 'taken', 'returned', 'unknown']).optional(),
  }),
  z.object({ kind: z.literal('other'), type: name, summary: text.optional() }),
])

export const from = z.union([z.enum(['me', 'system']), contact])

export const message = z.object({
  id,
  at: time,
  chat,
  from,
  client_id: id.optional(),
  mentions_me: z.boolean().optional(),
  content,
})

export const login = z.discriminatedUnion('state', [
  z.object({ state: z.literal('scan'), qr: counted(4000).min(1) }),
  z.object({ state: z.literal('scanned') }),
  z.object({ state: z.literal('online'), account: z.object({ id, name: name.optional() }) }),
  z.object({
    state: z.literal('offline'),
    reason: z.enum([
      'logged_out',
      'kicked',
      'refused',
      'expired',
      'cancelled',
      'unreachable',
      'starting',
    ]),
    detail: name.optional(),
  }),
])

export const event = z.discriminatedUnion('type', [
  z.object({ id, type: z.literal('message'), account: id, message }),
  z.object({ id, type: z.literal('chats'), account: id, chats: z.array(chat).max(20_000) }),
  z.object({
    id,
    type: z.literal('members'),
    account: id,
    chat: id,
    members: z.array(contact).max(20_000),
  }),
  z.object({ id, type: z.literal('read'), account: id, chat: id }),
  z.object({ id, type: z.literal('login'), login }),
])

const limit = z.object({ max_bytes: size, mimes: z.array(counted(200)).max(100).optional() })

export const capabilities = z.object({
  protocol: z.literal(1),
  events: z.enum(['push', 'pull']),
  login: z.boolean().optional(),
  chats: z.boolean().optional(),
  members: z.boolean().optional(),
  find: z.boolean().optional(),
  read: z.boolean().optional(),
  mentions: z.boolean().optional(),
  recall_ms: size.optional(),
  receives: z.array(z.enum(['media', 'recalls', 'quotes', 'members'])).optional(),
  chat_kinds: z.array(z.enum(['friend', 'group', 'mp', 'self'])).optional(),
  text: z.int().min(1).optional(),
  media_by: z.enum(['url', 'upload']).optional(),
  media: z
    .object({
      image: limit.optional(),
      voice: limit.optional(),
      video: limit.optional(),
      file: limit.optional(),
      sticker: limit.optional(),
    })
    .optional(),
})

/** What the bridge asks and what a gateway answers. */
export const sendRequest = z.object({
  client_id: id,
  account: id.optional(),
  chat: id,
  kind: z.enum(['text', 'image', 'voice', 'video', 'file', 'sticker']),
  text: text.optional(),
  mentions: z.array(id).optional(),
  media: media.optional(),
})
export const sendAnswer = z.object({ ids: z.array(id).min(1).max(20), at: time.optional() })
export const findAnswer = z.object({
  state: z.enum(['sent', 'absent', 'unknown']),
  ids: z.array(id).max(20).optional(),
  at: time.optional(),
})
export const recallRequest = z.object({ client_id: id, account: id.optional(), chat: id })
export const chatList = z.object({ chats: z.array(chat).max(20_000) })
export const memberList = z.object({ members: z.array(contact).max(20_000) })
export const eventList = z.object({ events: z.array(event).max(500), next: counted(1000) })
export const eventBatch = z.object({ events: z.array(event).max(500) })
export const loginRequest = z.object({ code: z.boolean().optional() })
export const batchAnswer = z.object({
  kept: z.int(),
  rejected: z.array(z.object({ index: z.int(), id: id.optional(), why: z.string() })),
})
/** What either side says when it will not. The status says which `error` it can be. */
export const refusal = z.object({ error: counted(100), message: counted(2000).optional() })
/** A body that says nothing. */
export const empty = z.object({})

export type WireMedia = z.infer<typeof media>
export type WireContact = z.infer<typeof contact>
export type WireChat = z.infer<typeof chat>
export type WireContent = z.infer<typeof content>
export type WireMessage = z.infer<typeof message>
export type WireLogin = z.infer<typeof login>
export type WireEvent = z.infer<typeof event>
export type Capabilities = z.infer<typeof capabilities>
export type SendRequest = z.infer<typeof sendRequest>
