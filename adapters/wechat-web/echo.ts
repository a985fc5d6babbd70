import { createHash } from 'node:crypto'
import type { Content } from '../../src/core/message.ts'
import { foldName } from './text.ts'

/** What a message of ours says, as far as its echo can be known by it. Of media `words` are the name of a file. */
export interface Said {
  readonly kind: string
  readonly words: string
  /** Of the bytes, lower-case hex. */
  readonly md5?: string
  readonly bytes?: number
}

/** A message of one's own as sync brought it. */
export interface Echo extends Said {
  readonly msgId: string
  /** What the client that sent it called it; '' where WeChat does not say. */
  readonly clientId: string
  /** Lasting chat id. */
  readonly chat: string
  /** Was this id the same chat's before it turned out to be `chat`? */
  readonly wasChat?: (id: string) => boolean
  /** When it was said, in milliseconds. */
  readonly at: number
  /** Content as received: the XML of media names the MD5 of its bytes. */
  readonly payload: string
}

/** What a received content says. */
export function saidIn(content: Content): Said {
  const { kind } = content
  if (kind === 'text') return { kind, words: content.text }
  if (kind !== 'file') return { kind, words: '' }
  const { name = '', bytes } = content.media
  return { kind, words: name, ...(bytes === undefined ? {} : { bytes }) }
}

/** Stands for the words in a notebook, which then holds none of them. U+FE0F never comes back (protocol §3.8). */
export function fingerprint({ kind, words }: Said): string {
  const folded = foldName(words.replaceAll('\r\n', '\n')).trim()
  return createHash('sha256').update(`${kind}\n${folded}`).digest('base64url').slice(0, 22)
}
