import type { ConnectorFeatures } from '../../src/core/post.ts'

/**
 * What most puppets can do; which of it holds, a puppet cannot say beforehand. Ids of one login only are no `session` ids to
 * the bridge: nobody matches them, each login has chats of its own.
 */
export function featuresOf({ maxFileBytes }: { readonly maxFileBytes: number }): ConnectorFeatures {
  const any = { maxBytes: maxFileBytes, mimes: [], caption: 0 }
  return {
    ids: 'stable',
    chats: ['friend', 'group', 'mp', 'self'],
    contacts: true,
    recallEvents: true,
    text: 2000,
    media: {
      image: { ...any, mimes: ['image/jpeg', 'image/png', 'image/bmp'] },
      sticker: { ...any, mimes: ['image/gif'] },
      video: { ...any, mimes: ['video/mp4'] },
      file: any,
    },
    quote: false,
    recallMs: 120_000,
    mentions: true,
  }
}
