import { randomBytes } from 'node:crypto'
import type { WeChatWebOptions } from '../../../adapters/wechat-web/connector.ts'
import { type ChatId, mediaId } from '../../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../../src/core/message.ts'
import type { ChatSend } from '../../../src/ports/wechat.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { opened, sendText } from '../../contract/connector/jobs.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { connectorTo, type Desk, online } from './lab.ts'
import { type Instead, type Recorded, type Recorder, startRecorder } from './recorder.ts'

/** A connector whose three hosts are different origins, each with a recorder before the sandbox. */
export interface MediaDesk extends Desk {
  readonly entry: Recorder
  readonly file: Recorder
  readonly push: Recorder
  /** Who is logged in: `wechat/wx:…`. */
  readonly source: string
  /** The lasting id of a chat, as tokens name it. */
  lasting(chat: { readonly id: string }): string
}

export async function mediaDesk(
  sandbox: Sandbox,
  instead?: (recorded: Recorded) => Instead | undefined,
  more: Partial<WeChatWebOptions> = {},
): Promise<MediaDesk> {
  const [entry, file, push] = await Promise.all([
    startRecorder(sandbox.origin, instead),
    startRecorder(sandbox.origin, instead),
    startRecorder(sandbox.origin),
  ])
  const connector = connectorTo(sandbox.origin, memoryVault(), memoryLog(), {
    entryBase: entry.origin,
    fileBase: file.origin,
    pushBase: push.origin,
    ...more,
  })
  const desk = await online(sandbox, connector)
  const login = desk.logins.at(-1)
  if (login?.state !== 'online') throw new Error('not online')
  return {
    ...desk,
    entry,
    file,
    push,
    source: `wechat/${login.account}`,
    lasting: (chat) => chat.id.slice(login.account.length + 1),
    stop: async () => {
      await desk.stop()
      await Promise.all([entry.close(), file.close(), push.close()])
    },
  }
}

/** A reference as the parsers mint it. */
export function media(
  desk: Pick<MediaDesk, 'source'>,
  kind: MediaKind,
  token: Readonly<Record<string, unknown>>,
  more: Partial<MediaRef> = {},
): MediaRef {
  return {
    id: mediaId(`${desk.source}/${kind}/${randomBytes(4).toString('hex')}`),
    source: desk.source,
    kind,
    mime: 'application/octet-stream',
    token: JSON.stringify(token),
    ...more,
  }
}

/** Media written in a hub, on its way to WeChat. */
export function sendMedia(
  chat: ChatId,
  kind: MediaKind,
  mime: string,
  more: Partial<MediaRef> = {},
): ChatSend {
  const job = sendText(chat, '')
  const ref = { id: mediaId(`hub/${job.key}`), source: 'hub', kind, mime, token: 't', ...more }
  return { ...job, body: { kind: 'media', media: ref } }
}

export const opens = (bytes: Uint8Array, mime = 'application/octet-stream') => {
  return async () => opened(bytes, mime)
}

const beginning = (latin: string) => (size: number) =>
  Buffer.concat([Buffer.from(latin, 'latin1'), randomBytes(size)])

export const gif = beginning('GIF89a')
export const mp4 = beginning('\x00\x00\x00\x20ftypisom')
export const mp3 = beginning('ID3\x03')
export const pdf = beginning('%PDF-1.7\n')
