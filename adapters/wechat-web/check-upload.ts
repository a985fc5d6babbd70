import type { Api } from './api.ts'
import { text } from './raw.ts'
import type { Upload } from './upload-form.ts'

/** Only files larger than this are asked about (protocol §7.6). */
const bigBytes = 26_214_400

/** What WeChat said of a big file. With a `mediaId` it has the bytes already. */
export interface Permit {
  readonly mediaId: string
  readonly aesKey: string
  readonly signature: string
}

/** Asks before a big file is uploaded. Undefined: it is small, there is nothing to ask. Throws a WireFault. */
export async function checkUpload(
  api: Api,
  { measured, name, to }: Upload,
  signal: AbortSignal,
): Promise<Permit | undefined> {
  if (measured.bytes <= bigBytes) return undefined
  const body = {
    FileMd5: measured.md5,
    FileName: name,
    FileSize: measured.bytes,
    FileType: 7,
    FromUserName: api.session.self.UserName,
    ToUserName: to,
  }
  const answer = await api.post('webwxcheckupload', api.query(), body, signal)
  return {
    mediaId: text(answer.MediaId),
    aesKey: text(answer.AESKey),
    signature: text(answer.Signature),
  }
}
