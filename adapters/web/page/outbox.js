import { post, upload } from './net.js'
import { changed, management, onArrival, state, words } from './state.js'

// What was written here and is not seen in the store yet. Each entry has an id of its own, minted once: handing
// it over again after a lost answer is accepted once. One chat's entries go one after the other, in order.

const entries = restore()
const busy = new Set()

/** A random id for something the person does. */
export const mint = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(18))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

export const outboxOf = (chat) => entries.filter((entry) => entry.chat === chat)

export function say(chat, what) {
  const shown = what.file ? URL.createObjectURL(what.file) : undefined
  entries.push({ id: mint(), chat, at: Date.now(), state: 'storing', shown, ...what })
  keep()
  changed()
  void hand(chat)
}

export function forget(entry) {
  const at = entries.indexOf(entry)
  if (at >= 0) entries.splice(at, 1)
  if (entry.shown) setTimeout(() => URL.revokeObjectURL(entry.shown), 10_000)
  keep()
  changed()
}

/** Said in the room of `chat`, else in the bridge's own. Resolves with whether the bridge has it. */
export async function command(list, chat) {
  try {
    const where = chat && chat !== management ? { chat } : {}
    await post('commands', { id: mint(), words: list, ...where })
    return true
  } catch (error) {
    state.toast = words().why[error.why] ?? words().commandFailed
    changed()
    return false
  }
}

/** Hands over whatever waits; called when the bridge is there again. */
export function handAll() {
  for (const chat of new Set(entries.map((entry) => entry.chat))) void hand(chat)
}

async function hand(chat) {
  if (busy.has(chat)) return
  busy.add(chat)
  let wait = 1000
  for (;;) {
    const entry = entries.find((one) => one.chat === chat && isOpen(one))
    if (!entry) break
    try {
      await deliver(entry)
      wait = 1000
      entry.state = 'accepted'
      if (/^\s*[!！]wx(\s|$)/i.test(entry.text ?? '') || (await isThere(entry))) forget(entry)
    } catch (error) {
      if (error.status === 401) {
        state.phase = 'locked'
        break
      }
      entry.state = error.again ? 'waiting' : 'refused'
      entry.reason = words().why[error.why] || error.message
      changed()
      if (error.again) {
        await new Promise((resolve) => setTimeout(resolve, wait))
        wait = Math.min(wait * 2, 15_000)
      }
    }
    keep()
    changed()
  }
  busy.delete(chat)
}

const isOpen = (entry) => entry.state === 'storing' || entry.state === 'waiting'

function deliver(entry) {
  const { chat, file, id, replyTo, text } = entry
  const answering = replyTo ? { replyTo: replyTo.event } : {}
  if (!file) return post('messages', { chat, id, text, ...answering })
  const query = { chat, id, name: file.name.slice(-300), ...answering }
  return upload('pictures', query, file, (part) => {
    const percent = Math.floor(part * 100)
    if (entry.percent === percent) return
    entry.percent = percent
    changed()
  })
}

const isThere = (entry) =>
  state.talks.get(entry.chat)?.list.some((view) => view.id === `${state.server?.hub}/${entry.id}`)

onArrival((view) => {
  const entry = entries.find((one) => `${state.server?.hub}/${one.id}` === view.id)
  if (entry) forget(entry)
})

/** Texts survive a reload of the page; what the bridge accepted need not. */
function keep() {
  const texts = entries.filter((entry) => !entry.file && isOpen(entry))
  try {
    sessionStorage.setItem('outbox', JSON.stringify(texts))
  } catch {
    // A browser that keeps nothing.
  }
}

/** A file that is not handed over yet goes with the page. */
addEventListener('beforeunload', (event) => {
  if (entries.some((entry) => entry.file && isOpen(entry))) event.preventDefault()
})

function restore() {
  try {
    const kept = JSON.parse(sessionStorage.getItem('outbox') ?? '[]')
    return kept.filter((entry) => typeof entry.id === 'string' && typeof entry.text === 'string')
  } catch {
    return []
  }
}
