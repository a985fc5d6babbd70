import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { mediaId as idOf } from '../../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../../src/core/message.ts'
import type { Bytes, Open } from '../../../src/ports/outlet.ts'
import type { Query } from '../api.ts'
import { fileXml } from '../app-message.ts'
import { checkUpload } from '../check-upload.ts'
import { WireFault } from '../fault.ts'
import { fileNameOf } from '../file-name.ts'
import { type Measured, measure } from '../measure.ts'
import { mimeOfName } from '../mime.ts'
import { type Raw, text } from '../raw.ts'
import { upload } from '../upload.ts'
import type { Upload } from '../upload-form.ts'
import { type Core, forever } from './core.ts'
import { LocalError } from './result.ts'
import type { Sent } from './user.ts'

/** A file at WeChat, not yet sent to anyone. */
export interface Uploaded {
  readonly mediaId: string
  readonly fileName: string
  readonly bytes: number
  readonly md5: string
  /** What its bytes show it to be. */
  readonly mime: string
}

/** What upload and sending call need to agree on (protocol §7.3). */
export type UploadAs = 'image' | 'sticker' | 'video' | 'file'

/** As much as `checkUpload` allows at all; what the server refuses is its answer. */
const mostBytes = 1024 * 1024 * 1024

/**
 * UserName of a receiver: as given, or the one person or group called exactly this. Nobody and oneself are
 * `filehelper`: a message to one's own UserName is refused (trap 81). Throws a LocalError: -1001 nobody, -1005
 * several.
 */
export function receiverOf(core: Core, to: string | undefined): string {
  if (!to || to === core.self.UserName) return 'filehelper'
  // Before any name: anybody may call themselves so.
  if (special.has(to)) return to
  if (/^@{1,2}[0-9a-zA-Z]{16,}$/.test(to) || core.roster.get(to)) return to
  const [one, ...others] = core.roster.named(to)
  if (others.length > 0) {
    throw new LocalError(-1005, `${others.length + 1} chats are called "${to}".`)
  }
  if (one === undefined) throw new LocalError(-1001, `Nobody is called "${to}".`)
  return one === core.self.UserName ? 'filehelper' : one
}

/** Accounts whose UserName is the same in every login (protocol §3.4). */
const special: ReadonlySet<string> = new Set([
  ...['filehelper', 'weixin', 'newsapp', 'fmessage', 'weibo', 'qqmail', 'tmessage', 'qmessage'],
  ...['qqsync', 'floatbottle', 'lbsapp', 'shakeapp', 'medianote', 'qqfriend', 'readerapp'],
  ...['blogapp', 'facebookapp', 'masssendapp', 'meishiapp', 'feedsapp', 'voip', 'blogappweixin'],
  ...['brandsessionholder', 'weixinreminder', 'officialaccounts', 'notification_messages'],
])

/** A message of any Type with a Content (protocol §7.2). */
export async function sendRaw(
  core: Core,
  type: number,
  content: string,
  to: string | undefined,
): Promise<Sent> {
  if (content.trim() === '') throw new LocalError(-1005, 'The message is empty.')
  return post(core, 'webwxsendmsg', {}, { Type: type, Content: content.toWellFormed() }, to)
}

/** A file to WeChat, for whoever gets it sent then. Throws a LocalError: -1002 no such file, -1005 an empty one. */
export async function uploadFile(
  core: Core,
  path: string,
  as: UploadAs,
  to: string | undefined,
): Promise<Uploaded> {
  const { media, measured, open } = await look(path, as)
  return bring(core, { media, measured, open }, as, receiverOf(core, to))
}

/** Media of a file, or what an earlier upload of it gave. A GIF sent as a picture moves (trap 79). */
export async function sendMedia(
  core: Core,
  path: string,
  kind: 'image' | 'video' | 'file',
  to: string | undefined,
  mediaId: string | undefined,
): Promise<Sent> {
  const receiver = receiverOf(core, to)
  const looked = await look(path, kind)
  const as: UploadAs = kind === 'image' && looked.measured.mime === 'image/gif' ? 'sticker' : kind
  const file = mediaId
    ? { ...uploadedOf(looked), mediaId }
    : await bring(core, looked, as, receiver)
  const { desktop } = core.settings
  const async = { fun: 'async', f: 'json' }
  switch (as) {
    case 'image':
      return post(
        core,
        'webwxsendmsgimg',
        async,
        { Type: 3, MediaId: file.mediaId, Content: '' },
        receiver,
      )
    case 'sticker': {
      const fields = { Type: 47, EmojiFlag: 2, MediaId: file.mediaId }
      return post(core, 'webwxsendemoticon', { fun: 'sys' }, fields, receiver)
    }
    case 'video':
      return post(
        core,
        'webwxsendvideomsg',
        async,
        { Type: 43, MediaId: file.mediaId, Content: '' },
        receiver,
      )
    case 'file': {
      const content = fileXml({ ...file, name: file.fileName }, desktop !== undefined)
      const query = desktop ? { ...async, mod: 'desktop' } : async
      const signature = core.signatures.get(file.mediaId)
      const fields = { Type: 6, Content: content, ...(signature ? { Signature: signature } : {}) }
      return post(core, 'webwxsendappmsg', query, fields, receiver)
    }
  }
}

/** Takes back what oneself sent, within two minutes (protocol §7.7). */
export async function revoke(
  core: Core,
  msgId: string,
  to: string | undefined,
  localId: string | undefined,
): Promise<void> {
  const { api } = core
  const body = {
    SvrMsgId: msgId,
    ToUserName: receiverOf(core, to),
    ClientMsgId: localId ?? core.clientId(),
  }
  const name = `recall:${msgId}`
  core.handled.add(name, true)
  try {
    await core.paced(core.settings.pace.sendMs, () =>
      api.post('webwxrevokemsg', api.query(), body, forever),
    )
  } catch (thrown) {
    // Surely not done: should the phone do it, that is news.
    if (thrown instanceof WireFault && thrown.kind === 'ret') core.handled.drop(name)
    throw thrown
  }
}

/** One message, after a pause; `Scene` must be there (trap 82). */
async function post(
  core: Core,
  call: string,
  query: Query,
  fields: Raw,
  to: string | undefined,
): Promise<Sent> {
  const { api } = core
  const localId = core.clientId()
  const ends = { FromUserName: core.self.UserName, ToUserName: receiverOf(core, to) }
  const body = { Msg: { ...fields, ...ends, LocalID: localId, ClientMsgId: localId }, Scene: 0 }
  const { sendMs, mediaMs } = core.settings.pace
  const answer = await core.paced(call === 'webwxsendmsg' ? sendMs : mediaMs, () =>
    api.post(call, { ...query, ...api.query() }, body, forever),
  )
  const msgId = text(answer.MsgID)
  if (!msgId) throw new WireFault('garbage', call)
  core.handled.add(msgId, true)
  return { msgId, localId }
}

interface Looked {
  readonly media: MediaRef
  readonly measured: Measured
  readonly open: Open
}

async function look(path: string, as: UploadAs): Promise<Looked> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) throw new LocalError(-1002, 'There is no such file.')
  if (found.size === 0) throw new LocalError(-1005, 'The file is empty.')
  const name = basename(path)
  const mime = mimeOfName(name) ?? 'application/octet-stream'
  const kind: MediaKind = as
  const media: MediaRef = { id: idOf(path), source: 'file', kind, mime, name, token: '' }
  const open: Open = async () => ({
    stream: Readable.toWeb(createReadStream(path)) as Bytes,
    mime,
    bytes: found.size,
  })
  return { media, open, measured: await measure(open, media, mostBytes, forever) }
}

async function bring(core: Core, looked: Looked, as: UploadAs, to: string): Promise<Uploaded> {
  const { api, settings } = core
  const { media, measured, open } = looked
  const mediatype = as === 'image' ? 'pic' : as === 'video' ? 'video' : 'doc'
  const plain = uploadedOf(looked)
  const job: Upload = { media, measured, mediatype, name: plain.fileName, to }
  const permit = await checkUpload(api, job, forever)
  const parts = { api, open, clock: settings.clock, random: settings.random }
  const mediaId =
    permit?.mediaId || (await upload(parts, { ...job, ...(permit ? { permit } : {}) }, forever))
  if (permit?.signature) core.signatures.set(mediaId, permit.signature)
  return { ...plain, mediaId }
}

function uploadedOf({ media, measured }: Looked): Uploaded {
  const { bytes, md5, mime } = measured
  return { mediaId: '', fileName: fileNameOf(media, mime), bytes, md5, mime }
}
