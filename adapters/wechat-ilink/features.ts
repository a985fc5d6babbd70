import type { ConnectorFeatures } from '../../src/core/post.ts'

/** Largest media that is sent, in bytes. What is too large for its kind goes as a file. */
export interface Sizes {
  readonly maxImageBytes: number
  readonly maxVideoBytes: number
  readonly maxFileBytes: number
}

/** How fast is it written to at most? Instead of what holds for all connectors. */
export type Pace = NonNullable<ConnectorFeatures['pace']>

/** What this connector can do (`ecosystem §1.2`, `§1.3`). Voice goes as a file: sent as voice, nobody hears it. */
export function featuresOf(sizes: Sizes & { readonly pace?: Pace }): ConnectorFeatures {
  return {
    ids: 'stable',
    chats: ['friend'],
    contacts: false,
    recallEvents: false,
    text: 2000,
    media: {
      image: {
        maxBytes: sizes.maxImageBytes,
        mimes: ['image/jpeg', 'image/png', 'image/gif'],
        caption: 0,
      },
      video: { maxBytes: sizes.maxVideoBytes, mimes: ['video/mp4'], caption: 0 },
      file: { maxBytes: sizes.maxFileBytes, mimes: [], caption: 0 },
    },
    quote: false,
    recallMs: 0,
    oneChat: true,
    ...(sizes.pace && { pace: sizes.pace }),
    quota: { per: 'inbound', sends: 10, withinMs: 86_400_000 },
  }
}
