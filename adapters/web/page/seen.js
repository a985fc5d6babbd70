import { post } from './net.js'
import { mint } from './outbox.js'
import { changed, remember, state } from './state.js'

// What was read: here, where `state.seen` holds per chat how far, and on other devices, which `readAt` tells.

/** How far the bridge was told of what is read here. */
const told = new Map()

/** What was seen of a chat, as long as somebody looks. */
export function markSeen(chat) {
  const last = state.talks.get(chat)?.list.at(-1)
  if (!last || document.hidden) return
  tell(chat, last)
  if (state.seen[chat] >= last.seq) return
  state.seen[chat] = last.seq
  remember('seen', state.seen)
  changed()
}

/** The phone forgets its unread mark too. Worth one try: the next message brings the next. */
function tell(chat, last) {
  const one = state.chats.find((each) => each.id === chat)
  const isNew = last.seq > (told.get(chat) ?? 0) && !(one?.readAt >= last.at)
  if (!isNew || !one?.open || last.who.type === 'me' || !document.hasFocus()) return
  told.set(chat, last.seq)
  post('reads', { id: mint(), chat }).catch(() => {})
}

export const isUnread = (chat) =>
  chat.last !== undefined &&
  chat.last.seq > (state.seen[chat.id] ?? 0) &&
  !(chat.readAt >= chat.last.at) &&
  chat.last.who.type !== 'me' &&
  chat.id !== state.open

const look = () => state.open && markSeen(state.open)
document.addEventListener('visibilitychange', look)
addEventListener('focus', look)
