import { askOf } from './asks.js'
import { Avatar } from './avatar.js'
import { Letters } from './letters.js'
import { post } from './net.js'
import { command } from './outbox.js'
import { html, useState } from './preact.js'
import { changed, linkTo, management, state, words } from './state.js'
import { brief, clock, full } from './time.js'
import { Ways } from './ways.js'

/** The bridge's own pane: the account, the line, and what the bridge said. */
export function Bridge() {
  const t = words()
  const { server } = state
  return html`<section class="talk bridge">
    <header class="head">
      <a class="back" href=${linkTo('')} aria-label=${t.back}>‹</a>
      <img class="avatar" src="mark.svg" alt="" />
      <div class="head-text"><h2>${t.bridge}</h2></div>
    </header>
    <div class="panel">
      <${Account} login=${server.login} />
      <${Letters} />
      <section class="card">
        <h3>${t.line}</h3>
        <div class="numbers">
          <p><b>${server.depth.queued}</b> ${t.lineText(server.depth.queued)}</p>
          <p class=${server.depth.dead ? 'bad' : ''}><b>${server.depth.dead}</b> ${t.deadText(server.depth.dead)}</p>
        </div>
        ${!server.depth.queued && !server.depth.dead && html`<p class="hint">${t.allWell}</p>`}
        <${Flow} flow=${server.flow ?? {}} />
        <${Parts} detail=${server.health.detail} />
      </section>
      <${Doors} doors=${server.doors ?? []} />
      <${Notices} />
      <${Ways} />
      <section class="card">
        <h3>${t.thisPage}</h3>
        <p class="hint">${t.lockText}</p>
        <button class="button" onClick=${lock}>${t.lock}</button>
      </section>
    </div>
  </section>`
}

/** Nobody needs to be told of what goes out within this, in milliseconds. */
const soon = 30_000

function Flow({ flow: { pausedUntil, emptyAt } }) {
  const t = words()
  return html`${pausedUntil && html`<p class="hint">${t.pausedUntil(clock(pausedUntil))}</p>`}
    ${emptyAt > Date.now() + soon && html`<p class="hint">${t.emptyAt(when(emptyAt))}</p>`}`
}

function Account({ login }) {
  const t = words()
  const door = login.door ? [login.door] : []
  const of = login.door && html`<p class="hint">${t.door(login.door)}</p>`
  const [sure, setSure] = useState(false)
  if (login.state === 'scan') {
    return html`<section class="card login">
      <h3>${t.scanTitle}</h3>
      ${of}
      ${login.code ? html`<img class="code" src=${login.code} alt=${login.qr} />` : html`<p class="code-text">${login.qr}</p>`}
      <p>${t.scanText}</p>
      <p class="hint">${t.scanAttempt(login.attempt)}</p>
    </section>`
  }
  if (login.state === 'scanned') {
    return html`<section class="card login" role="status">
      <h3>${login.asked ? t.askedTitle : t.scanned}</h3>
      <${Avatar} id="me" name=${t.mine} src=${login.avatar} />
      ${of}
      ${
        login.verify
          ? html`<${PhoneNumber} door=${door} />`
          : html`<p>${login.asked ? t.askedText : t.scannedText}</p>`
      }
      ${login.asked && html`<${CodeInstead} door=${door} />`}
    </section>`
  }
  if (login.state === 'online') {
    return html`<section class="card account">
      <${Avatar} id="me" name=${login.name} media=${login.avatar} />
      <div>
        <h3><bdi>${login.name}</bdi></h3>
        <p class="state online"><span class="lamp"></span>${t.online}</p>
        ${of}
      </div>
      ${
        sure
          ? html`<div class="sure" role="alertdialog" aria-label=${t.logout}>
            <p>${t.logoutSure}</p>
            <button class="button danger" onClick=${() => {
              setSure(false)
              void command(['logout', ...door])
            }}>${t.logout}</button>
            <button class="button" onClick=${() => setSure(false)}>${t.cancel}</button>
          </div>`
          : html`<button class="button" onClick=${() => setSure(true)}>${t.logout}</button>`
      }
    </section>`
  }
  if (login.reason === 'risk') {
    return html`<section class="card login risk">
      <h3>${t.riskTitle}</h3>
      ${of}
      <p>${t.riskText}</p>
      <button class="button danger" onClick=${() => command(['login', ...door, 'yes'])}>${t.riskYes}</button>
    </section>`
  }
  return html`<section class="card login">
    <h3>${t.offlineTitle}</h3>
    ${of}
    <p><bdi>${login.line.replace(/^(WeChat is offline\. |微信已离线。)/, '')}</bdi></p>
    <p class="hint">${t.offlineText}</p>
    ${login.relogin && html`<button class="button primary" onClick=${() => command(['login', ...door])}>${t.login}</button> <${CodeInstead} door=${door} />`}
  </section>`
}

/** The phone shows a number, which the bridge has to be told. */
function PhoneNumber({ door }) {
  const t = words()
  const [number, setNumber] = useState('')
  const tell = (event) => {
    event.preventDefault()
    if (number.trim()) void command(['code', ...door, number.trim()])
    setNumber('')
  }
  return html`<p>${t.verifyText}</p>
    <form class="command" onSubmit=${tell}>
      <input value=${number} inputmode="numeric" aria-label=${t.verify} placeholder=${t.verify}
        onInput=${(event) => setNumber(event.target.value)} />
      <button class="button primary" disabled=${!number.trim()}>${t.run}</button>
    </form>`
}

/** Where the phone could be asked directly, a person may want to scan all the same: another phone, say. */
const CodeInstead = ({ door }) =>
  html`<button class="link" onClick=${() => command(['login', ...door, 'code'])}>${words().codeInstead}</button>`

/** Several accounts: how each of them stands. One alone is told of above. */
const Doors = ({ doors }) => {
  const t = words()
  return (
    doors.length > 1 &&
    html`<section class="card">
      <h3>${t.doors}</h3>
      <ul class="doors">
        ${doors.map(
          ({ id, connector, state, name }) =>
            html`<li key=${id} class=${state}><span class="lamp"></span><bdi>${name ?? id}</bdi>
              <span class="hint"><code>${id}</code> · ${connector} · ${t.partStates[state] ?? state}</span></li>`,
        )}
      </ul>
    </section>`
  )
}

const Parts = ({ detail }) => {
  const t = words()
  const parts = Object.entries(detail)
  return (
    parts.length > 0 &&
    html`<dl class="parts">
      ${parts.map(([part, value]) => html`<div key=${part}><dt>${t.parts[part] ?? part}</dt><dd><bdi>${t.partStates[value] ?? value}</bdi></dd></div>`)}
    </dl>`
  )
}

function Notices() {
  const t = words()
  const [line, setLine] = useState('')
  const list = [...(state.talks.get(management)?.list ?? [])].reverse().slice(0, 40)
  const run = (event) => {
    event.preventDefault()
    const typed = line.replace(/^\s*[!！]wx(?=\s|$)/i, '').trim() || (line.trim() && 'help')
    if (!typed) return
    setLine('')
    void command(typed.split(/\s+/))
  }
  return html`<section class="card">
    <h3>${t.notices}</h3>
    <form class="command" onSubmit=${run}>
      <input value=${line} placeholder=${t.command} aria-label=${t.command} autocapitalize="off"
        onInput=${(event) => setLine(event.target.value)} />
      <button class="button" disabled=${!line.trim()}>${t.run}</button>
    </form>
    <ol class="said" aria-live="polite">
      ${list.map(
        (view) => html`<li key=${view.id} class=${view.who.type}>
          <time title=${full(view.at)}>${when(view.at)}</time>
          ${askOf(view) ?? html`<p><bdi>${view.text}</bdi></p>`}
        </li>`,
      )}
    </ol>
    ${!list.length && html`<p class="hint">${t.noNotices}</p>`}
  </section>`
}

const when = (at) => (brief(at) === clock(at) ? clock(at) : `${brief(at)} ${clock(at)}`)

async function lock() {
  await post('lock', {}).catch(() => {})
  state.phase = 'locked'
  changed()
}
