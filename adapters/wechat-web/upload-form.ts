import type { MediaRef } from '../../src/core/message.ts'
import type { Api } from './api.ts'
import type { Measured } from './measure.ts'

/** What goes up. `mediatype` follows from the call that will send it. `permit` is what webwxcheckupload gave. */
export interface Upload {
  readonly media: MediaRef
  readonly measured: Measured
  readonly mediatype: 'pic' | 'video' | 'doc'
  readonly name: string
  /** UserName of the receiver. */
  readonly to: string
  readonly permit?: { readonly aesKey: string; readonly signature: string }
}

/** One part of an upload, as multipart/form-data of known length (protocol §7.3), in pieces: nothing is copied. */
export interface Form {
  readonly boundary: string
  readonly body: Uint8Array[]
}

/**
 * Makes the form of each chunk; all fields but the bytes are the same in every one. `id` is the ClientMediaId: a
 * new one for each new try of the whole.
 */
export function formOf(
  api: Api,
  job: Upload,
  chunks: number,
  id: number,
): (index: number, pieces: readonly Uint8Array[]) => Form {
  const { measured, mediatype } = job
  const { session } = api
  const request = requestOf(api, job, id)
  const name = job.name.replace(/[\r\n"]/g, (each) => encodeURIComponent(each))
  const boundary = `----WebKitFormBoundary${measured.md5.slice(0, 16)}`
  return (index, pieces) => {
    const fields: [string, string][] = [
      ['id', 'WU_FILE_0'],
      ['name', name],
      ['type', measured.mime],
      ['lastModifiedDate', new Date(id).toString()],
      ['size', String(measured.bytes)],
      ...part(chunks, index),
      ['mediatype', mediatype],
      ['uploadmediarequest', request],
      ['webwx_data_ticket', session.cookies.webwx_data_ticket ?? ''],
      ['pass_ticket', session.passTicket],
    ]
    const head = fields
      .map(
        ([key, value]) =>
          `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
      )
      .join('')
    const type = chunks > 1 ? 'application/octet-stream' : measured.mime
    // Never `filename*=`: with it the server gives no MediaId (protocol §7.3).
    const file =
      `--${boundary}\r\nContent-Disposition: form-data; name="filename"; filename="${name}"\r\n` +
      `Content-Type: ${type}\r\n\r\n`
    const body = [Buffer.from(head + file), ...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)]
    return { boundary, body }
  }
}

/** Only where there are several (protocol §7.3). */
function part(chunks: number, index: number): [string, string][] {
  if (chunks === 1) return []
  return [
    ['chunks', String(chunks)],
    ['chunk', String(index)],
  ]
}

function requestOf(api: Api, { measured, to, permit }: Upload, id: number): string {
  return JSON.stringify({
    UploadType: 2,
    BaseRequest: api.baseRequest(),
    ClientMediaId: id,
    TotalLen: measured.bytes,
    StartPos: 0,
    DataLen: measured.bytes,
    MediaType: 4,
    FromUserName: api.session.self.UserName,
    ToUserName: to,
    FileMd5: measured.md5,
    ...(permit ? { AESKey: permit.aesKey, Signature: permit.signature } : {}),
  })
}
