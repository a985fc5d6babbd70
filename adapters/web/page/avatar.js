import { onKept } from './kept.js'
import { mediaUrl } from './net.js'
import { html, useEffect, useLayoutEffect, useState } from './preact.js'

const segmenter = new Intl.Segmenter()
/** Avatars that are not kept (yet): how often that was the answer, and when to ask again. */
const missing = new Map()
/** Those that arrived later: an address of their own makes the browser ask again. */
const late = new Set()
onKept((id) => {
  missing.delete(id)
  late.add(id)
})
const isMissing = (media) => (missing.get(media)?.until ?? 0) > Date.now()

/** A picture where there is one, else the first letter on a colour of one's own. */
export function Avatar({ id, name, media, kind = 'friend', src }) {
  const [, draw] = useState(0)
  useEffect(() => draw((n) => n + 1), [media])
  useLayoutEffect(() => onKept((id) => id === media && draw((n) => n + 1)), [media])
  const url = src ?? (media && !isMissing(media) ? urlOf(media) : undefined)
  return html`<span class=${`avatar ${kind}`} data-tint=${tint(id)} aria-hidden="true">
    <span>${letter(name)}</span>
    ${
      url &&
      html`<img src=${url} alt="" loading="lazy" onError=${() => {
        if (media) miss(media)
        draw((n) => n + 1)
      }} />`
    }
  </span>`
}

const urlOf = (media) => mediaUrl(media) + (late.has(media) ? '&late' : '')

function miss(media) {
  const times = (missing.get(media)?.times ?? 0) + 1
  missing.set(media, { times, until: Date.now() + 2000 * 4 ** Math.min(times, 6) })
}

function letter(name) {
  for (const { segment } of segmenter.segment(name.slice(0, 40))) {
    if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(segment)) return segment.toLocaleUpperCase()
  }
  return '·'
}

function tint(text = '') {
  let sum = 7
  for (const char of text) sum = (sum * 31 + char.codePointAt(0)) % 9973
  return sum % 8
}
