import type { Content, MediaRef } from './message.ts'
import { mediaOf } from './message.ts'
import { oneLine } from './one-line.ts'

const longestName = 40

/** What tells people apart must not be cut: two would have one name. The longest id of a hub has 255. */
const longestId = 300

/**
 * The name in front of what someone says through another's account (hostile text): `王五: `. One that has the hub's id of
 * them in it, as it looks like another's, is not cut short of it.
 */
export function nameLead(name: string | undefined, from: string): string {
  const longest = from.length > 2 && name?.includes(from) ? longestId : longestName
  return `${oneLine(name ?? '', longest) || oneLine(from, longestId)}: `
}

/** Stands in front of what a message was changed to. */
export const changedMark = '✏️ '

/** The same, led by some words. What has none of its own gets them, cut of blanks. */
export function led(content: Content, lead: string): Content {
  if (!lead) return content
  if (content.kind === 'text') {
    const { text, rich } = content
    return { ...content, text: `${lead}${text}`, ...(rich && { rich: [{ text: lead }, ...rich] }) }
  }
  if (!('media' in content)) return content
  const { caption } = content
  return { ...content, caption: caption ? `${lead}${caption}` : lead.trim() }
}

/** The words of a text, or those under media. */
export function wordsOf(content: Content): string {
  if (content.kind === 'text') return content.text
  return ('media' in content && content.caption) || ''
}

/** Does it say the same? */
export const isSame = (one: Content, other: Content): boolean =>
  one.kind === other.kind && wordsOf(one) === wordsOf(other) && isSameMedia(one, other)

/** Do both show the same bytes, or none? */
export function isSameMedia(one: Content, other: Content): boolean {
  const [a, b] = [mediaOf(one), mediaOf(other)]
  if (!a || !b) return a === b
  return bytesOf(a) === bytesOf(b)
}

const bytesOf = ({ source, id }: MediaRef): string => `${source} ${id}`
