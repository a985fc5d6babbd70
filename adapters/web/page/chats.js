import { Avatar } from './avatar.js'
import { command, outboxOf } from './outbox.js'
import { html, useState } from './preact.js'
import { isUnread } from './seen.js'
import { chooseLanguage, linkTo, management, state, words } from './state.js'
import { brief } from './time.js'

/** How many contacts without messages a search shows at most. */
const most = 60

/** The left pane: how the bridge is, and all chats, latest first. */
export function Chats() {
  const t = words()
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLocaleLowerCase()
  const fits = (chat) => `${chat.name}\n${chat.alias ?? ''}`.toLocaleLowerCase().includes(wanted)
  const talking = state.chats
    .filter((chat) => chat.last && fits(chat))
    .sort((one, other) => (other.pinned ? 1 : 0) - (one.pinned ? 1 : 0))
  const silent = wanted ? state.chats.filter((chat) => !chat.last && fits(chat)).slice(0, most) : []
  return html`<nav class="list" aria-label=${t.chats}>
    <header class="brand">
      <img src="mark.svg" alt="" width="30" height="30" />
      <h1>${t.title}</h1>
      <button class="quiet" aria-label=${t.languageLabel}
        onClick=${() => chooseLanguage(state.server?.language === 'zh' ? 'en' : 'zh')}>
        ${t.language}
      </button>
    </header>
    <${Status} />
    <label class="search">
      <${SearchIcon} />
      <input type="search" placeholder=${t.search} aria-label=${t.search} value=${search}
        onInput=${(event) => setSearch(event.target.value)} />
    </label>
    <div class="entries">
      <ul>${talking.map((chat) => html`<${Entry} key=${chat.id} chat=${chat} />`)}</ul>
      ${
        silent.length > 0 &&
        html`<h2>${t.contacts}</h2>
        <ul>${silent.map((chat) => html`<${Entry} key=${chat.id} chat=${chat} />`)}</ul>`
      }
      ${!talking.length && !silent.length && html`<p class="none">${wanted ? t.noMatch : t.noChats}</p>`}
      ${wanted && html`<button class="ask" onClick=${() => ask(search)}>${t.askWeChat(search.trim())}</button>`}
    </div>
  </nav>`
}

/** What is not here may be in WeChat's address book: the answer comes in the bridge's own pane. */
function ask(search) {
  void command(['search', ...search.trim().slice(0, 200).split(/\s+/).slice(0, 9)])
  location.hash = linkTo(management)
}

/** The account in one line; it leads to the bridge's own pane. */
function Status() {
  const t = words()
  const login = state.server?.login
  const depth = state.server?.depth ?? { queued: 0, dead: 0 }
  const line = {
    online: () => t.onlineAs(login.name),
    scan: () => t.scan,
    scanned: () => t.scanned,
    offline: () => t.offline,
  }[login?.state ?? 'offline']()
  return html`<a class=${`status ${login?.state ?? 'offline'}`} href=${linkTo(management)}
    aria-current=${state.open === management ? 'page' : undefined}>
    <span class="lamp"></span>
    <span class="status-text"><bdi>${line}</bdi></span>
    ${depth.queued > 0 && html`<span class="badge" title=${`${depth.queued} ${t.lineText(depth.queued)}`}>${depth.queued}</span>`}
    ${depth.dead > 0 && html`<span class="badge bad" title=${`${depth.dead} ${t.deadText(depth.dead)}`}>${depth.dead}</span>`}
    <span class="chevron" aria-hidden="true">›</span>
  </a>`
}

function Entry({ chat }) {
  const t = words()
  const unread = isUnread(chat)
  const waiting = outboxOf(chat.id).at(-1)
  return html`<li>
    <a class=${`entry ${unread ? 'unread' : ''} ${chat.muted ? 'muted' : ''} ${chat.left ? 'left' : ''}`} href=${linkTo(chat.id)}
      aria-current=${state.open === chat.id ? 'page' : undefined}>
      <${Avatar} id=${chat.id} name=${chat.name} media=${chat.avatar} kind=${chat.kind} />
      <span class="entry-name">
        <bdi>${chat.name}</bdi>
        ${chat.unconfirmed && html`<em class="unsure">${t.unconfirmed}</em>`}
        ${chat.muted && html`<${Mark} label=${t.muted} path="M18 16V11a6 6 0 0 0-9-5.2M6 11v5l-2 2h13M10 21h4M4 4l16 16" />`}
        ${chat.pinned && html`<${Mark} label=${t.pinned} path="M9 4h6l-1 6 4 4H6l4-4zM12 14v6" />`}
      </span>
      <time>${chat.last ? brief(chat.last.at) : ''}</time>
      <span class="entry-line"><bdi>${waiting ? `${t.mine}: ${waiting.text ?? nameOf(waiting.file)}` : lineOf(chat)}</bdi></span>
      ${unread && html`<span class="dot" aria-label=${t.unread}></span>`}
    </a>
  </li>`
}

const nameOf = (file) => (file?.type.startsWith('image/') ? words().picture : (file?.name ?? ''))

const Mark = ({
  label,
  path,
}) => html`<svg viewBox="0 0 24 24" class="icon mark-icon" role="img" aria-label=${label}>
  <path d=${path} />
</svg>`

function lineOf({ kind, last }) {
  const t = words()
  if (!last) return { group: t.group(), mp: t.mp, self: t.self, friend: '' }[kind]
  if (last.kind === 'recall') return t.recalls(last.who.type === 'me' ? t.mine : last.who.name)
  if (last.notice === 'notSent' || last.notice === 'refused' || last.notice === 'heldBack') {
    return `⚠ ${t.dead}: ${last.about?.line ?? last.line}`
  }
  if (last.who.type === 'me') return `${failed(last)}${t.mine}: ${last.line}`
  if (kind === 'group' && last.who.type === 'contact') return `${last.who.name}: ${last.line}`
  return last.line
}

const failed = ({ delivery }) => (open.has(delivery) ? '⚠ ' : '')
const open = new Set(['dead', 'unknown', 'held'])

const SearchIcon = () => html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
  <circle cx="10.5" cy="10.5" r="6" /><path d="m15 15 5 5" />
</svg>`
