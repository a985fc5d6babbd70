import { toBuffer } from 'qrcode'
import { BridgeError } from '../../src/core/errors.ts'
import type { RoomId } from '../../src/core/ids.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { ShownLogin } from '../../src/ports/doors.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { errcodeOf, statusOf } from './errors.ts'
import { changedBy } from './event-log.ts'
import { type Homeserver, needText, path } from './homeserver.ts'
import { type Names, sha256, transactionId } from './ids.ts'
import { roomEvent } from './ingress.ts'
import { type Json, parse, record, text } from './json.ts'
import type { MediaRepository } from './media.ts'
import { unseen } from './membership.ts'
import type { Rooms } from './rooms.ts'
import type { Words } from './words.ts'

export interface LoginCodeParts {
  readonly homeserver: Homeserver
  readonly media: MediaRepository
  readonly rooms: Rooms
  readonly names: Names
  readonly words: Words
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
}

/** What is to be seen in the management room: nothing, a code (as a hash of it), or the line after scanning. */
interface Showing {
  readonly shown: string
  readonly room?: RoomId
  /** The one event it is shown in: each next code takes its place. */
  readonly event?: string
  /** Written before sending: if we find it again, an event may be there that we do not know. */
  readonly pending: boolean
}

/** Marks the events that show a login, so that those a crash left behind can be found. */
const mark = 'net.wechat-bridge.login'
const searched = 100
const nothing: Showing = { shown: '', pending: false }

/** Shows a login in the management room: in one event, whose content changes, and which is redacted when it is over. */
export function createLoginCode(parts: LoginCodeParts) {
  const { homeserver, vault, words } = parts

  const send = async (
    room: RoomId,
    content: Json,
    changes: string | undefined,
    signal: AbortSignal,
  ) => {
    const id = transactionId(`login/${parts.clock.now()}/${parts.random()}`)
    const doing = { what: 'show the login in the management room' }
    const where = path`/_matrix/client/v3/rooms/${room}/send/m.room.message/${id}`
    const shown = changes === undefined ? content : changed(content, changes)
    const body = { ...shown, [mark]: true, 'm.mentions': {} }
    const answer = await homeserver.call({ method: 'PUT', path: where, body, ...doing }, signal)
    return changes ?? needText(answer, 'event_id', doing)
  }

  const redact = async (room: RoomId, event: string, signal: AbortSignal) => {
    const id = transactionId(`over/${event}`)
    const where = path`/_matrix/client/v3/rooms/${room}/redact/${event}/${id}`
    try {
      await homeserver.call({ method: 'PUT', path: where, what: 'take a login code away' }, signal)
    } catch (error) {
      if (statusOf(error) !== 404 && errcodeOf(error) !== 'M_FORBIDDEN') throw error
    }
  }

  /** Every event that shows a login, except the one that is to stay. What only changed one of them is not seen by itself. */
  const leftovers = async (room: RoomId, keep: string | undefined, signal: AbortSignal) => {
    const where = path`/_matrix/client/v3/rooms/${room}/messages`
    const query = { dir: 'b', limit: searched }
    const call = { method: 'GET', path: where, query, what: 'look for old login codes' } as const
    const { chunk } = await homeserver.call(call, signal)
    return (Array.isArray(chunk) ? chunk : []).flatMap((raw: unknown) => {
      const event = roomEvent(raw, 0)
      const ours = event?.sender === parts.names.bot && event.content[mark] === true
      return ours && !changedBy(event.content) && event.id !== keep ? [event.id] : []
    })
  }

  /** Is the event there still, to be changed? A person may have taken it away. */
  const stands = async (room: RoomId, event: string, signal: AbortSignal): Promise<boolean> => {
    const where = path`/_matrix/client/v3/rooms/${room}/event/${event}`
    const call = { method: 'GET', path: where, what: 'look for the last login code' } as const
    try {
      return record((await homeserver.call(call, signal)).content)?.[mark] === true
    } catch (error) {
      if (unseen(error)) return false
      throw error
    }
  }

  const contentFor = async (login: ShownLogin, signal: AbortSignal): Promise<Json | undefined> => {
    if (login.state === 'scanned')
      return { msgtype: 'm.notice', body: `${words.scanned}${of(login)}` }
    if (login.state !== 'scan') return undefined
    const png = await toBuffer(login.qr, { scale: 8, margin: 4, errorCorrectionLevel: 'M' })
    const url = await parts.media.uploadBytes(png, 'image/png', signal)
    const side = png.readUInt32BE(16)
    const info = { mimetype: 'image/png', size: png.length, w: side, h: side }
    return {
      msgtype: 'm.image',
      body: `${words.scan}${of(login)}`,
      filename: 'wechat-login.png',
      url,
      info,
    }
  }

  /** See `HubAdapter.showLogin`. Calls must not overlap. */
  return async (login: ShownLogin, signal: AbortSignal): Promise<void> => {
    const before = showingIn(await vault.get('login-code'))
    const shown = nameOf(login)
    if (before.shown === shown && !before.pending) return
    const room = await parts.rooms.management()
    if (!room) {
      if (shown === '') return
      throw new BridgeError('The login cannot be shown: there is no management room yet.', {
        code: 'bug',
        heal: 'retry',
        certain: true,
      })
    }
    const remember = (now: Showing) => vault.set('login-code', JSON.stringify(now))
    const content = await contentFor(login, signal)
    const last = before.room === room ? before.event : undefined
    const changes = content && last && (await stands(room, last, signal)) ? last : undefined
    await remember({ ...before, shown, pending: true })
    const event = content && (await send(room, content, changes, signal))
    const over = before.pending ? await leftovers(room, event, signal) : []
    const past = before.event !== undefined && before.event !== event ? [before.event] : []
    for (const one of new Set([...past, ...over])) {
      await redact(one === before.event ? (before.room ?? room) : room, one, signal)
    }
    await remember({ shown, room, ...(event && { event }), pending: false })
  }
}

/** The door it is of, where there are several. */
const of = ({ door }: ShownLogin): string => (door === undefined ? '' : ` (${door})`)

/** The content as what another event is from now on. */
const changed = (content: Json, event: string): Json => ({
  ...content,
  'm.new_content': { ...content, 'm.mentions': {}, [mark]: true },
  'm.relates_to': { rel_type: 'm.replace', event_id: event },
})

/** A code is kept as a hash: the text of it lets whoever reads it confirm a login. */
function nameOf(login: ShownLogin): string {
  if (login.state === 'scan') return `scan/${sha256(login.qr)}`
  return login.state === 'scanned' ? `scanned${of(login)}` : ''
}

function showingIn(json: string | undefined): Showing {
  const entry = record(parse(json))
  if (!entry) return nothing
  const room = text(entry.room)
  const event = text(entry.event)
  return {
    shown: text(entry.shown) ?? '',
    ...(room && { room: room as RoomId }),
    ...(event && { event }),
    pending: entry.pending === true,
  }
}
