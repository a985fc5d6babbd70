import { Bridge } from './bridge.js'
import { Chats } from './chats.js'
import { handAll } from './outbox.js'
import { Lightbox } from './picture.js'
import { html, render, useEffect } from './preact.js'
import { isUnread } from './seen.js'
import { changed, connect, management, state, useState_, words } from './state.js'
import { Talk } from './talk.js'

const used = location.search === '?used'
if (used) history.replaceState(null, '', location.pathname + location.hash)

function App() {
  useState_()
  const t = words()
  const unread = state.chats.filter((chat) => isUnread(chat) && !chat.muted).length
  document.title = unread ? `(${unread}) ${t.title}` : t.title
  useEffect(() => {
    if (state.connected) handAll()
  }, [state.connected])
  if (state.phase === 'locked') return html`<${Locked} />`
  if (state.phase === 'loading') return html`<main class="alone"><p>${t.loading}</p></main>`
  return html`<div class=${`app ${state.open ? 'talking' : ''}`}>
    ${
      state.server.sandbox &&
      html`<aside class="banner" aria-label=${t.sandbox}>
      <strong>${t.sandbox}</strong>
      <span>${t.sandboxText}</span> <span class="next">${t.sandboxNext}</span>
    </aside>`
    }
    ${!state.connected && html`<p class="banner lost" role="status">${t.lost}</p>`}
    ${state.server.hubs?.map((line) => html`<p key=${line} class="banner lost" role="status"><bdi>${line}</bdi></p>`)}
    <div class="panes">
      <${Chats} />
      <main class="main"><${Main} /></main>
    </div>
    ${state.toast && html`<${Toast} key=${state.toast} />`}
    <${Lightbox} />
  </div>`
}

function Main() {
  const t = words()
  if (state.open === management) return html`<${Bridge} />`
  const chat = state.chats.find((one) => one.id === state.open)
  if (chat) return html`<${Talk} key=${chat.id} chat=${chat} />`
  if (state.server.login.state !== 'online') return html`<${Bridge} />`
  return html`<div class="nothing">
    <img src="mark.svg" alt="" width="72" height="72" />
    <p>${t.choose}</p>
  </div>`
}

function Locked() {
  const t = words()
  return html`<main class="alone">
    <img src="mark.svg" alt="" width="72" height="72" />
    <h1>${t.lockedTitle}</h1>
    <p>${used ? t.usedText : t.lockedText}</p>
  </main>`
}

function Toast() {
  useEffect(() => {
    const timer = setTimeout(() => {
      state.toast = ''
      changed()
    }, 6000)
    return () => clearTimeout(timer)
  }, [])
  return html`<p class="toast" role="alert">${state.toast}</p>`
}

connect()
render(html`<${App} />`, document.getElementById('app'))
