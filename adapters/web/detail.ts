import { previewWords } from '../../src/core/content-words.ts'
import { historyText } from '../../src/core/history.ts'
import type { Content, HistoryLine, MediaRef } from '../../src/core/message.ts'
import type { Notice } from '../../src/core/notice.ts'
import type { Language } from '../../src/core/words.ts'

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
 * business in a browser; types get the word for them.
 */
export function detailOf(content: Content, language: Language): Detail | undefined {
  if (content.kind === 'notice') return noticeDetail(content.notice)
  if (plain.has(content.kind)) return undefined
  if (content.kind === 'quote') {
    const { text, target } = content
    return { text, target: { ...target, preview: previewWords(target, language) } }
  }
  if (content.kind === 'history') {
    return { title: content.title, lines: worded(content.lines, language) }
  }
  const { kind: _, ...fields } = content
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isMedia(value) ? mediaView(value) : value,
    ]),
  )
}

const worded = (lines: readonly HistoryLine[], language: Language): readonly HistoryLine[] =>
  lines.map((line) => ({
    ...line,
    text: historyText(line, language),
    ...(line.lines && { lines: worded(line.lines, language) }),
  }))

/** Notices that the page shows as more than words. */
const asked: ReadonlySet<Notice['type']> = new Set([
  'doubt',
  'settled',
  'held',
  'heldBack',
  'waiting',
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
