/** Text as the server delivers it: escaped once, newlines as `<br/>`, emoji as spans (protocol §5.4). */
export function wireText(text: string): string {
  return spans(escaped(text).replaceAll('\n', '<br/>'))
}

/** A name, title or signature as the server delivers it (protocol §3.2, §3.8). */
export function wireName(name: string): string {
  return spans(escaped(name))
}

/** A whole XML document as it stands in Content: escaped once, with raw emoji spans even inside attributes. */
export function wireXml(xml: string): string {
  return wireText(xml)
}

/** XML the server does not escape, as the OriContent of locations (protocol §5.1): only the emoji are spans. */
export function wireRaw(xml: string): string {
  return spans(xml)
}

/** A value inside an XML document. */
export function xmlValue(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function escaped(text: string): string {
  return xmlValue(text).replaceAll("'", '&#39;')
}

/**
 * Replaces what the server replaces: flags, keycaps, and single emoji up to U+1F8FF; newer ones travel as they
 * are, the variation selector is lost, a joiner stays between the spans (protocol §3.8).
 */
function spans(text: string): string {
  return text.replace(EMOJI, (found) => {
    const points = [...found.replaceAll(VARIATION, '')].map((char) => char.codePointAt(0) ?? 0)
    return `<span class="emoji emoji${points.map((point) => point.toString(16)).join('')}"></span>`
  })
}

const VARIATION = '\u{FE0F}'
const EMOJI =
  /[\u{1F1E6}-\u{1F1FF}]{2}|[0-9#*]\u{FE0F}?\u{20E3}|[\u{2600}-\u{27BF}\u{2B05}-\u{2B55}\u{1F300}-\u{1F8FF}]\u{FE0F}?/gu
