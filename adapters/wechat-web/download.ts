import type { Readable } from 'node:stream'
import { BridgeError } from '../../src/core/errors.ts'
import { weChatLane } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Opened } from '../../src/ports/outlet.ts'
import { toBridgeError, WireFault } from './fault.ts'
import type { OpenAnswer } from './http.ts'
import type { Live } from './live.ts'
import { record, text } from './raw.ts'

/**
 * Opens a picture or avatar in the present session (protocol §3.7, §6.1). Nothing, JSON and HTML are failures,
 * tried again after a while (§6.6). Throws a BridgeError: `gone` when WeChat has nothing under this name.
 */
export async function download(
  live: Live | undefined,
  media: MediaRef,
  clock: Clock,
  signal: AbortSignal,
): Promise<Opened> {
  if (!live?.online || media.source !== weChatLane(live.people.account)) {
    throw new BridgeError('WeChat is not logged in with the account this came from.', {
      code: 'session',
      heal: 'relogin',
      certain: true,
    })
  }
  const url = addressOf(live, media)
  for (const pause of [...live.api.timings.mediaRetries, undefined]) {
    try {
      const opened = await openOnce(live, url, signal)
      if (opened) return opened
    } catch (thrown) {
      signal.throwIfAborted()
      if (pause === undefined) throw toBridgeError(thrown, 'download', { harmless: true })
    }
    if (pause !== undefined) await clock.sleep(pause, signal)
  }
  throw new BridgeError('WeChat has nothing (any more) under this name.', {
    code: 'gone',
    heal: 'never',
    certain: true,
  })
}

function addressOf(live: Live, media: MediaRef): URL {
  const token = readToken(media.token)
  const { api, people } = live
  const { skey } = api.session
  if (token.type === 'image') return api.url('webwxgetmsgimg', { MsgID: text(token.msgId), skey })
  const user = text(token.user)
  const userName = user === 'self' ? people.self.UserName : people.userName(user)
  if (token.type !== 'avatar' || !userName) {
    throw new BridgeError('This person is not known in the present login.', {
      code: 'gone',
      heal: 'retry',
      certain: true,
    })
  }
  if (userName.startsWith('@@')) {
    return api.url('webwxgetheadimg', { seq: 0, username: userName, skey })
  }
  const room = people.raw(people.userName(text(token.room)) ?? '')
  return api.url('webwxgeticon', {
    seq: seqOf(media),
    username: userName,
    skey,
    ...(room?.EncryChatRoomId ? { chatroomid: room.EncryChatRoomId } : {}),
  })
}

function readToken(token: string) {
  try {
    return record(JSON.parse(token))
  } catch {
    return record(undefined)
  }
}

/** The last part of an avatar's id. */
function seqOf(media: MediaRef): string {
  return /\/(\d{1,20})$/.exec(media.id)?.[1] ?? '0'
}

/** Undefined: nothing came, or something that is no picture. */
async function openOnce(live: Live, start: URL, signal: AbortSignal): Promise<Opened | undefined> {
  const answer = await follow(live, start, signal)
  if (answer.status >= 500) {
    answer.body.destroy()
    throw new WireFault('status', 'download', { status: answer.status })
  }
  if (answer.status !== 200 && answer.status !== 206) {
    answer.body.destroy()
    return undefined
  }
  const { head, rest } = await peek(answer.body)
  if (head.length === 0 || isWords(head)) {
    answer.body.destroy()
    return undefined
  }
  const mime = sniff(head)
  const { length } = answer
  const stream = streamOf(head, rest, answer.body, length)
  return { stream, mime, ...(length === undefined ? {} : { bytes: length }) }
}

/** Up to three redirects, and only to hosts that are ours to ask (protocol §6). */
async function follow(live: Live, start: URL, signal: AbortSignal): Promise<OpenAnswer> {
  let url = start
  for (let hop = 0; ; hop++) {
    const answer = await live.api.wire.open(
      { name: 'download', method: 'GET', url, timeoutMs: live.api.timings.download },
      signal,
    )
    const { location, status } = answer
    if (status < 300 || status >= 400 || !location || hop >= 3) return answer
    answer.body.destroy()
    if (!URL.canParse(location, url.href)) throw new WireFault('garbage', 'download')
    url = new URL(location, url)
    if (!live.api.wire.allows(url)) throw new WireFault('garbage', 'download')
  }
}

type Rest = AsyncIterator<Uint8Array>

/** The first bytes, enough to know what it is. */
async function peek(body: Readable): Promise<{ head: Uint8Array; rest: Rest }> {
  const rest: Rest = body[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  let size = 0
  try {
    while (size < 64) {
      const next = await rest.next()
      if (next.done) break
      held.push(next.value)
      size += next.value.length
    }
  } catch (thrown) {
    throw new WireFault('cut', 'download', { cause: thrown })
  }
  return { head: Buffer.concat(held), rest }
}

function streamOf(
  head: Uint8Array,
  rest: Rest,
  body: Readable,
  length: number | undefined,
): ReadableStream<Uint8Array> {
  let seen = 0
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(head)
      seen = head.length
    },
    async pull(controller) {
      try {
        const next = await rest.next()
        if (!next.done) {
          seen += next.value.length
          controller.enqueue(next.value)
        } else if (length !== undefined && seen !== length) {
          throw new WireFault('cut', 'download')
        } else controller.close()
      } catch (thrown) {
        const fault = new WireFault('cut', 'download', { cause: thrown })
        controller.error(toBridgeError(fault, 'download', { harmless: true }))
      }
    },
    cancel() {
      body.destroy()
    },
  })
}

/** JSON or a page where a picture was expected (protocol §6.6). */
function isWords(head: Uint8Array): boolean {
  const start = new TextDecoder().decode(head.subarray(0, 64)).trimStart().toLowerCase()
  return /^(\{|<!doctype|<html|<\?xml|<error)/.test(start)
}

const magics: readonly [string, RegExp][] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG/],
  ['image/gif', /^GIF8/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
  ['image/bmp', /^BM/],
]

/** What the bytes are; the server calls everything a JPEG (protocol §6.1). */
function sniff(head: Uint8Array): string {
  const start = Buffer.from(head.subarray(0, 16)).toString('latin1')
  return magics.find(([, magic]) => magic.test(start))?.[0] ?? 'application/octet-stream'
}
