import type { MediaKind } from '../../src/core/message.ts'
import { fileName } from './text.ts'

/** Words for media that came without a name. */
export type MediaWords = { readonly [K in MediaKind]: string }

/**
 * The name a medium is shown and saved by. WeChat's pictures, voices, videos and stickers have none, or one without an
 * ending: they get the ending of what their bytes are, by which a computer that saved them knows what to open them with.
 * A file keeps the name it was given, be it without an ending.
 */
export function mediaName(
  { kind, name }: { readonly kind: MediaKind; readonly name?: string },
  mime: string,
  words: MediaWords,
): string {
  const given = fileName(name, '')
  const ending = endings.get(mime.toLowerCase().split(';')[0]?.trim() ?? '')
  if (given && (kind === 'file' || hasEnding.test(given))) return given
  const bare = given || words[kind]
  return ending ? `${bare}.${ending}` : bare
}

const hasEnding = /\.(?=[a-z0-9]*[a-z])[a-z0-9]{2,5}$/i

const endings: ReadonlyMap<string, string> = new Map([
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
  ['image/bmp', 'bmp'],
  ['image/heic', 'heic'],
  ['image/avif', 'avif'],
  ['audio/mpeg', 'mp3'],
  ['audio/mp4', 'm4a'],
  ['audio/ogg', 'ogg'],
  ['audio/wav', 'wav'],
  ['audio/amr', 'amr'],
  ['audio/silk', 'silk'],
  ['video/mp4', 'mp4'],
  ['video/quicktime', 'mov'],
  ['video/webm', 'webm'],
  ['application/pdf', 'pdf'],
  ['application/zip', 'zip'],
  ['text/plain', 'txt'],
])
