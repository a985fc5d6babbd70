import { byBase } from './admit.ts'
import { hex } from './dice.ts'
import { type Answer, bodyOf, type Call, ret } from './http.ts'
import type { State } from './state.ts'

/** `webwxcheckupload`: the MediaId of a file the server has, else what a big upload needs (protocol §7.6). */
export function checkUpload(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  const none = { MediaId: '', AESKey: '', Signature: '', EncryFileName: '' }
  if (typeof session === 'number') return ret(session, '', none)
  const { FileMd5: md5, FileName: name, FileSize: size } = body ?? {}
  const fits =
    typeof md5 === 'string' &&
    /^[0-9a-f]{32}$/.test(md5) &&
    typeof name === 'string' &&
    name !== '' &&
    Number(size) > 0 &&
    body?.FileType === 7 &&
    body.FromUserName === session.nameOf('me') &&
    session.whoOf(body.ToUserName) !== undefined
  if (!fits) return ret(1, '', none)
  const known = state.knownFiles.get(md5)
  return ret(0, '', {
    MediaId: known?.total === Number(size) ? known.mediaId : '',
    ...passOf(md5),
    EncryFileName: encodeURIComponent(name).replaceAll('.', '%2E'),
  })
}

/** What an upload of a big file shows, and the message that sends it. */
export function passOf(md5: string): { readonly AESKey: string; readonly Signature: string } {
  return { AESKey: hex(32, md5, 'aes'), Signature: hex(64, md5, 'signature') }
}

/** Files above this many bytes have to be announced (protocol §7.6). */
export const BIG = 26_214_400
