import type { Cdn } from './cdn.ts'
import type { Delivered } from './sim.ts'
import { wrongMessage, wrongUpload } from './strict.ts'
import type { World } from './world.ts'

type Json = Readonly<Record<string, unknown>>

interface Parts {
  readonly world: World
  readonly cdn: Cdn
  readonly violations: string[]
  /** Where uploads go, where the whole address is told. */
  readonly upload?: string
}

/** What a call with a good token is answered with. */
export function answerTo(parts: Parts, path: string, body: Json): object {
  switch (path) {
    case 'notifystart':
    case 'notifystop':
      return { ret: 0 }
    case 'sendmessage':
      return sendMessage(parts, (body.msg ?? {}) as Json)
    case 'getuploadurl':
      return uploadUrl(parts, body)
    default:
      return refused(parts, `no such call: ${path}`)
  }
}

function sendMessage(parts: Parts, msg: Json): object {
  const { world } = parts
  const wrong = wrongMessage(msg, world.user)
  if (wrong) return refused(parts, `sendmessage: ${wrong}`)
  const [item] = msg.item_list as Json[]
  const said = item && readItem(parts, item)
  if (!said) return refused(parts, 'sendmessage: an item nobody can read')
  if (!world.spend(msg.context_token)) return { ret: -2, errmsg: 'prepare failed' }
  const id = world.nextId()
  const raw = { ...msg, message_id: id, from_user_id: world.bot, create_time_ms: Date.now() }
  world.delivered.push({ ...said, id, clientId: String(msg.client_id), raw })
  return { message_id: id }
}

function uploadUrl(parts: Parts, wish: Json): object {
  const wrong = wrongUpload(wish, parts.world.user)
  if (wrong) return refused(parts, `getuploadurl: ${wrong}`)
  const param = parts.cdn.permit({
    filekey: String(wish.filekey),
    rawsize: Number(wish.rawsize),
    md5: String(wish.rawfilemd5),
    filesize: Number(wish.filesize),
    key: String(wish.aeskey),
  })
  if (!parts.upload) return { upload_param: param }
  const query = new URLSearchParams({
    encrypted_query_param: param,
    filekey: String(wish.filekey),
  })
  return { upload_full_url: `${parts.upload}?${query}` }
}

function refused({ violations }: Parts, why: string): object {
  violations.push(why)
  return { ret: -1, errmsg: why }
}

type Said = Omit<Delivered, 'id' | 'clientId'>

function readItem({ cdn }: Parts, item: Json): Said | undefined {
  if (item.type === 1) {
    const { text } = (item.text_item ?? {}) as Json
    return typeof text === 'string' && text !== '' ? { type: 'text', text } : undefined
  }
  const [type, field] = kinds[String(item.type)] ?? []
  if (!type || !field) return undefined
  const about = (item[field] ?? {}) as Json
  const media = (about.media ?? {}) as Json
  const held = cdn.held(String(media.encrypt_query_param))
  // Phones read the key only as base64 of its hex digits.
  const key = Buffer.from(String(media.aes_key), 'base64').toString()
  if (!held || key !== held.key || media.encrypt_type !== 1) return undefined
  const { bytes, size, md5 } = held
  const base = { type, text: '', size, md5, ...(bytes ? { bytes } : {}) }
  if (type !== 'file') return base
  const name = about.file_name
  return typeof name === 'string' && about.len === String(size) ? { ...base, name } : undefined
}

const kinds: Readonly<Record<string, readonly [Said['type'], string]>> = {
  2: ['image', 'image_item'],
  4: ['file', 'file_item'],
  5: ['video', 'video_item'],
}
