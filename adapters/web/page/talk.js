import { askOf } from './asks.js'
import { Avatar } from './avatar.js'
import { Composer } from './composer.js'
import { Text } from './content.js'
import { Message, Pending } from './message.js'
import { forget, outboxOf } from './outbox.js'
import { html, useEffect, useLayoutEffect, useRef, useState } from './preact.js'
import { Recall } from './recall.js'
import { markSeen } from './seen.js'
import { linkTo, loadOlder, state, words } from './state.js'
import { day, full, isSameDay } from './time.js'
import { versionsOf } from './versions.js'

/** Pause after which the same sender begins a new run of bubbles, in milliseconds. */
const pause = 5 * 60_000

/** How many pages back a quoted message is looked for. */
const farBack = 25

/** A conversation: its head, its messages, and where to answer. */
export function Talk({ chat }) {
  const t = words()
  const [replyTo, setReplyTo] = useState(undefined)
  const [dropping, setDropping] = useState(false)
  const composer = useRef({})
  const drop = (event) => {
    event.preventDefault()
    setDropping(false)
    composer.current.add?.([...event.dataTransfer.files])
  }
  const over = (event) => {
    if (![...event.dataTransfer.types].includes('Files')) return
    event.preventDefault()
    setDropping(true)
  }
  const detail = { group: t.group(chat.members), mp: t.mp, self: t.self, friend: '' }[chat.kind]
  return html`<section class="talk" onDragOver=${over} onDrop=${drop}
    onDragLeave=${(e) => e.currentTarget.contains(e.relatedTarget) || setDropping(false)}>
    <header class="head">
      <a class="back" href=${linkTo('')} aria-label=${t.back}>‹</a>
      <${Avatar} id=${chat.id} name=${chat.name} media=${chat.avatar} kind=${chat.kind} />
      <div class="head-text">
        <h2><bdi>${chat.name}</bdi>${chat.unconfirmed && html` <em class="unsure">${t.unconfirmed}</em>`}</h2>
        <p><bdi>${[chat.alias ? t.alias(chat.alias) : detail, chat.left && t.left].filter(Boolean).join(' · ')}</bdi></p>
      </div>
    </header>
    <${Messages} chat=${chat} onReply=${(view) => {
      setReplyTo(view)
      composer.current.focus?.()
    }} onEdit=${(entry) => {
      composer.current.put?.(entry.text)
      forget(entry)
    }} />
    <${Composer} chat=${chat} handle=${composer} replyTo=${replyTo} onReplied=${() => setReplyTo(undefined)} />
    ${dropping && html`<div class="drop"><p>${t.dropHere}</p></div>`}
  </section>`
}

function Messages({ chat, onReply, onEdit }) {
  const t = words()
  const talk = state.talks.get(chat.id)
  const list = talk?.list ?? []
  const pending = outboxOf(chat.id)
  const scroll = useScroll(list, pending)
  const [flash, setFlash] = useState('')
  const { nowOf } = versionsOf(list)
  const placeOf = (id) => scroll.box.current?.querySelector(`[data-id="${CSS.escape(nowOf(id))}"]`)
  const find = async (id) => {
    for (let page = 0; page < farBack && !placeOf(id) && talk?.more; page++) {
      await loadOlder(chat.id)
      // What was loaded is drawn a moment later.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    placeOf(id)?.scrollIntoView({ block: 'center', behavior: 'smooth' })
    setFlash(placeOf(id) ? id : '')
  }
  useEffect(() => {
    const at = flash && placeOf(flash)
    if (!at) return
    at.classList.add('flash')
    const timer = setTimeout(() => {
      at.classList.remove('flash')
      setFlash('')
    }, 1600)
    return () => clearTimeout(timer)
  }, [flash])
  useEffect(() => {
    if (scroll.below === 0) markSeen(chat.id)
  })
  return html`<div class="messages" ref=${scroll.box} onScroll=${() => {
    scroll.moved()
    if (scroll.box.current.scrollTop < 300) void loadOlder(chat.id)
  }} role="log" aria-live="polite" aria-label=${chat.name} tabindex="0">
    <div class="column" ref=${scroll.column}>
      ${talk?.ready && talk.more && html`<button class="link older" onClick=${() => loadOlder(chat.id)}>${t.older}</button>`}
      ${talk?.ready && !talk.more && list.length > 0 && html`<p class="beginning">${t.beginning}</p>`}
      ${talk?.ready && !list.length && !pending.length && html`<p class="beginning">${t.empty}</p>`}
      ${rows(list, chat, { onReply, onFind: find })}
      ${pending.map((entry) => html`<${Pending} key=${entry.id} entry=${entry} onEdit=${onEdit} />`)}
    </div>
    ${
      scroll.below !== 0 &&
      html`<button class="latest" onClick=${scroll.toLatest}>↓ ${t.newBelow(scroll.below - 1)}</button>`
    }
  </div>`
}

function rows(list, chat, on) {
  const { shown, noticeOf } = withNotices(list)
  const out = []
  shown.forEach((view, i) => {
    const [before, after] = [shown[i - 1], shown[i + 1]]
    if (!before || !isSameDay(before.at, view.at)) {
      out.push(html`<h3 class="day" key=${`day ${view.id}`}><span>${day(view.at)}</span></h3>`)
    }
    if (view.kind === 'recall') {
      out.push(html`<${Recall} key=${view.id} view=${view} onFind=${on.onFind} />`)
    } else if (isGrey(view) && askOf(view)) {
      out.push(
        html`<div class="grey bridge asking" key=${view.id} data-id=${view.id}>${askOf(view)}</div>`,
      )
    } else if (isGrey(view)) {
      const lines = view.text.includes('\n') ? 'lines' : ''
      out.push(html`<p class=${`grey ${view.who.type} ${lines}`} key=${view.id} data-id=${view.id}
        title=${full(view.at)}><bdi><${Text} text=${view.text} /></bdi></p>`)
    } else {
      out.push(html`<${Message} key=${view.id} view=${view} first=${!joins(before, view)}
        last=${!after || !joins(view, after)} named=${chat.kind === 'group'}
        notice=${noticeOf.get(view.id)} ...${on} />`)
    }
  })
  return out
}

const isGrey = (view) =>
  view.who.type === 'wechat' || view.who.type === 'bridge' || greyKinds.has(view.kind)
const greyKinds = new Set(['system', 'note', 'pat'])

const joins = (one, other) =>
  one !== undefined &&
  [one, other].every((view) => !isGrey(view) && view.kind !== 'recall') &&
  one.who.type === other.who.type &&
  one.who.id === other.who.id &&
  other.at - one.at < pause &&
  isSameDay(one.at, other.at)

const beside = new Set(['notSent', 'refused', 'held', 'heldBack', 'waiting'])
/** True for as long as the message waits. */
const passing = new Set(['held', 'waiting'])

/** A notice about a message that is shown stands at that message; once it went after all, it stands nowhere. */
function withNotices(list) {
  const { present, nowOf } = versionsOf(list)
  const ids = new Set(present.map((view) => view.id))
  const waiting = new Map(list.map((view) => [view.id, view.delivery]))
  const noticeOf = new Map()
  const shown = present.filter((view) => {
    const at = beside.has(view.notice) && view.about && nowOf(view.about.id)
    if (!at || !ids.has(at)) return true
    // No longer: it went its way.
    if (passing.has(view.notice) && waiting.get(at) !== 'queued') return false
    noticeOf.set(at, view)
    return false
  })
  return { shown, noticeOf }
}

/**
 * Stays at the bottom only if one was there, and in place when older messages come in above. `below` is 0 at the
 * bottom, else one more than how many messages came meanwhile.
 */
function useScroll(list, pending) {
  const box = useRef()
  const column = useRef()
  const at = useRef({ bottom: true, first: undefined, fromEnd: 0, top: 0 })
  const [below, setBelow] = useState(0)
  const first = list[0]?.id
  const last = list.at(-1)?.seq ?? 0
  const lastMine = pending.at(-1)?.id

  const moved = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current
    const near = scrollHeight - scrollTop - clientHeight < 60
    // Content that grew under somebody at the bottom has not moved them away: only scrolling up does.
    const bottom = near || (at.current.bottom && scrollTop >= at.current.top)
    at.current.fromEnd = scrollHeight - scrollTop
    at.current.top = scrollTop
    if (bottom !== at.current.bottom) {
      at.current.bottom = bottom
      at.current.last = last
    }
    const news = list.filter((view) => view.seq > (at.current.last ?? last)).length
    setBelow(bottom ? 0 : news + 1)
  }
  const toLatest = () => {
    at.current.bottom = true
    box.current.scrollTop = box.current.scrollHeight
    setBelow(0)
  }

  useLayoutEffect(() => {
    const here = at.current
    if (here.bottom) box.current.scrollTop = box.current.scrollHeight
    else if (here.first !== undefined && here.first !== first) {
      box.current.scrollTop = box.current.scrollHeight - here.fromEnd
    }
    here.first = first
    moved()
  }, [first, last])
  useLayoutEffect(() => {
    if (lastMine) toLatest()
  }, [lastMine])
  useEffect(() => {
    const stick = () => {
      if (at.current.bottom) box.current.scrollTop = box.current.scrollHeight
    }
    const observer = new ResizeObserver(stick)
    observer.observe(column.current)
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  return { box, column, below, moved, toLatest }
}
