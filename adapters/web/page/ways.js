import { get } from './net.js'
import { html, useState } from './preact.js'
import { state, words } from './state.js'

/** The ways into WeChat beside each other, fetched when somebody wants to see them. */
export function Ways() {
  const t = words()
  const [table, setTable] = useState()
  const open = async (event) => {
    if (!event.target.open || table) return
    setTable(await get('ways', { language: state.server.language }).catch(() => undefined))
  }
  return html`<section class="card ways">
    <details onToggle=${open}>
      <summary><h3>${t.ways}</h3></summary>
      <p class="hint">${t.waysText}</p>
      ${
        table &&
        html`<div class="wide"><table>
          <thead><tr><th></th>${table.names.map((name) => html`<th key=${name} scope="col"><code>${name}</code></th>`)}</tr></thead>
          <tbody>${table.rows.map(
            ({ what, cells }) =>
              html`<tr key=${what}><th scope="row">${what}</th>${cells.map((cell, at) => html`<td key=${at}>${cell}</td>`)}</tr>`,
          )}</tbody>
        </table></div>`
      }
    </details>
  </section>`
}
