import type { HubFeatures } from '../../src/core/post.ts'
import type { Outlet } from '../../src/ports/outlet.ts'

const any = { maxBytes: 1024 ** 3, mimes: [], caption: 20_000 }

/** The page shows whatever is in the store; these limits only keep `fit` from cutting anything. */
export const features: HubFeatures = {
  rooms: 'create',
  speakers: 'ghost',
  text: { limit: 20_000, format: 'plain' },
  media: { image: any, voice: any, video: any, file: any, sticker: any },
  reply: true,
  redact: false,
  location: true,
}

export const rate: Outlet<never>['rate'] = {
  concurrency: 8,
  lane: { count: 1000, perMs: 1000 },
  bucket: { count: 1000, perMs: 1000 },
}
