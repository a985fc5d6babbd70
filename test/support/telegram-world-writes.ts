import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Message } from '@grammyjs/types'
import sharp from 'sharp'
import { findFfmpeg } from '../../adapters/convert/ffmpeg.ts'
import type { Delivered, DeliveredType } from '../../src/sandbox/sandbox.ts'
import { sample } from '../../src/sandbox/share-files.ts'
import type { Saying, SimFile, SimMediaKind, SimUser } from '../sim/telegram/sim.ts'
import { sha } from './telegram-world-seen.ts'

/** A chat as its owner writes in it. */
export interface Desk {
  readonly user: SimUser
  readonly chat: number
  /** What makes it that chat: a topic, or an answer to something of it. */
  readonly how: Saying
}

/** What arrives in WeChat. */
export interface Arrival {
  readonly type: DeliveredType
  readonly text?: string | RegExp
  /** Its very bytes. */
  readonly bytes?: Uint8Array
  /** How its bytes begin, where they are made from others. */
  readonly magic?: string
}

/** Something a person does in Telegram, and what comes of it in WeChat. */
export interface Writing {
  readonly name: string
  does(desk: Desk): Promise<unknown>
  readonly arrives: readonly Arrival[]
  /** What the person is told where nothing arrives. */
  readonly refused?: RegExp
}

const fixture = (name: string) =>
  readFile(new URL(`../adapters/convert/fixtures/${name}`, import.meta.url))
const cat = sample('cat.png')
const sea = sample('sea.jpg')
const mountain = sample('mountain.jpg')
const clip = sample('clip.mp4')
const song = sample('voice.mp3')
const pdf = sample('list.pdf')
const gif = sample('wave.gif')
const webp = await sharp({
  create: { width: 64, height: 48, channels: 4, background: { r: 9, g: 99, b: 200, alpha: 0.5 } },
})
  .webp()
  .toBuffer()
const png = '89504e47'
const movesOn = (await findFfmpeg()) !== undefined

const linked = 'see docs and\nconst a = 1'
const entities: Message['entities'] = [
  { type: 'bold', offset: 0, length: 3 },
  { type: 'text_link', offset: 4, length: 4, url: 'https://example.org/docs?a=1&b=2' },
  { type: 'pre', offset: 13, length: 11 },
]

const sent = (
  name: string,
  kind: SimMediaKind,
  file: SimFile,
  ...arrives: readonly Arrival[]
): Writing => ({
  name,
  does: ({ user, chat, how }) => user.sends(chat, kind, file, how),
  arrives,
})

/** One of each kind that Telegram has. */
export const writings: readonly Writing[] = [
  {
    name: 'text with markup',
    does: ({ user, chat, how }) => user.says(chat, linked, { ...how, entities }),
    arrives: [
      { type: 'text', text: 'see docs (https://example.org/docs?a=1&b=2) and\nconst a = 1' },
    ],
  },
  {
    name: 'hostile text',
    does: ({ user, chat, how }) => user.says(chat, '<b>x</b> &amp; [a](b) 🙂', how),
    arrives: [{ type: 'text', text: '<b>x</b> &amp; [a](b) 🙂' }],
  },
  sent('a photo', 'photo', { bytes: cat }, { type: 'image', bytes: cat }),
  {
    name: 'a photo with words',
    does: ({ user, chat, how }) =>
      user.sends(chat, 'photo', { bytes: sea }, { ...how, caption: '海边' }),
    arrives: [
      { type: 'image', bytes: sea },
      { type: 'text', text: '海边' },
    ],
  },
  {
    name: 'an album',
    does: ({ user, chat, how }) =>
      user.album(
        chat,
        [
          { kind: 'photo', file: { bytes: mountain }, caption: '三张' },
          { kind: 'video', file: { bytes: clip, duration: 2 } },
          { kind: 'photo', file: { bytes: cat } },
        ],
        how,
      ),
    arrives: [
      { type: 'image', bytes: mountain },
      { type: 'video', bytes: clip },
      { type: 'image', bytes: cat },
      { type: 'text', text: '三张' },
    ],
  },
  sent('a video', 'video', { bytes: clip, duration: 2 }, { type: 'video', bytes: clip }),
  sent('a round video', 'video_note', { bytes: clip }, { type: 'video', bytes: clip }),
  sent(
    'a recording',
    'voice',
    { bytes: await fixture('voice.ogg'), duration: 3 },
    { type: 'file', text: /^voice-\d{8}-\d{6}\.mp3$/, magic: 'ff' },
  ),
  sent(
    'a song',
    'audio',
    { bytes: song, name: 'song.mp3', duration: 3 },
    { type: 'file', text: 'song.mp3', bytes: song },
  ),
  sent(
    'a file',
    'document',
    { bytes: pdf, name: '合同 <终>.pdf', mime: 'application/pdf' },
    { type: 'file', text: '合同 <终>.pdf', bytes: pdf },
  ),
  sent('an animation', 'animation', { bytes: clip }, { type: 'video', bytes: clip }),
  sent(
    'an animation that is a GIF',
    'animation',
    { bytes: gif, mime: 'image/gif' },
    { type: 'sticker', bytes: gif },
  ),
  sent(
    'a sticker',
    'sticker',
    { bytes: webp, sticker: 'static', emoji: '😀' },
    { type: 'image', magic: png },
  ),
  sent(
    'an animated sticker',
    'sticker',
    { bytes: gzipSync('{"v":"5.5.2"}'), sticker: 'animated', emoji: '😀' },
    { type: 'image', magic: png },
    { type: 'text', text: '[Animated sticker 😀]' },
  ),
  sent(
    'a video sticker',
    'sticker',
    { bytes: await fixture('moving.webm'), sticker: 'video', emoji: '😀' },
    ...(movesOn
      ? ([{ type: 'sticker', magic: '47494638' }] as const)
      : ([
          { type: 'image', magic: png },
          { type: 'text', text: '[Animated sticker 😀]' },
        ] as const)),
  ),
  {
    name: 'a location',
    does: ({ user, chat, how }) =>
      user.gives(chat, { location: { latitude: 30.25, longitude: 120.13 } }, how),
    arrives: [{ type: 'text', text: /^https:\/\/apis\.map\.qq\.com\/\S+30\.25,120\.13/ }],
  },
  {
    name: 'a venue',
    does: ({ user, chat, how }) => {
      const location = { latitude: 30.25, longitude: 120.13 }
      return user.gives(chat, { venue: { location, title: '断桥', address: '北山街 1 号' } }, how)
    },
    arrives: [{ type: 'text', text: /^📍 断桥\n北山街 1 号\nhttps:\/\/apis\.map\.qq\.com\// }],
  },
  {
    name: 'a contact',
    does: ({ user, chat, how }) =>
      user.gives(chat, { contact: { first_name: '王', phone_number: '+86 1' } }, how),
    arrives: [{ type: 'text', text: '👤 王\n+86 1' }],
  },
  {
    name: 'a poll',
    does: ({ user, chat, how }) => user.gives(chat, { poll }, how),
    arrives: [],
    refused: /^(?:.* · )?Was not sent: .*\(poll\)/,
  },
  {
    name: 'dice',
    does: ({ user, chat, how }) => user.gives(chat, { dice: { emoji: '🎲', value: 3 } }, how),
    arrives: [],
    refused: /^(?:.* · )?Was not sent: .*\(dice\)/,
  },
]

const poll = {
  ...{ allows_revoting: false, members_only: false },
  ...{ id: '1', question: 'When?', options: [], total_voter_count: 0, type: 'regular' },
  ...{ is_closed: false, is_anonymous: true, allows_multiple_answers: false },
} as NonNullable<Message['poll']>

/** What is wrong with an arrival, in words; undefined: nothing. */
export function mismatch(got: Delivered | undefined, want: Arrival): string | undefined {
  if (!got) return 'nothing arrived'
  const bytes = got.bytes ?? new Uint8Array()
  const words = got.type === 'text' ? got.text : got.text || (got.name ?? '')
  const isText =
    want.text === undefined ||
    (typeof want.text === 'string' ? want.text === words : want.text.test(words))
  const isBytes = want.bytes === undefined || sha(want.bytes) === sha(bytes)
  const isMade =
    want.magic === undefined || Buffer.from(bytes).toString('hex').startsWith(want.magic)
  if (got.type === want.type && isText && isBytes && isMade) return undefined
  const begins = Buffer.from(bytes.subarray(0, 8)).toString('hex')
  return `${got.type} ${JSON.stringify(words)} ${bytes.length} bytes ${begins}`
}
