import { tellKept } from './kept.js'
import { Failure, get, live } from './net.js'
import { useLayoutEffect, useReducer } from './preact.js'
import { wordsIn } from './words.js'

// All that is shown, and how it changes. `talks` holds per chat what is loaded of it, oldest first.

export const management = 'bridge/management'
const pageSize = 40

const remembered = (name) => {
  try {
    return JSON.parse(localStorage.getItem(name) ?? 'null')
  } catch {
    return null
  }
}
export const remember = (name, value) => {
  try {
    localStorage.setItem(name, JSON.stringify(value))
  } catch {
    // A browser that keeps nothing: the page works, it only forgets.
  }
}

export const state = {
  phase: 'loading',
  language: remembered('language') ?? '',
  connected: false,
  server: undefined,
  chats: [],
  talks: new Map(),
  /** What waits for the person's word, latest first. */
  letters: { list: [], more: false },
  open: route(),
  seen: remembered('seen') ?? {},
  toast: '',
}

const listeners = new Set()
export const changed = () => {
  for (const listener of listeners) listener()
}
/** Draws a component again whenever anything changed. */
export function useState_() {
  const [, draw] = useReducer((n) => n + 1, 0)
  // At once: the first answer may be there before the first picture is painted.
  useLayoutEffect(() => {
    listeners.add(draw)
    return () => listeners.delete(draw)
  }, [])
  return state
}

export const words = () => wordsIn(state.language || state.server?.language || browserLanguage())
const browserLanguage = () => (navigator.language.startsWith('zh') ? 'zh' : 'en')

const arrivals = new Set()
/** Told of every message seen, so that what was written here is known to have arrived. */
export const onArrival = (listener) => arrivals.add(listener)

let end
export function connect() {
  end?.()
  const query = state.language ? { language: state.language } : {}
  const load = () => reload(query).catch(failed)
  end = live(state.language, {
    hello: () => {
      state.connected = true
      void load()
    },
    reload: load,
    chats: () => loadChats(query).then(leave).then(changed).catch(failed),
    state: (server) => {
      state.server = server
      leave()
      lookForLetters()
      changed()
    },
    message: arrived,
    media: (ids) => {
      tellKept(ids)
      lookAgain(ids)
    },
    lost: () => {
      state.connected = false
      if (state.phase === 'loading') get('state').catch(failed)
      changed()
    },
    refused: () => {
      state.phase = 'locked'
      changed()
    },
  })
}

export function chooseLanguage(language) {
  state.language = language
  state.talks.clear()
  remember('language', language)
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en'
  connect()
  changed()
}

/** The login pane was opened by the page itself: it closes once somebody is there to read. */
let awaiting = false
function leave() {
  if (state.open !== management) awaiting = false
  if (!awaiting || state.server.login.state !== 'online') return
  if (!state.chats.some((chat) => chat.last)) return
  awaiting = false
  location.replace(linkTo(''))
}

async function reload(query) {
  const [server] = await Promise.all([get('state', query), loadChats(query)])
  const isFirst = state.phase !== 'ready'
  state.server = server
  state.phase = 'ready'
  // Nothing to read yet, and somebody has to scan: that is what the person came for.
  const isEmpty = !state.chats.some((chat) => chat.last)
  if (isFirst && isEmpty && !state.open && server.login.state !== 'online') {
    awaiting = true
    state.open = management
    location.replace(linkTo(management))
  }
  document.documentElement.lang = server.language === 'zh' ? 'zh-Hans' : 'en'
  const shown = state.open
  for (const chat of [...state.talks.keys()]) if (chat !== shown) state.talks.delete(chat)
  if (shown) await loadLatest(shown)
  if (shown !== management) await loadLatest(management).catch(() => {})
  await loadLetters().catch(() => {})
  changed()
}

const letterPage = 50
/** All of what waits for a word that is shown, anew; or a page more of it. */
export async function loadLetters(further) {
  const { list } = state.letters
  const count =
    state.server?.depth.dead === 0 ? 0 : Math.min(200, Math.max(letterPage, list.length))
  const language = state.server?.language ?? ''
  const query = further ? { limit: letterPage, before: list.at(-1).seq } : { limit: count }
  const found = count ? await get('letters', { ...query, language }) : []
  state.letters = {
    list: further ? [...list, ...found] : found,
    more: found.length > 0 && found.length === query.limit,
  }
  changed()
}

let lettersAsked
/** The list changes whenever something is given up, sent again or dropped; each is told as a new state. */
function lookForLetters() {
  if (lettersAsked || (!state.letters.list.length && !state.server.depth.dead)) return
  lettersAsked = setTimeout(() => {
    lettersAsked = undefined
    loadLetters().catch(failed)
  }, 250)
}

async function loadChats(query) {
  await loading(async () => {
    state.chats = await get('chats', query)
  })
}

let looking
/** Bytes came, or were given up: messages that show them say which. */
function lookAgain(ids) {
  const told = new Set(ids)
  const chat = state.open
  const shows = (view) => view.missing && told.has(view.media?.id ?? view.about?.media?.id)
  const waits = (view) => told.has(view.media?.id) && !view.missing
  const list = state.talks.get(chat)?.list ?? []
  if (!list.some((view) => shows(view) || waits(view)) || looking) return
  looking = setTimeout(() => {
    looking = undefined
    if (state.open === chat) loadLatest(chat).then(changed).catch(failed)
  }, 300)
}

/** How many answers are under way, and what was told meanwhile: an answer may be older than that. */
let loads = 0
const meanwhile = new Map()

async function loading(load) {
  loads++
  try {
    await load()
  } finally {
    loads--
    for (const view of meanwhile.values()) place(view)
    if (loads === 0) meanwhile.clear()
  }
}

function failed(error) {
  if (error instanceof Failure && error.status === 401) state.phase = 'locked'
  changed()
}

const talkOf = (chat) => {
  if (!state.talks.has(chat)) state.talks.set(chat, { list: [], more: true, loading: false })
  return state.talks.get(chat)
}

/** The latest page of a chat, joined to what is loaded if it touches it, else in its place. */
async function loadLatest(chat) {
  const query = { chat, limit: pageSize, language: state.server?.language ?? '' }
  await loading(async () => {
    const list = await get('messages', query)
    const talk = talkOf(chat)
    const touches = talk.list.length && list.length && list[0].seq <= talk.list.at(-1).seq
    talk.list = touches ? merge(talk.list, list) : list
    if (!touches) talk.more = list.length === pageSize
    talk.ready = true
  })
  for (const view of talkOf(chat).list) for (const listener of arrivals) listener(view)
}

export async function loadOlder(chat) {
  const talk = talkOf(chat)
  if (talk.loading || !talk.more || !talk.list.length) return
  talk.loading = true
  changed()
  try {
    const before = talk.list[0].seq
    const query = { chat, limit: pageSize, before, language: state.server?.language ?? '' }
    await loading(async () => {
      const list = await get('messages', query)
      talk.list = merge(list, talk.list)
      talk.more = list.length === pageSize
    })
  } catch (error) {
    failed(error)
  } finally {
    talk.loading = false
    changed()
  }
}

function arrived(view) {
  if (loads > 0) meanwhile.set(view.id, view)
  place(view)
  for (const listener of arrivals) listener(view)
  changed()
}

function place(view) {
  const talk = state.talks.get(view.chat)
  // Older than what is loaded: it will come with its page.
  if (talk?.ready && !(talk.more && talk.list.length && view.seq < talk.list[0].seq)) {
    talk.list = merge(talk.list, [view])
  }
  const chat = state.chats.find((one) => one.id === view.chat)
  if (chat && (!chat.last || view.seq >= chat.last.seq)) {
    if (!chat.last || view.seq > chat.last.seq) {
      state.chats = [chat, ...state.chats.filter((one) => one !== chat)]
    }
    chat.last = view
  }
}

function merge(one, other) {
  const byId = new Map([...one, ...other].map((view) => [view.id, view]))
  return [...byId.values()].sort((a, b) => a.seq - b.seq)
}

function route() {
  const hash = location.hash.slice(2)
  if (hash === 'bridge') return management
  try {
    return hash.startsWith('chat/') ? decodeURIComponent(hash.slice(5)) : ''
  } catch {
    return ''
  }
}
export const linkTo = (chat) =>
  chat === management ? '#/bridge' : chat ? `#/chat/${encodeURIComponent(chat)}` : '#/'

addEventListener('hashchange', () => {
  state.open = route()
  changed()
  if (state.open && !state.talks.get(state.open)?.ready) {
    loadLatest(state.open).then(changed).catch(failed)
  }
})
