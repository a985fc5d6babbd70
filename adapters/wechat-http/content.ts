import type { AccountId } from '../../src/core/ids.ts'
import type { Content, MediaKind, Target } from '../../src/core/message.ts'
import { contactOfWire } from './ids.ts'
import { mediaRef } from './media-ref.ts'
import { cleanName, cleanText, cleanUrl } from './text.ts'
import type { WireContent, WireMedia } from './wire.ts'

export interface ContentParts {
  readonly account: AccountId
  /** The gateway's own id of the message. */
  readonly message: string
  readonly mine: boolean
}

type OfKind<K extends WireContent['kind']> = WireContent & { readonly kind: K }
type Reader = (parts: ContentParts, content: never) => Content

/** What was said, in the bridge's terms. */
export function contentOf(parts: ContentParts, content: WireContent): Content {
  const read = readers[content.kind] as (parts: ContentParts, content: WireContent) => Content
  return read(parts, content)
}

const readers = {
  text: (_, { text }) => ({ kind: 'text', text: cleanText(text) }),
  image: medium,
  voice: medium,
  video: medium,
  file: medium,
  sticker: (parts, { media }) =>
    media ? medium(parts, { kind: 'sticker', media }) : { kind: 'bareSticker' },
  location: (_, { latitude, longitude, label, poi }) => ({
    kind: 'location',
    latitude,
    longitude,
    label: cleanName(label),
    poi: cleanName(poi),
  }),
  link: (parts, { title, url, description, source, thumb }) => ({
    kind: 'link',
    title: cleanName(title, 500),
    url: cleanUrl(url),
    ...named('description', cleanText(description)),
    ...named('source', cleanName(source)),
    ...picture(parts, thumb),
  }),
  mini_program: (parts, { title, app, url, thumb }) => ({
    kind: 'miniProgram',
    title: cleanName(title, 500),
    app: cleanName(app),
    url: cleanUrl(url),
    ...picture(parts, thumb),
  }),
  card: ({ account }, { name, mp, alias, region, contact }) => ({
    kind: 'card',
    name: cleanName(name),
    mp: mp === true,
    ...named('alias', cleanName(alias)),
    ...named('region', cleanName(region)),
    ...(contact !== undefined && { contact: contactOfWire(account, contact) }),
  }),
  quote: (_, { text, target }) => ({
    kind: 'quote',
    text: cleanText(text),
    target: targetOf(target),
  }),
  recall: ({ mine }, { text, target }) => ({
    kind: 'recall',
    target: targetOf(target),
    text: cleanText(text),
    // Without an id there is only the latest of whoever took it back.
    ...(target.id === undefined && { guess: mine ? 'mine' : 'sender' }),
  }),
  system: (_, { text }) => ({ kind: 'system', text: cleanText(text), changed: [] }),
  friend_request: (_, { name, greeting, request }) => ({
    kind: 'friendRequest',
    name: cleanName(name),
    greeting: cleanText(greeting),
    request,
  }),
  red_packet: ({ mine }, { greeting }) => ({
    kind: 'redPacket',
    greeting: cleanText(greeting),
    mine,
  }),
  transfer: (_, { amount, memo, phase }) => ({
    kind: 'transfer',
    amount: cleanName(amount),
    memo: cleanText(memo),
    phase: phase ?? 'unknown',
  }),
  other: (_, { type, summary }) => unread(type, summary),
} satisfies {
  readonly [K in WireContent['kind']]: (parts: ContentParts, content: OfKind<K>) => Content
} & Record<string, Reader>

/** What nobody here can read, by what it is called and what is said of it. */
export function unread(type: string | undefined, summary: string | undefined): Content {
  const words = cleanText(summary).slice(0, 2000).toWellFormed()
  return { kind: 'unsupported', type: cleanName(type, 60), summary: words }
}

function medium(
  { account, message }: ContentParts,
  content: {
    readonly kind: MediaKind
    readonly media: WireMedia
    readonly caption?: string | undefined
  },
): Content {
  const { kind } = content
  const media = mediaRef(account, `message/${message}`, kind, content.media)
  // It says that there is something, and not where.
  if (!media) return unread(kind, content.caption)
  return { kind, media, ...named('caption', cleanText(content.caption)) }
}

function picture({ account, message }: ContentParts, thumb: WireMedia | undefined) {
  const media = thumb && mediaRef(account, `thumb/${message}`, 'image', thumb)
  return media && { thumb: media }
}

function targetOf(target: OfKind<'quote'>['target']): Target {
  return {
    aliases: target.id === undefined ? [] : [target.id],
    preview: cleanText(target.preview),
    ...named('who', cleanName(target.who)),
  }
}

function named<N extends string>(name: N, text: string) {
  return (text === '' ? {} : { [name]: text }) as { readonly [K in N]?: string }
}
