import { Do } from './asks.js'
import { cards } from './cards.js'
import { Media } from './picture.js'
import { Video, Voice } from './player.js'
import { html } from './preact.js'
import { words } from './state.js'

/** What a message says or shows, whatever its kind; also that of one that was recalled. */
export function Content({ view }) {
  const Card = view.more && cards[view.kind]
  const text = view.kind === 'quote' ? view.more.text : Card ? '' : view.text
  return html`
    ${view.media && html`<${Shown} view=${view} />`}
    ${Card && html`<${Card} ...${view.more} look=${view} />`}
    ${
      text &&
      html`<p class=${`text ${view.kind === 'throw' ? 'large' : ''}`} dir="auto"><${Text} text=${text} /></p>`
    }
  `
}

/** Shown without a bubble around it: a picture, or a card of its own. */
export const isBare = (view) =>
  !view.text && !view.missing && ['image', 'sticker', 'video'].includes(view.kind)

function Shown({ view }) {
  const { kind, line, media, missing, more } = view
  if (missing) return html`<${Missing} view=${view} />`
  if (kind === 'voice') return html`<${Voice} key=${media.id} media=${media} />`
  if (kind === 'video') {
    return html`<${Video} key=${media.id} media=${media} poster=${more?.poster} name=${media.name} />`
  }
  return html`<${Media} media=${media} label=${line} via=${more?.via} />`
}

/** Bytes that could not be had: why, and a way to ask again. */
function Missing({ view }) {
  const t = words()
  const what = view.media.name || t.kinds[view.media.kind]
  return html`<p class="missing" role="status">
    <span><bdi>${view.missing === 'pruned' ? t.pruned(what) : t.missing(what, t.causes[view.missing] ?? view.missing)}</bdi></span>
    <${Do} list=${['fetch', view.id]} label=${t.fetchAgain} />
  </p>`
}

/** Plain text with its web addresses as links; everything else literally. */
export function Text({ text }) {
  return text.split(/(https?:\/\/[^\s<>"'`，。；！？、（）《》“”]+)/).map((piece, i) => {
    if (i % 2 === 0 || !URL.canParse(piece)) return piece
    return html`<a href=${piece} target="_blank" rel="noopener noreferrer">${piece}</a>`
  })
}
