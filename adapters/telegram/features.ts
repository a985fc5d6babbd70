import type { HubFeatures } from '../../src/core/post.ts'

const mb = 1024 * 1024
/** In UTF-16 units, after entities (ecosystem §2.1). */
const textLimit = 4096
const captionLimit = 1024

/** The largest file a bot may post, in bytes (ecosystem §2.1). `large`: as below. */
export const mostPosted = (large: boolean): number => (large ? 2000 : 50) * mb

/** What a bot may post (ecosystem §2.1). `large`: through a local Bot API server, which takes larger files. */
export function featuresOf(large: boolean): HubFeatures {
  const file = { maxBytes: mostPosted(large), mimes: [], caption: captionLimit }
  return {
    rooms: 'create',
    speakers: 'lead',
    text: { limit: textLimit, format: 'html' },
    // A larger picture goes as a file.
    media: { image: { ...file, maxBytes: 10 * mb }, sticker: file, voice: file, video: file, file },
    reply: true,
    redact: true,
    location: true,
    buttons: true,
    edits: true,
    shared: true,
    merges: true,
    commandPrefix: '/',
  }
}
