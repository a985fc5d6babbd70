import { byCookies, ticketFits } from './admit.ts'
import { type Answer, answer, type Call, nothing, param } from './http.ts'
import { type Files, filesOf, sample } from './share-files.ts'
import type { State } from './state.ts'
import { wireName } from './text.ts'
import type { Message } from './world.ts'

/** `webwxgetmsgimg`: JPEG by name whatever the bytes are; `slave` is the small one (protocol §6, §6.1). */
export function messagePicture(state: State, call: Call): Answer {
  const message = asked(state, call)
  const files = message && filesOf(message.body)
  if (message?.body.kind === 'raw') return picture(message.bytes)
  if (param(call, 'type') === 'slave') return picture(files?.thumb)
  return picture(files?.by === 'img' ? files.whole : undefined)
}

/** `webwxgetpubliclinkimg`: the map of a place, for which the cookies are enough (protocol §6). */
export function mapPicture(state: State, call: Call): Answer {
  if (typeof byCookies(state, call) === 'number' || param(call, 'pictype') !== 'location')
    return nothing()
  const message = alive(state.world.messages.get(param(call, 'msgid') ?? ''))
  const files = message && filesOf(message.body)
  if (message?.body.kind === 'raw') return picture(message.bytes)
  return picture(files?.by === 'map' ? files.whole : undefined)
}

/** `webwxgetvoice` (protocol §6.2). */
export function voice(state: State, call: Call): Answer {
  const bytes = wholeBy(state, call, 'voice')
  return bytes ? answer(200, 'audio/mp3', bytes) : nothing()
}

/** `webwxgetvideo`: nothing without a Range (protocol §6.3). */
export function video(state: State, call: Call): Answer {
  const bytes = wholeBy(state, call, 'video')
  const range = /^bytes=(\d+)-(\d*)$/.exec(call.headers.range ?? '')
  if (!bytes || !range) return nothing()
  const from = Number(range[1])
  const to = Math.min(Number(range[2] || bytes.byteLength - 1), bytes.byteLength - 1)
  if (from > to) {
    const whole = { 'content-range': `bytes */${bytes.byteLength}` }
    return answer(416, 'text/html', '', whole)
  }
  const content = `bytes ${from}-${to}/${bytes.byteLength}`
  return answer(206, 'video/mp4', bytes.subarray(from, to + 1), { 'content-range': content })
}

/** `webwxgetmedia`: a file by its MediaId (protocol §6.4). */
export function file(state: State, call: Call): Answer {
  const session = byCookies(state, call)
  if (typeof session === 'number') return nothing()
  if (param(call, 'webwx_data_ticket') !== session.dataTicket) return nothing()
  const message = alive(state.world.files.get(param(call, 'mediaid') ?? ''))
  if (!message) return nothing()
  const { body } = message
  const whole = body.kind === 'raw' ? message.bytes : filesOf(body)?.whole
  if (body.kind === 'shared' && body.what.kind === 'file') {
    const sender = session.nameOf(message.from === 'me' ? 'me' : message.chat)
    if (param(call, 'sender') !== sender || !namesFile(call, body.what.name)) return nothing()
    const from = param(call, 'fromuser')
    if (from !== String(session.uin) && from !== session.nameOf('me')) return nothing()
    const ticket = param(call, 'pass_ticket')
    if (ticket !== 'undefined' && !ticketFits(session, ticket)) return nothing()
  }
  const headers = { 'content-disposition': 'attachment; filename=file' }
  const type = 'application/octet-stream'
  if (body.kind === 'shared' && body.what.kind === 'file' && body.what.large) {
    return { ...answer(200, type, '', headers), large: body.what.large }
  }
  return whole ? answer(200, type, whole, headers) : nothing()
}

/** `webwxgeticon` and `webwxgetheadimg` (protocol §3.7). */
export function avatar(state: State, call: Call): Answer {
  const session = byCookies(state, call)
  if (typeof session === 'number') return nothing()
  const who = session.whoOf(param(call, 'username'))
  const name = who && state.world.figure(who).avatar
  return picture(name ? sample(name) : undefined)
}

/** EncryFileName comes encoded and must not be encoded twice; `filename` is FileName or what it stands for. */
function namesFile(call: Call, name: string): boolean {
  const encoded = param(call, 'encryfilename')
  if (encoded) return encoded === name
  const plain = param(call, 'filename')
  return plain === name || plain === wireName(name)
}

function wholeBy(state: State, call: Call, by: Files['by']): Uint8Array | undefined {
  const message = asked(state, call)
  if (message?.body.kind === 'raw') return message.bytes
  const files = message && filesOf(message.body)
  return files?.by === by ? files.whole : undefined
}

/** The message a download names, unless it was taken back: then it cannot be fetched any more (trap 74). */
function asked(state: State, call: Call): Message | undefined {
  const session = byCookies(state, call)
  if (typeof session === 'number' || param(call, 'skey') !== session.skey) return undefined
  return alive(state.world.messages.get(param(call, 'msgid') ?? ''))
}

function alive(message: Message | undefined): Message | undefined {
  return message?.recalled ? undefined : message
}

function picture(bytes: Uint8Array | undefined): Answer {
  return bytes ? answer(200, 'image/jpeg', bytes) : nothing()
}
