import { Content } from './content.js'
import { html } from './preact.js'
import { words } from './state.js'
import { exact } from './time.js'

/** A recall as a slip of paper: who took back what, when, and the original again. */
export function Recall({ view, onFind }) {
  const t = words()
  const original = view.about
  const nameOf = (who) => (who.type === 'me' ? t.mine : who.name)
  const isOther =
    original && (original.who.type !== view.who.type || original.who.id !== view.who.id)
  const heading = isOther
    ? t.recallsOf(nameOf(view.who), nameOf(original.who))
    : t.recalls(nameOf(view.who))
  const recalled = exact(view.at, view.at)
  return html`<article class="recall" data-id=${view.id}>
    <header>
      <${Arrow} />
      <strong><bdi>${heading}</bdi></strong>
    </header>
    <p class="recall-times">
      ${original ? t.recallTimes(exact(original.at, view.at), recalled) : t.recallTime(recalled)}
    </p>
    ${
      original
        ? html`<blockquote>
          <${Content} view=${original} />
          <button class="link find" onClick=${() => onFind(original.id)}>${t.showOriginal}</button>
        </blockquote>`
        : html`<p class="recall-unknown">${t.recallUnknown}</p>`
    }
  </article>`
}

const Arrow = () => html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
  <path d="M9 6 4 11l5 5M4.5 11H14a5.5 5.5 0 0 1 0 11h-3" />
</svg>`
