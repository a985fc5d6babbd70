import { byBaseAlone } from './admit.ts'
import { isIn } from './cast.ts'
import { BIG, passOf } from './check-upload.ts'
import { type Answer, bodyOf, type Call, record, ret } from './http.ts'
import type { Large } from './large.ts'
import { refuse } from './people.ts'
import type { Delivered, DeliveredType, Who } from './sandbox.ts'
import type { Session } from './session.ts'
import type { State } from './state.ts'
import type { Upload } from './upload.ts'
import type { Body } from './world.ts'

/** What one of the send endpoints makes of its Msg. */
interface Made {
  readonly type: DeliveredType
  readonly text: string
  readonly body: Body
  readonly name?: string
  readonly bytes?: Uint8Array
  readonly large?: Large
}

/** A number is the Ret the message is refused with. */
type Read = (
  state: State,
  message: Readonly<Record<string, unknown>>,
  session: Session,
) => Made | number

/** `webwxsendmsg`: texts, cards (42) and locations (48) (protocol §7.1, §7.2). */
export function sendText(state: State, call: Call): Answer {
  return send(state, call, (at, message) => {
    const text = message.Content
    if (typeof text !== 'string' || text === '') return 1
    if (message.Type === 1) return { type: 'text', text, body: { kind: 'text', text } }
    if (message.Type === 42) return card(at, text)
    if (message.Type === 48) return place(text)
    return { type: 'other', text, body: { kind: 'other' } }
  })
}

/** `webwxsendmsgimg`: a picture uploaded before (protocol §7.4). */
export function sendPicture(state: State, call: Call): Answer {
  return send(state, call, (at, message, session) => {
    const upload = whole(at, message.MediaId)
    if (upload?.mediaType !== 'pic') return 1
    session.spins = at.options.spin
    const { bytes } = upload
    return { type: 'image', text: '', body: { kind: 'picture', bytes }, bytes }
  })
}

/** `webwxsendvideomsg`: 43, or 62 for a micro video (protocol §7.4). */
export function sendVideo(state: State, call: Call): Answer {
  return send(state, call, (at, message) => {
    const upload = whole(at, message.MediaId)
    if (!upload) return 1
    const { bytes } = upload
    const what = { kind: 'video', bytes, micro: message.Type === 62 } as const
    return { type: 'video', text: '', body: { kind: 'shared', what }, bytes }
  })
}

/** `webwxsendemoticon`: whatever its Type, as clients differ (protocol §7.4, §10 traps 79 and 84). */
export function sendSticker(state: State, call: Call): Answer {
  return send(state, call, (at, message) => {
    const upload = whole(at, message.MediaId)
    if (!upload) return 1
    const { bytes } = upload
    const body = { kind: 'shared', what: { kind: 'sticker', bytes } } as const
    return { type: 'sticker', text: '', body, bytes }
  })
}

/** `webwxsendappmsg`: a file (protocol §7.5). `Delivered.text` and `name` are its title. */
export function sendFile(state: State, call: Call): Answer {
  return send(state, call, (at, message) => {
    const xml = String(message.Content ?? '')
    const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
    const upload = whole(at, element('attachid'))
    if (!upload || element('type') !== '6' || /&(?!amp;|lt;|gt;|quot;|apos;|#)/.test(xml)) return 1
    if (Number(element('totallen')) !== upload.length) return 1
    // A big file is sent with the signature it was uploaded with (protocol §7.6).
    if (upload.total > BIG && message.Signature !== passOf(upload.md5).Signature) return 1
    const name = unescaped(element('title'))
    const sent = upload.large ? { large: upload.large } : { bytes: upload.bytes }
    return {
      type: 'file',
      text: name,
      name,
      body: { kind: 'shared', what: { kind: 'file', name, ...sent } },
      ...sent,
    }
  })
}

function card(state: State, xml: string): Made | number {
  const id = attribute(xml, 'username')
  const shown = [...state.world.figures.values()].find(({ realId }) => realId === id)
  // Only friends and official accounts can be recommended (protocol §7.1).
  if (shown?.kind !== 'friend' && shown?.kind !== 'mp') return 1
  const body = { kind: 'shared', what: { kind: 'card', who: shown.who } } as const
  return { type: 'card', text: xml, name: attribute(xml, 'nickname'), body }
}

function place(xml: string): Made | number {
  const latitude = Number(attribute(xml, 'x') || Number.NaN)
  const longitude = Number(attribute(xml, 'y') || Number.NaN)
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return 1
  const label = attribute(xml, 'label')
  const poi = attribute(xml, 'poiname')
  const what = { kind: 'location', latitude, longitude, label, poi } as const
  return { type: 'location', text: xml, name: poi || label, body: { kind: 'shared', what } }
}

function send(state: State, call: Call, read: Read): Answer {
  const body = bodyOf(call)
  const session = byBaseAlone(state, call, body)
  const refused = (code: number) => ret(code, '', { MsgID: '', LocalID: '' })
  if (typeof session === 'number') return refused(session)
  const message = record(body?.Msg)
  if (!message) return refused(1)
  const clientId = message.ClientMsgId === undefined ? '' : String(message.ClientMsgId)
  if (!clientId || message.FromUserName !== session.nameOf('me')) return refused(1)
  const done = (id: string) => ret(0, '', { MsgID: id, LocalID: String(message.LocalID ?? '') })
  const before = session.sent.get(clientId)
  if (before && !state.options.takesTwice) return done(before)
  if (body?.Scene === undefined) return refused(1204)
  const to = receiver(state, session, message.ToUserName)
  if (typeof to === 'number') return refused(to)
  const made = read(state, message, session)
  if (typeof made === 'number') return refused(made)
  const { who } = to
  const sent = state.world.make(who, 'me', made.body, { bytes: made.bytes, sent: true })
  session.sent.set(clientId, sent.id)
  if (state.options.echoOwnSends) state.world.happen({ kind: 'message', message: sent })
  if (to.cut) refuse(state.world, who)
  else {
    const { type, text, name, bytes, large } = made
    const delivered: Delivered = {
      id: sent.id,
      clientId,
      to: who,
      at: sent.at,
      type,
      text,
      ...(name === undefined ? {} : { name }),
      ...(bytes ? { bytes } : {}),
      ...(large ? { large } : {}),
      recalled: false,
    }
    state.delivered.push(delivered)
  }
  state.watch.ring()
  return done(sent.id)
}

/** Who it goes to, or the Ret for someone it cannot go to (protocol §7.8). */
function receiver(
  state: State,
  session: Session,
  name: unknown,
): { readonly who: Who; readonly cut: boolean } | number {
  const who = session.whoOf(name)
  if (who === undefined) return -1
  const figure = state.world.figure(who)
  if (figure.kind === 'group') return isIn(figure, 'me') ? { who, cut: false } : 1204
  if (figure.cut) return state.options.refusal === 'ret' ? 1204 : { who, cut: true }
  if (figure.kind === 'me') return state.world.selfDigits === 64 ? 1204 : { who, cut: false }
  return figure.kind === 'stranger' ? 1204 : { who, cut: false }
}

function whole(state: State, mediaId: unknown): Upload | undefined {
  const upload = state.uploads.get(String(mediaId ?? ''))
  return upload?.mediaId === mediaId ? upload : undefined
}

function attribute(xml: string, name: string): string {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(xml)
  return unescaped(found?.[1] ?? found?.[2] ?? '')
}

function unescaped(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|apos|#39);/g, (_all, name: string) => ENTITIES[name] ?? '')
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  '#39': "'",
}
