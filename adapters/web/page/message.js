import { Avatar } from './avatar.js'
import { command, forget } from './outbox.js'
import { Media } from './picture.js'
import { html } from './preact.js'
import { words } from './state.js'
import { clock, full } from './time.js'

/** One bubble. `first` and `last` of a run by one sender; `named` where names are worth showing. */
export function Message({ view, first, last, named, notice, onReply, onFind }) {
  const mine = view.who.type === 'me'
  const sides = `${mine ? 'mine' : 'theirs'} ${first ? 'first' : ''} ${last ? 'last' : ''}`
  const only = view.media && !view.text && !isQuote(view)
  return html`<article class=${`message ${sides}`} data-id=${view.id}>
    ${
      !mine &&
      html`<span class="side">
      ${first && html`<${Avatar} id=${view.who.id} name=${view.who.name} media=${view.who.avatar} />`}
    </span>`
    }
    <div class="body">
      ${first && named && !mine && html`<p class="name"><bdi>${view.who.name}</bdi></p>`}
      <div class="row">
        <div class=${`bubble ${only ? 'bare' : ''} ${view.recalled ? 'recalled' : ''} is-${view.kind}`}>
          ${isQuote(view) && html`<${Quote} look=${view.about} onFind=${onFind} />`}
          ${view.media && html`<${Media} media=${view.media} label=${view.line} />`}
          ${view.text && html`<p class="text" dir="auto"><${Text} text=${view.text} /></p>`}
        </div>
        ${
          view.event &&
          html`<button class="reply" onClick=${() => onReply(view)} aria-label=${words().reply}
          title=${words().reply}><${ReplyIcon} /></button>`
        }
      </div>
      <${Meta} view=${view} last=${last} notice=${notice} />
    </div>
  </article>`
}

/** What was written here and has not come back from the store. */
export function Pending({ entry, onEdit }) {
  const t = words()
  const state = { storing: t.storing, accepted: t.queued, waiting: t.waiting }[entry.state]
  return html`<article class="message mine first last pending">
    <div class="body">
      <div class="row">
        <div class=${`bubble ${entry.shown && !entry.text ? 'bare' : ''}`}>
          ${entry.replyTo && html`<${Quote} look=${entry.replyTo} onFind=${() => {}} />`}
          ${
            entry.shown &&
            (entry.file.type.startsWith('image/')
              ? html`<span class="picture"><img src=${entry.shown} alt=${t.picture} /></span>`
              : html`<span class="file"><span class="file-name">${entry.file.name}</span></span>`)
          }
          ${entry.text && html`<p class="text" dir="auto">${entry.text}</p>`}
        </div>
      </div>
      <p class=${`meta ${entry.state === 'refused' ? 'bad' : ''}`} role="status">
        ${
          state ??
          html`<span>${t.notKept}: ${entry.reason}</span>
          ${entry.text && html`<button class="link" onClick=${() => onEdit(entry)}>${t.edit}</button>`}
          <button class="link" onClick=${() => forget(entry)}>${t.remove}</button>`
        }
      </p>
    </div>
  </article>`
}

function Meta({ view, last, notice }) {
  const t = words()
  const { delivery } = view
  const bad = delivery === 'dead' || delivery === 'unknown' || notice?.notice === 'refused'
  if (!last && !bad && !view.recalled && delivery !== 'queued' && delivery !== 'sending') {
    return html`<time class="unseen">${full(view.at)}</time>`
  }
  const reason = notice?.detail || (notice?.notice === 'refused' ? notice.text : '')
  return html`<p class=${`meta ${bad ? 'bad' : ''}`}>
    ${view.recalled && html`<span class="mark">${t.recalled}</span>`}
    <time title=${full(view.at)}>${clock(view.at)}</time>
    ${(delivery === 'queued' || delivery === 'sending') && html`<span>${t[delivery]}</span>`}
    ${delivery === 'sent' && html`<span class="tick" title=${t.sent} aria-label=${t.sent}>✓</span>`}
    ${(delivery === 'dead' || delivery === 'unknown') && html`<span>${t[delivery]}</span>`}
    ${bad && reason && html`<span class="reason"><bdi>${reason}</bdi></span>`}
    ${
      bad &&
      view.resend !== undefined &&
      html`<button class="small" onClick=${() => command(['resend', String(view.resend)])}>
      ${t.again}
    </button>`
    }
  </p>`
}

const isQuote = (view) => view.about && view.kind !== 'recall' && view.kind !== 'notice'

export function Quote({ look, onFind }) {
  const name = look.who.type === 'me' ? words().mine : look.who.name
  return html`<button class="quote" onClick=${() => onFind(look.id)}>
    <strong><bdi>${name}</bdi></strong>
    <span><bdi>${look.line}</bdi></span>
  </button>`
}

/** Plain text with its web addresses as links; everything else literally. */
export function Text({ text }) {
  return text.split(/(https?:\/\/[^\s<>"'`，。；！？、（）《》“”]+)/).map((piece, i) => {
    if (i % 2 === 0 || !URL.canParse(piece)) return piece
    return html`<a href=${piece} target="_blank" rel="noopener noreferrer">${piece}</a>`
  })
}

const ReplyIcon = () => html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
  <path d="M10 7 5 12l5 5M5.5 12H14c3.5 0 5.5 2 5.5 6" />
</svg>`
