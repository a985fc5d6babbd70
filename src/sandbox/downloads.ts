import { readFileSync } from 'node:fs'
import { byCookies } from './admit.ts'
import { type Answer, answer, type Call, nothing, param } from './http.ts'
import type { State } from './state.ts'
import { type Message, media } from './world.ts'

/** `webwxgetmsgimg`: JPEG by name whatever the bytes are (protocol §6.1). */
export function messagePicture(state: State, call: Call): Answer {
  const bytes = bytesOf(state, call)
  return bytes ? answer(200, 'image/jpeg', bytes) : nothing()
}

/** `webwxgetvoice` (protocol §6.2). */
export function voice(state: State, call: Call): Answer {
  const bytes = bytesOf(state, call)
  return bytes ? answer(200, 'audio/mp3', bytes) : nothing()
}

/** `webwxgetvideo`: nothing without a Range (protocol §6.3). */
export function video(state: State, call: Call): Answer {
  const bytes = bytesOf(state, call)
  const range = /^bytes=(\d+)-(\d*)$/.exec(call.headers.range ?? '')
  if (!bytes || !range) return nothing()
  const from = Number(range[1])
  const to = Math.min(Number(range[2] || bytes.byteLength - 1), bytes.byteLength - 1)
  const content = `bytes ${from}-${to}/${bytes.byteLength}`
  return answer(206, 'video/mp4', bytes.subarray(from, to + 1), { 'content-range': content })
}

/** `webwxgetmedia`: a file by its MediaId (protocol §6.4). */
export function file(state: State, call: Call): Answer {
  const session = byCookies(state, call)
  const ticket = param(call, 'webwx_data_ticket')
  if (typeof session === 'number' || ticket !== session.dataTicket) return nothing()
  const mediaId = param(call, 'mediaid')
  const found = [...state.world.messages.values()].find(
    ({ body }) => body.kind === 'raw' && !!mediaId && body.fields.MediaId === mediaId,
  )
  const bytes = found && alive(found)
  if (!bytes) return nothing()
  const headers = { 'content-disposition': 'attachment; filename=file' }
  return answer(200, 'application/octet-stream', bytes, headers)
}

/** `webwxgeticon` and `webwxgetheadimg` (protocol §3.7). */
export function avatar(state: State, call: Call): Answer {
  const session = byCookies(state, call)
  if (typeof session === 'number') return nothing()
  const who = session.whoOf(param(call, 'username'))
  const name = who && state.world.figure(who).avatar
  return name ? answer(200, 'image/jpeg', readFileSync(media(name))) : nothing()
}

function bytesOf(state: State, call: Call): Uint8Array | undefined {
  const session = byCookies(state, call)
  if (typeof session === 'number' || param(call, 'skey') !== session.skey) return undefined
  const message = state.world.messages.get(param(call, 'msgid') ?? '')
  return message && alive(message)
}

/** What was taken back cannot be fetched any more (protocol §10 trap 74). */
function alive(message: Message): Uint8Array | undefined {
  return message.recalled ? undefined : message.bytes
}
