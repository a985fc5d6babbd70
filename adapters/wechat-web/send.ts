import { BridgeError } from '../../src/core/errors.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import { endOf, toBridgeError, WireFault } from './fault.ts'
import type { Live } from './live.ts'
import { lastingOf } from './people.ts'
import { text } from './raw.ts'
import { uploadPicture } from './upload.ts'

/** What sending needs of its surroundings; `pauses` is the stair of rate limits met in a row. */
export interface SendParts {
  readonly live: Live | undefined
  readonly now: () => number
  readonly maxImageBytes: number
  readonly pauses: Pauses
}

/** 5, then 15, then 60 minutes (architecture §7); a success starts anew. */
export class Pauses {
  #met = 0
  next(): number {
    const minutes = [5, 15, 60][Math.min(this.#met, 2)] ?? 60
    this.#met += 1
    return minutes * 60_000
  }
  reset(): void {
    this.#met = 0
  }
}

/** Delivers one job (protocol §7.1, §7.2, §7.4, §7.7). Throws a BridgeError that says whether it was delivered. */
export async function deliver(
  parts: SendParts,
  job: ChatSend,
  open: Open,
  signal: AbortSignal,
): Promise<Receipt> {
  const live = parts.live
  if (!live?.online) throw offline()
  const to = receiverOf(live, job)
  const { body } = job
  if (body.kind === 'recall') return recall(parts, live, job, to, signal)
  if (body.kind === 'text') {
    const content = body.text.toWellFormed()
    if (content.trim() === '') throw empty()
    const fields = { Type: 1, Content: content }
    return message(parts, live, job, 'webwxsendmsg', fields, content, to, signal)
  }
  if (body.media.kind !== 'image') {
    throw new BridgeError(`A ${body.media.kind} cannot be sent yet. It was not sent.`, {
      code: 'format',
      heal: 'never',
      certain: true,
    })
  }
  const mediaId = await upload(parts, live, job, open, to, signal)
  const fields = { Type: 3, MediaId: mediaId, Content: '' }
  return message(parts, live, job, 'webwxsendmsgimg', fields, undefined, to, signal)
}

/** The UserName the lasting chat has in this login. */
function receiverOf(live: Live, job: ChatSend): string {
  const id = lastingOf(job.chat, live.people.account)
  const to = id === undefined ? undefined : live.people.userName(id)
  if (to !== undefined) return to
  const why =
    id === undefined
      ? 'it belongs to another WeChat account than the one logged in'
      : 'this chat is not known in the present login'
  throw new BridgeError(
    `The message was not sent: ${why}. It can be sent as soon as WeChat shows the chat again.`,
    { code: 'gone', heal: 'retry', certain: true },
  )
}

async function upload(
  parts: SendParts,
  live: Live,
  job: ChatSend,
  open: Open,
  to: string,
  signal: AbortSignal,
): Promise<string> {
  if (job.body.kind !== 'media') throw empty()
  const { now, maxImageBytes: maxBytes } = parts
  try {
    return await uploadPicture({ api: live.api, open, now, maxBytes }, job.body.media, to, signal)
  } catch (thrown) {
    throw translate(parts, live, thrown, 'picture', true)
  }
}

async function message(
  parts: SendParts,
  live: Live,
  job: ChatSend,
  call: string,
  fields: Readonly<Record<string, unknown>>,
  words: string | undefined,
  to: string,
  signal: AbortSignal,
): Promise<Receipt> {
  const { api, sent, people } = live
  const what = words === undefined ? 'picture' : 'message'
  signal.throwIfAborted()
  const chat = lastingOf(job.chat, people.account) ?? ''
  const first = await sent.begin(job, chat, words, parts.now())
  const query = call === 'webwxsendmsg' ? {} : { fun: 'async', f: 'json' }
  const body = {
    Msg: {
      ...fields,
      FromUserName: people.self.UserName,
      ToUserName: to,
      LocalID: job.clientId,
      ClientMsgId: job.clientId,
    },
    Scene: 0,
  }
  try {
    const receipt = sent.during(
      api.post(call, { ...query, ...api.query() }, body, signal).then(async (answer) => {
        const msgId = text(answer.MsgID)
        if (!msgId) throw new WireFault('garbage', call)
        await sent.done(job.clientId, msgId)
        return { ids: [msgId], at: parts.now() }
      }),
    )
    const done = await receipt
    parts.pauses.reset()
    return done
  } catch (thrown) {
    const error = translate(parts, live, thrown, what, false)
    if (first && error.failure.certain) await sent.undo(job.clientId)
    throw error
  }
}

/** Takes a message of ours back. Its own ids say nothing to anyone, so the receipt names it by what it did. */
async function recall(
  parts: SendParts,
  live: Live,
  job: ChatSend,
  to: string,
  signal: AbortSignal,
): Promise<Receipt> {
  const { api, sent } = live
  const target = job.recalls?.ids.find((id) => /^\d{1,20}$/.test(id))
  if (target === undefined) {
    throw new BridgeError('It was not recalled: WeChat gave this message no id.', {
      code: 'gone',
      heal: 'never',
      certain: true,
    })
  }
  await sent.recalling(target)
  const body = {
    SvrMsgId: target,
    ToUserName: to,
    ClientMsgId: sent.clientIdOf(target) ?? job.clientId,
  }
  try {
    await api.post('webwxrevokemsg', api.query(), body, signal)
    return { ids: [`recall/${target}`], at: parts.now() }
  } catch (thrown) {
    const error = translate(parts, live, thrown, 'recall', false)
    if (error.failure.certain) await sent.notRecalled(target)
    throw error
  }
}

/** The failure for the bridge; and the session's end, when that is what it was. */
function translate(
  parts: SendParts,
  live: Live,
  thrown: unknown,
  what: string,
  uploading: boolean,
): BridgeError {
  const ret = thrown instanceof WireFault ? thrown.ret : undefined
  const end = ret === undefined ? undefined : endOf(ret)
  if (end && uploading) {
    // Uploads alone were refused with these before (protocol §7.3): one sync tells whether it is over.
    live.poke()
    return new BridgeError('The picture was not sent: WeChat refused the upload.', {
      code: 'server',
      heal: 'retry',
      certain: true,
    })
  }
  if (end) live.end(end)
  const pauseMs = ret === 1205 ? parts.pauses.next() : 0
  return toBridgeError(thrown, what, { pauseMs, harmless: uploading })
}

export function offline(): BridgeError {
  return new BridgeError('WeChat is not logged in. The message was not sent; it waits.', {
    code: 'session',
    heal: 'relogin',
    certain: true,
  })
}

function empty(): BridgeError {
  return new BridgeError('The message was not sent: it is empty.', {
    code: 'format',
    heal: 'never',
    certain: true,
  })
}
