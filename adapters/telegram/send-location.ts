import { oneLine } from '../../src/core/one-line.ts'
import type { Body } from '../../src/core/post.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import { leavingOut } from './destination.ts'
import { leadOf, led } from './lead.ts'
import type { Parts } from './parts.ts'
import type { Located } from './places.ts'
import { postWords } from './post-words.ts'
import { type Landed, receiptOf } from './receipt.ts'

const longest = 200

type LocationBody = Extract<Body, { readonly kind: 'location' }>

/** Posts a place on the map: who leads is its title, what it is called stands below; else that and its coordinates. */
export async function sendLocation(
  { api, voice }: Pick<Parts, 'api' | 'voice'>,
  post: RoomPost,
  { latitude, longitude, label }: LocationBody,
  place: Located,
  signal: AbortSignal,
): Promise<Landed> {
  const { language } = voice
  const lead = led(leadOf(post, place, language), [], longest).map((run) => run.text)
  const name = oneLine(label, longest) || postWords(language).place
  const degrees = `${latitude.toFixed(6)}, ${longitude.toFixed(6)}`
  const [title, address] = lead.length ? [lead.join(''), name] : [name, degrees]
  const message = await leavingOut(post, place, undefined, (common) =>
    api.call('sendVenue', { ...common, latitude, longitude, title, address }, signal, {
      delivering: true,
    }),
  )
  return receiptOf(message)
}
