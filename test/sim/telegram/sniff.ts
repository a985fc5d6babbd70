/** What the first bytes of a picture say of it. */
export interface Picture {
  readonly mime: string
  readonly width: number
  readonly height: number
}

/** Undefined: no picture that Telegram could open. */
export function pictureOf(bytes: Buffer): Picture | undefined {
  if (bytes.length < 12) return undefined
  const made = (mime: string, width: number, height: number) =>
    width > 0 && height > 0 ? { mime, width, height } : undefined
  if (bytes.readUInt32BE(0) === 0x89504e47 && bytes.length >= 24)
    return made('image/png', bytes.readUInt32BE(16), bytes.readUInt32BE(20))
  if (bytes.toString('latin1', 0, 4) === 'GIF8')
    return made('image/gif', bytes.readUInt16LE(6), bytes.readUInt16LE(8))
  if (bytes.toString('latin1', 0, 2) === 'BM' && bytes.length >= 26)
    return made('image/bmp', bytes.readUInt32LE(18), Math.abs(bytes.readInt32LE(22)))
  if (bytes.readUInt16BE(0) === 0xffd8) return jpeg(bytes)
  if (isWebp(bytes)) return webp(bytes)
  return undefined
}

function jpeg(bytes: Buffer): Picture | undefined {
  let at = 2
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at++
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) {
      const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)]
      return width > 0 && height > 0 ? { mime: 'image/jpeg', width, height } : undefined
    }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

function webp(bytes: Buffer): Picture | undefined {
  if (bytes.length < 30) return undefined
  const mime = 'image/webp'
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return {
        mime,
        width: bytes.readUInt16LE(26) & 0x3fff,
        height: bytes.readUInt16LE(28) & 0x3fff,
      }
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return { mime, width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { mime, width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}

const isWebp = (bytes: Buffer): boolean =>
  bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP'

/** What a sticker is by its bytes. Undefined: it is none. */
export function stickerOf(bytes: Buffer): 'static' | 'animated' | 'video' | undefined {
  if (isWebp(bytes)) return 'static'
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'animated'
  return bytes.length >= 4 && bytes.readUInt32BE(0) === 0x1a45dfa3 ? 'video' : undefined
}

/** Can this be a voice message: Opus in Ogg, MP3 or M4A? */
export function voiceOf(bytes: Buffer): 'audio/ogg' | 'audio/mpeg' | 'audio/mp4' | undefined {
  if (bytes.toString('latin1', 0, 4) === 'OggS')
    return bytes.subarray(0, 64).includes('OpusHead') ? 'audio/ogg' : undefined
  if (bytes.toString('latin1', 4, 8) === 'ftyp') return 'audio/mp4'
  const isMp3 =
    bytes.toString('latin1', 0, 3) === 'ID3' ||
    (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2)
  return isMp3 ? 'audio/mpeg' : undefined
}
