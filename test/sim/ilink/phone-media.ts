import { randomBytes } from 'node:crypto'
import { type Cdn, sealedHuge, sealedWhole } from './cdn.ts'
import type { FromPhone } from './sim.ts'

/** Media of the phone's as the item of a message. */
export function itemOf(cdn: Cdn, cdnBase: string, media: FromPhone): object {
  const { kind, bytes, name, transcript, encodeType = 6, key: how = 'raw', fullUrl } = media
  const key = randomBytes(16)
  const param = cdn.offer(sealedWhole(bytes, key))
  const full_url = `${cdnBase}/download?encrypted_query_param=${encodeURIComponent(param)}`
  const written = how === 'hex' ? Buffer.from(key.toString('hex')) : key
  const reference = {
    ...(fullUrl === 'only' ? {} : { encrypt_query_param: param }),
    ...(how === 'field' ? {} : { aes_key: written.toString('base64') }),
    encrypt_type: 1,
    ...(fullUrl ? { full_url } : {}),
  }
  if (kind === 'image') {
    const aeskey = how === 'field' ? { aeskey: key.toString('hex') } : {}
    return { type: 2, image_item: { media: reference, ...aeskey, mid_size: bytes.length } }
  }
  if (kind === 'voice') {
    const text = transcript === undefined ? {} : { text: transcript }
    const about = { encode_type: encodeType, playtime: 2_300, ...text }
    return { type: 3, voice_item: { media: reference, ...about } }
  }
  if (kind === 'video') {
    return { type: 5, video_item: { media: reference, video_size: bytes.length } }
  }
  const about = { file_name: name ?? 'file', len: String(bytes.length) }
  return { type: 4, file_item: { media: reference, ...about } }
}

/** So many bytes that nobody holds, as the item of a message. */
export function hugeItem(cdn: Cdn, size: number): object {
  const key = randomBytes(16)
  const media = {
    encrypt_query_param: cdn.offer(sealedHuge(size, key)),
    aes_key: key.toString('base64'),
    encrypt_type: 1,
  }
  return { type: 4, file_item: { media, file_name: 'huge.bin', len: String(size) } }
}
