import { html } from './preact.js'
import { words } from './state.js'

/** How many lines show what a folded history is about. */
const few = 3
/** A history is drawn at most this deep; the bridge's words say what is below. */
const deepest = 8

/** A merged chat history: folded, with its first lines; open, with all of them, and those within likewise. */
export function History({ title, lines }) {
  const t = words()
  return html`<details class="card-kind history">
    <summary>
      <strong><bdi>${title || t.kinds.history}</bdi></strong>
      ${lines.slice(0, few).map((line) => html`<span class="history-line"><bdi>${line.who}: ${line.text}</bdi></span>`)}
      <small>${t.kinds.history} · ${t.lines(lines.length)}</small>
    </summary>
    <${Lines} lines=${lines} depth=${0} />
  </details>`
}

function Lines({ lines, depth }) {
  return html`<ol>
    ${lines.map(
      (line) => html`<li>
        <p class="history-head"><bdi>${line.who}</bdi> <time>${line.at}</time></p>
        <p class="history-text" dir="auto">${line.text}
          ${/^https?:\/\//i.test(line.url ?? '') && html` <a href=${line.url} target="_blank" rel="noopener noreferrer">${line.url}</a>`}</p>
        ${line.lines?.length > 0 && depth < deepest && html`<${Lines} lines=${line.lines} depth=${depth + 1} />`}
      </li>`,
    )}
  </ol>`
}
