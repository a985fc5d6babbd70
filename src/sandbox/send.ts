import { byBase } from './admit.ts'
import { type Answer, bodyOf, type Call, record, ret } from './http.ts'
import type { Delivered, Who } from './sandbox.ts'
import type { Session } from './session.ts'
import type { State } from './state.ts'
import type { Upload } from './upload.ts'
import type { Body } from './world.ts'

/** What one of the send endpoints makes of its Msg; a number is the Ret it is refused with. */
type Read = (
  state: State,
  message: Readonly<Record<string, unknown>>,
) => { readonly text: string; readonly body: Body; readonly bytes?: Uint8Array } | number

/** `webwxsendmsg` (protocol §7.2). Cards and locations count as `other`. */
export function sendText(state: State, call: Call): Answer {
  return send(state, call, (_state, message) => {
    const text = message.Content
    if (typeof text !== 'string' || text === '') return 1
    return { text, body: message.Type === 1 ? { kind: 'text', text } : { kind: 'other' } }
  })
}

/** `webwxsendmsgimg`: a picture uploaded before (protocol §7.4). */
export function sendPicture(state: State, call: Call): Answer {
  return send(state, call, (at, message) => {
    const upload = whole(at, message.MediaId)
    return upload && upload.mediaType === 'pic'
      ? { text: '', body: { kind: 'picture', bytes: upload.bytes } }
      : 1
  })
}

/** `webwxsendvideomsg` and `webwxsendemoticon` (protocol §7.4). */
export function sendMedia(state: State, call: Call): Answer {
  return send(state, call, (at, message) => {
    const upload = whole(at, message.MediaId)
    return upload ? { text: '', body: { kind: 'other' }, bytes: upload.bytes } : 1
  })
}

/** `webwxsendappmsg`: a file (protocol §7.5). `Delivered.text` is its title. */
export function sendFile(state: State, call: Call): Answer {
  return send(state, call, (at, message) => {
    const xml = String(message.Content ?? '')
    const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
    const upload = whole(at, element('attachid'))
    if (!upload || element('type') !== '6') return 1
    if (Number(element('totallen')) !== upload.bytes.byteLength) return 1
    const title = element('title').replace(
      /&(lt|gt|amp);/g,
      (_all, name: string) => ENTITIES[name] ?? '',
    )
    return { text: title, body: { kind: 'other' }, bytes: upload.bytes }
  })
}

/** `webwxrevokemsg`: within 120 s of the owner's own messages; the echo comes as 10002 (protocol §7.7). */
export function revoke(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  if (typeof session === 'number') return ret(session)
  const message = state.world.messages.get(String(body?.SvrMsgId ?? ''))
  const chat = session.whoOf(body?.ToUserName)
  if (!body?.ClientMsgId || message?.from !== 'me' || message.chat !== chat)
    return ret(1, '参数错误')
  if (message.recalled) return ret(0)
  if (state.options.now() - message.at > RECALL_MS)
    return ret(1, '发送时间超过2分钟的消息，不能被撤回。')
  recallBy(state, message.id, 'me')
  return ret(0)
}

/** Takes a message back and lets everyone know. Resolves with the MsgId of the notice. */
export function recallBy(state: State, id: string, by: Who): string {
  const message = state.world.message(id)
  message.recalled = true
  const delivered = state.delivered.find((candidate) => candidate.id === id)
  if (delivered) delivered.recalled = true
  return state.world.tell(message.chat, by, { kind: 'recall', of: message, by }).id
}

function send(state: State, call: Call, read: Read): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  const refuse = (code: number) => ret(code, '', { MsgID: '', LocalID: '' })
  if (typeof session === 'number') return refuse(session)
  const message = record(body?.Msg)
  if (!message) return refuse(1)
  const clientId = message.ClientMsgId === undefined ? '' : String(message.ClientMsgId)
  if (!clientId || message.FromUserName !== session.nameOf('me')) return refuse(1)
  const done = (id: string) => ret(0, '', { MsgID: id, LocalID: String(message.LocalID ?? '') })
  const before = session.sent.get(clientId)
  if (before) return done(before)
  if (body?.Scene === undefined) return refuse(1204)
  const to = receiver(state, session, message.ToUserName)
  if (typeof to === 'number') return refuse(to)
  const what = read(state, message)
  if (typeof what === 'number') return refuse(what)
  const sent = state.world.make(to.who, 'me', what.body, undefined, what.bytes)
  session.sent.set(clientId, sent.id)
  const delivered: Delivered = {
    id: sent.id,
    clientId,
    to: to.who,
    at: sent.at,
    type: what.body.kind === 'text' ? 'text' : what.body.kind === 'picture' ? 'image' : 'other',
    text: what.text,
    ...(sent.bytes ? { bytes: sent.bytes } : {}),
    recalled: false,
  }
  state.delivered.push(delivered)
  state.watch.ring()
  return done(sent.id)
}

/** Who it goes to, or the Ret for someone it cannot go to (protocol §7.8). */
function receiver(state: State, session: Session, name: unknown): { who: Who } | number {
  const who = session.whoOf(name)
  if (who === undefined) return -1
  const { kind } = state.world.figure(who)
  return kind === 'me' || kind === 'stranger' ? 1204 : { who }
}

function whole(state: State, mediaId: unknown): Upload | undefined {
  const upload = state.uploads.get(String(mediaId ?? ''))
  return upload?.mediaId === mediaId ? upload : undefined
}

const RECALL_MS = 120_000
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&' }
