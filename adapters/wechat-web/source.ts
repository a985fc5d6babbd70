import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import { address, type Query } from './api.ts'
import { isCdn } from './cdn.ts'
import { cgi } from './hosts.ts'
import type { Live } from './live.ts'
import type { People } from './people.ts'
import { number, type Raw, record, text } from './raw.ts'

/** A session as far as fetching needs it; a {@link Live} is one. */
export interface Fetching extends Pick<Live, 'api' | 'online'> {
  readonly people: Pick<People, 'account' | 'self' | 'raw' | 'userName'>
}

/** One place to fetch media from. */
export interface Source {
  readonly url: URL
  /** Ask for it as a range from the first byte, or there is nothing (protocol §6.3). */
  readonly ranged?: true
  /** A host that is not the session's. */
  readonly foreign?: true
  /** Not worth asking in the first round. */
  readonly late?: true
}

/** Where media may be fetched, best first, and what is known of it. */
export interface Sources {
  readonly from: readonly Source[]
  /** The size that was announced, in bytes. */
  readonly bytes?: number
  /** Anything may be in it, so that pages and JSON are no sign of failure. */
  readonly anything?: true
}

/** Reads what the token of a reference names (protocol §6, §3.7). Throws a BridgeError `gone`. */
export function sourcesOf(live: Fetching, media: MediaRef, cdn: string | undefined): Sources {
  const token = readToken(media.token)
  const read = Object.hasOwn(readers, text(token.type)) && readers[text(token.type)]
  if (!read) throw nowhere('The bridge cannot tell any more what this is.')
  return read({ live, media, token, cdn })
}

interface Asked {
  readonly live: Fetching
  readonly media: MediaRef
  readonly token: Raw
  readonly cdn: string | undefined
}

const readers: Readonly<Record<string, (asked: Asked) => Sources>> = {
  image: (asked) => one(byMessage(asked, 'webwxgetmsgimg', 'MsgID')),
  thumb: (asked) => one(byMessage(asked, 'webwxgetmsgimg', 'MsgID', { type: 'slave' })),
  sticker,
  voice: (asked) => one(byMessage(asked, 'webwxgetvoice', 'msgid')),
  video: (asked) => ({
    from: [{ url: byMessage(asked, 'webwxgetvideo', 'msgid'), ranged: true }],
  }),
  file,
  map: (asked) =>
    one(byMessage(asked, 'webwxgetpubliclinkimg', 'msgid', { url: 'xxx', pictype: 'location' })),
  avatar,
}

const one = (url: URL): Sources => ({ from: [{ url }] })

function byMessage({ live, token }: Asked, call: string, name: string, more: Query = {}): URL {
  const msgId = text(token.msgId)
  if (!/^\d{1,20}$/.test(msgId)) throw nowhere('WeChat gave the message no id to fetch it by.')
  return live.api.url(call, { [name]: msgId, skey: live.api.session.skey, ...more })
}

/** WeChat's own first, then where the sticker came from, then a small picture of it (protocol §6.5). */
function sticker(asked: Asked): Sources {
  const elsewhere = (value: unknown): URL[] => {
    if (!URL.canParse(text(value))) return []
    const url = new URL(text(value))
    return isCdn(url, asked.cdn) ? [url] : []
  }
  const { cdnurl, thumburl } = asked.token
  return {
    from: [
      { url: byMessage(asked, 'webwxgetmsgimg', 'MsgID', { type: 'big' }) },
      ...elsewhere(cdnurl).map((url) => ({ url, foreign: true }) as const),
      ...elsewhere(thumburl).map((url) => ({ url, foreign: true, late: true }) as const),
    ],
  }
}

/** All spellings of its name that clients use; the server takes what it knows (protocol §6.4). */
function file({ live, token }: Asked): Sources {
  const { api, people } = live
  const { session } = api
  const bytes = number(token.bytes)
  const mediaId = text(token.mediaId)
  if (!mediaId || bytes <= 0) {
    throw nowhere(
      'WeChat announced the file, but has not given it to the web. See it on the phone.',
    )
  }
  const sender = text(token.sender)
  const known = sender === 'self' ? undefined : people.userName(sender)
  const encryFileName = decoded(text(token.encryFileName))
  const url = address(`${session.hosts.file}${cgi}/webwxgetmedia`, {
    sender: known ?? people.self.UserName,
    mediaid: mediaId,
    ...(encryFileName ? { encryfilename: encryFileName } : {}),
    filename: text(token.fileName),
    fromuser: session.uin,
    pass_ticket: session.passTicket,
    webwx_data_ticket: session.cookies.webwx_data_ticket ?? '',
  })
  return { from: [{ url }], bytes, anything: true }
}

/** It arrives percent-encoded, and is encoded once more only after that is undone (protocol §6.4). */
function decoded(encryFileName: string): string {
  try {
    return decodeURIComponent(encryFileName)
  } catch {
    return encryFileName
  }
}

function avatar({ live, media, token }: Asked): Sources {
  const { api, people } = live
  const { skey } = api.session
  const user = text(token.user)
  const userName = user === 'self' ? people.self.UserName : people.userName(user)
  if (!userName) {
    throw new BridgeError('This person is not known in the present login.', {
      code: 'gone',
      heal: 'retry',
      certain: true,
    })
  }
  const size = token.big === 1 ? { type: 'big' } : {}
  if (userName.startsWith('@@')) {
    return one(api.url('webwxgetheadimg', { seq: 0, username: userName, skey, ...size }))
  }
  const room = people.raw(people.userName(text(token.room)) ?? '')
  return one(
    api.url('webwxgeticon', {
      seq: seqOf(media),
      username: userName,
      skey,
      ...(room?.EncryChatRoomId ? { chatroomid: room.EncryChatRoomId } : {}),
      ...size,
    }),
  )
}

/** The last part of an avatar's id. */
function seqOf(media: MediaRef): string {
  return /\/(\d{1,20})$/.exec(media.id)?.[1] ?? '0'
}

function readToken(token: string): Raw {
  try {
    return record(JSON.parse(token))
  } catch {
    return record(undefined)
  }
}

function nowhere(sentence: string): BridgeError {
  return new BridgeError(sentence, { code: 'gone', heal: 'never', certain: true })
}
