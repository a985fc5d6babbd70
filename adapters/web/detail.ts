import type { Content, MediaRef } from '../../src/core/message.ts'
import type { Notice } from '../../src/core/notice.ts'

export interface MediaView {
  readonly id: string
  readonly kind: MediaRef['kind']
  readonly name?: string
  readonly bytes?: number
  readonly width?: number
  readonly height?: number
  /** Duration in milliseconds. */
  readonly ms?: number
}

/** Fields of a content or a notice as they are, with media as views of them. */
export type Detail = Readonly<Record<string, unknown>>

/**
 * What the page needs to draw a kind, beyond its words. References to bytes lose their tokens, which are nobody's
 * business in a browser.
 */
export function detailOf(content: Content): Detail | undefined {
  if (content.kind === 'notice') return noticeDetail(content.notice)
  if (plain.has(content.kind)) return undefined
  const { kind: _, ...fields } = content
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isMedia(value) ? mediaView(value) : value,
    ]),
  )
}

/** Notices that the page shows as more than words. */
const asked: ReadonlySet<Notice['type']> = new Set([
  'doubt',
  'settled',
  'held',
  'found',
  'requests',
])

function noticeDetail(notice: Notice): Detail | undefined {
  return asked.has(notice.type) ? { ...notice } : undefined
}

/** Kinds of which the page shows the words only. */
const plain: ReadonlySet<Content['kind']> = new Set([
  'text',
  'recall',
  'pat',
  'system',
  'note',
  'bareSticker',
  'liveLocation',
])

const isMedia = (value: unknown): value is MediaRef =>
  typeof value === 'object' && value !== null && 'token' in value && 'source' in value

export const mediaView = ({ id, kind, name, bytes, width, height, ms }: MediaRef): MediaView => ({
  id,
  kind,
  ...(name && { name }),
  ...(bytes !== undefined && { bytes }),
  ...(width !== undefined && { width }),
  ...(height !== undefined && { height }),
  ...(ms !== undefined && { ms }),
})
