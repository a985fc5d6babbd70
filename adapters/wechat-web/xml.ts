import { XMLParser } from 'fast-xml-parser'
import { breaks, emoji, unescapeOnce } from './text.ts'

/** A parsed element: an object of children and `@_` attributes, its text under `#text`; or text; or a list. */
export type Xml = unknown

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@_',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  htmlEntities: true,
  processEntities: {
    enabled: true,
    maxTotalExpansions: 1_000_000,
    maxExpandedLength: 10_000_000,
  },
  isArray: (name) => ['item', 'member', 'link', 'media', 'dataitem'].includes(name),
})

/** Longer documents are not messages. */
const maxLength = 2_000_000

/**
 * Parses the `Content` of an XML message, prefix already gone (protocol §5.4). One that was never escaped (as
 * `OriContent` usually is) is taken as it stands. Undefined: it is no XML.
 */
export function contentXml(wire: string): Xml | undefined {
  if (wire.length > maxLength) return undefined
  const plain = breaks(emoji(wire)).trimStart()
  return parseXml(plain.startsWith('<') ? plain : unescapeOnce(plain))
}

/**
 * Parses a document as it stands. Undefined: not XML, hostile (a DOCTYPE, an entity declaration), too long or
 * malformed beyond reading. Never throws.
 */
export function parseXml(document: string): Xml | undefined {
  const start = document.indexOf('<')
  if (start < 0 || document.length > maxLength) return undefined
  const body = document.slice(start)
  if (/<!(?:DOCTYPE|ENTITY)/i.test(body)) return undefined
  try {
    const parsed: unknown = parser.parse(body)
    return typeof parsed === 'object' && parsed !== null && Object.keys(parsed).length > 0
      ? parsed
      : undefined
  } catch {
    return undefined
  }
}

/** The element at a path of names; the first where there are several. Undefined: there is none. */
export function child(node: Xml, ...path: readonly string[]): Xml | undefined {
  let at: unknown = node
  for (const name of path) {
    at = Array.isArray(at) ? at[0] : at
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = (at as Record<string, unknown>)[name]
  }
  return Array.isArray(at) ? at[0] : at
}

/** All elements at a path of names, in order; of the names before the last the first each. */
export function children(node: Xml, ...path: readonly string[]): readonly Xml[] {
  const name = path.at(-1)
  const parent = child(node, ...path.slice(0, -1))
  if (name === undefined || typeof parent !== 'object' || parent === null) return []
  if (!Object.hasOwn(parent, name)) return []
  const found = (parent as Record<string, unknown>)[name]
  return Array.isArray(found) ? found : [found]
}

/** The text of the element or attribute (`@_name`) at a path; '' where there is none. */
export function xmlText(node: Xml, ...path: readonly string[]): string {
  const found = child(node, ...path)
  if (typeof found === 'string') return found
  const inner = typeof found === 'object' && found !== null ? child(found, '#text') : undefined
  return typeof inner === 'string' ? inner : ''
}
