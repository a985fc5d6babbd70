import { askOf } from './asks.js'
import { Avatar } from './avatar.js'
import { Content, isBare } from './content.js'
import { Acts } from './letters.js'
import { forget } from './outbox.js'
import { html } from './preact.js'
import { linkTo, management, words } from './state.js'
import { clock, full } from './time.js'

/** One bubble. `first` and `last` of a run by one sender; `named` where names are worth showing. */
export function Message({ view, first, last, named, notice, onReply, onFind }) {
  const mine = view.who.type === 'me'
  const sides = `${mine ? 'mine' : 'theirs'} ${first ? 'first' : ''} ${last ? 'last' : ''}`
  const only = isBare(view) && !isQuote(view)
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
          ${
            isQuote(view)
              ? html`<${Quote} look=${view.about} onFind=${onFind} />`
              : html`<${FarQuote} view=${view} />`
          }
          ${askOf(view) ?? html`<${Content} view=${view} />`}
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
  const storing = entry.percent > 0 && entry.percent < 100 ? t.uploading(entry.percent) : t.storing
  const state = { storing, accepted: t.queued, waiting: t.waiting }[entry.state]
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
  const open = delivery === 'dead' || delivery === 'unknown' || delivery === 'held'
  // What was given up has no delivery any more; what the bridge said about it stays.
  const dropped = !delivery && (notice?.notice === 'notSent' || notice?.notice === 'heldBack')
  const bad = open || dropped || notice?.notice === 'refused'
  if (!last && !bad && !view.recalled && delivery !== 'queued' && delivery !== 'sending') {
    return html`<time class="unseen">${full(view.at)}</time>`
  }
  const reason = dropped ? '' : reasonOf(notice)
  return html`<div class=${`meta ${bad ? 'bad' : ''}`}>
    ${view.recalled && html`<span class="mark">${t.recalled}</span>`}
    <time title=${full(view.at)}>${clock(view.at)}</time>
    ${(delivery === 'queued' || delivery === 'sending') && html`<span>${t[delivery]}</span>`}
    ${
      notice?.notice === 'held' &&
      html`<span class="held">${t.heldText}</span> <a class="link" href=${linkTo(management)}>${t.answer}</a>`
    }
    ${delivery === 'sent' && html`<span class="tick" title=${t.sent} aria-label=${t.sent}>✓</span>`}
    ${open && html`<span>${t[delivery]}</span>`}
    ${dropped && html`<span>${t.dropped}</span>`}
    ${reason && html`<span class="reason"><bdi>${reason}</bdi></span>`}
    ${
      open &&
      view.resend !== undefined &&
      html`<${Acts} key=${view.resend} seq=${view.resend} how=${delivery} about=${view.line.slice(0, 40)} />`
    }
  </div>`
}

/** Why it is not sent, or not yet, in the page's words where it has some. */
function reasonOf(notice) {
  const t = words()
  if (notice?.notice === 'heldBack') return t.heldWhy[notice.more?.why] ?? ''
  if (notice?.notice === 'waiting') {
    const { why, when } = notice.more?.wait ?? {}
    return t.waits[why]?.(when?.at ?? '') ?? ''
  }
  return notice?.detail || (notice?.notice === 'refused' ? notice.text : '')
}

const isQuote = (view) => view.about && view.kind !== 'recall' && view.kind !== 'notice'

export function Quote({ look, onFind }) {
  const name = look.who.type === 'me' ? words().mine : look.who.name
  return html`<button class="quote" onClick=${() => onFind(look.id)}>
    <strong><bdi>${name}</bdi></strong>
    <span><bdi>${look.line}</bdi></span>
  </button>`
}

/** What is quoted and was never seen here: the words the answer itself brought. */
function FarQuote({ view }) {
  const { preview, who } = view.more?.target ?? {}
  if (view.kind !== 'quote' || !(preview || who)) return null
  return html`<blockquote class="quote far">
    ${who && html`<strong><bdi>${who}</bdi></strong>`}
    <span><bdi>${preview}</bdi></span>
  </blockquote>`
}

const ReplyIcon = () => html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
  <path d="M10 7 5 12l5 5M5.5 12H14c3.5 0 5.5 2 5.5 6" />
</svg>`
