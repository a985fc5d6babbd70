import type { ConnectorFeatures } from '../../src/core/post.ts'

/** Largest media that is sent, in bytes. What is too large for its kind goes as a file. */
export interface SizeOptions {
  readonly maxImageBytes: number
  /** Default 20 MiB (protocol §7.3). */
  readonly maxVideoBytes?: number
  /** Default 100 MiB. */
  readonly maxFileBytes?: number
}

const mib = 1_048_576

/** What this connector can do. */
export function featuresOf(sizes: SizeOptions): ConnectorFeatures {
  const { maxImageBytes, maxVideoBytes = 20 * mib, maxFileBytes = 100 * mib } = sizes
  return {
    ids: 'session',
    chats: ['friend', 'group', 'mp', 'self'],
    contacts: true,
    recallEvents: true,
    text: 2000,
    media: {
      image: {
        maxBytes: maxImageBytes,
        mimes: ['image/jpeg', 'image/png', 'image/bmp'],
        caption: 0,
      },
      // Larger ones do not move any more, or do not arrive (protocol §7.3).
      sticker: { maxBytes: mib, mimes: ['image/gif'], caption: 0 },
      video: { maxBytes: maxVideoBytes, mimes: ['video/mp4'], caption: 0 },
      file: { maxBytes: maxFileBytes, mimes: [], caption: 0 },
    },
    quote: false,
    recallMs: 120_000,
  }
}
