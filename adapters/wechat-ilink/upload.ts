import { createHash, randomBytes } from 'node:crypto'
import type { MediaRef } from '../../src/core/message.ts'
import type { Open } from '../../src/ports/outlet.ts'
import { sealed, sealedSize } from './aes.ts'
import type { Api } from './api.ts'
import { WireFault } from './fault.ts'
import { type Raw, text } from './json.ts'
import { type Measured, unsendable } from './measure.ts'
import { isAllowed } from './places.ts'
import { piecesOf, type Wire } from './wire.ts'

/** As what it is uploaded (`ecosystem §1.3`). */
export const uploadTypes = { image: 1, video: 2, file: 3 } as const

export interface Upload {
  readonly media: MediaRef
  readonly measured: Measured
  readonly as: keyof typeof uploadTypes
  readonly to: string
}

/** What a message names uploaded bytes by; `sealedBytes` is how many they are there. */
export interface Uploaded {
  readonly reference: Raw
  readonly sealedBytes: number
}

/**
 * Brings the bytes to WeChat's file server, encrypted on their way under a new key (`ecosystem §1.3`). Nobody sees them
 * there until a message names them. Throws a BridgeError or a {@link WireFault}.
 */
export async function upload(
  { api, wire, open, cdnBase }: { api: Api; wire: Wire; open: Open; cdnBase: string },
  { media, measured, as, to }: Upload,
  signal: AbortSignal,
): Promise<Uploaded> {
  const key = randomBytes(16)
  const filekey = randomBytes(16).toString('hex')
  const sealedBytes = sealedSize(measured.bytes)
  const permit = await api.uploadUrl(
    {
      filekey,
      media_type: uploadTypes[as],
      to_user_id: to,
      rawsize: measured.bytes,
      rawfilemd5: measured.md5,
      filesize: sealedBytes,
      no_need_thumb: true,
      aeskey: key.toString('hex'),
    },
    signal,
  )
  const call = {
    name: 'upload',
    method: 'POST',
    url: addressOf(permit, filekey, cdnBase),
    headers: { 'Content-Type': 'application/octet-stream' },
    timeoutMs: api.timings.upload,
  } as const
  const { stream } = await open(media)
  const same = sameAs(measured, piecesOf(stream))
  const body = { stream: sealed(same, key), length: sealedBytes }
  const answer = await wire.open({ ...call, body }, signal).catch(async (thrown: unknown) => {
    // Where it never began nobody else lets go of it.
    await stream.cancel().catch(() => undefined)
    throw (thrown instanceof WireFault && changedIn(thrown)) || thrown
  })
  answer.body.resume()
  if (answer.status !== 200) throw new WireFault('status', 'upload', { status: answer.status })
  const named = answer.header('x-encrypted-param')
  if (named === undefined) throw new WireFault('garbage', 'upload')
  return {
    reference: {
      encrypt_query_param: named,
      // Of the hex digits, not of the bytes they stand for: so WeChat's own client does, and phones read it.
      aes_key: Buffer.from(key.toString('hex')).toString('base64'),
      encrypt_type: 1,
    },
    sealedBytes,
  }
}

function addressOf(permit: Raw, filekey: string, cdnBase: string): URL {
  const full = text(permit.upload_full_url).trim()
  if (full) {
    if (URL.canParse(full) && isAllowed(new URL(full), cdnBase)) return new URL(full)
    throw new WireFault('place', 'getuploadurl')
  }
  const param = text(permit.upload_param)
  if (!param) throw new WireFault('garbage', 'getuploadurl')
  const url = new URL(`${cdnBase}/upload`)
  url.searchParams.set('encrypted_query_param', param)
  url.searchParams.set('filekey', filekey)
  return url
}

/** WeChat was told what will come: something else must not go out under it. */
async function* sameAs(
  { bytes, md5 }: Measured,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('md5')
  let size = 0
  for await (const piece of pieces) {
    size += piece.length
    if (size > bytes) throw changed()
    hash.update(piece)
    yield piece
  }
  if (size !== bytes || hash.digest('hex') !== md5) throw changed()
}

const changed = () => unsendable('It was not sent: its bytes changed while it was being sent.')

/** What our own side of a broken upload has to say about it. */
function changedIn({ cause }: WireFault): unknown {
  return cause instanceof Error && cause.name === 'BridgeError' ? cause : undefined
}
