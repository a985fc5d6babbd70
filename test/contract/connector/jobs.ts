import { createHash, randomBytes } from 'node:crypto'
import { type BridgeError, toBridgeError } from '../../../src/core/errors.ts'
import {
  type ChatId,
  eventId,
  hubId,
  hubMessageId,
  key,
  mediaId,
  messageId,
  portalId,
} from '../../../src/core/ids.ts'
import type { MediaRef } from '../../../src/core/message.ts'
import type { ChatSend } from '../../../src/ports/wechat.ts'

let sends = 0

function send(chat: ChatId, body: ChatSend['body']): ChatSend {
  sends += 1
  return {
    type: 'send',
    key: key(`send/${sends}`),
    clientId: String(17_000_000_000_000_000n + BigInt(Date.now() % 1e9) * 1000n + BigInt(sends)),
    portal: portalId('portal'),
    message: hubMessageId(hubId('test'), eventId(String(sends))),
    part: 0,
    chat,
    body,
  }
}

export function sendText(chat: ChatId, text: string): ChatSend {
  return send(chat, { kind: 'text', text })
}

export function sendPicture(chat: ChatId, mime: string): ChatSend {
  const media: MediaRef = {
    id: mediaId(`test/${sends}`),
    source: 'test',
    kind: 'image',
    mime,
    token: 'test',
  }
  return send(chat, { kind: 'media', media })
}

export function sendRecall(chat: ChatId, of: ChatSend): ChatSend {
  return send(chat, { kind: 'recall', target: messageId(of.message), part: of.part })
}

/** The BridgeError a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<BridgeError> {
  try {
    await promise
  } catch (thrown) {
    return toBridgeError(thrown)
  }
  throw new Error('expected a failure')
}

export function opened(bytes: Uint8Array, mime: string) {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 70_000) {
        controller.enqueue(bytes.subarray(at, at + 70_000))
      }
      controller.close()
    },
  })
  return { stream, mime }
}

export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export function sha(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Something that begins like a JPEG and then is noise. */
export function jpeg(bytes: number): Uint8Array {
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(bytes)])
}
