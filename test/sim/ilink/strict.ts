import type { IncomingMessage } from 'node:http'

type Json = Readonly<Record<string, unknown>>

/** What is wrong with a call of the API, in words (`ecosystem §1.3`). Undefined: nothing. */
export function wrongIn(
  { headers, method }: IncomingMessage,
  path: string,
  body: Json | undefined,
  lastUin: string,
): string | undefined {
  if (headers['ilink-app-id'] !== 'bot') return 'no iLink-App-Id'
  if (!/^\d{1,8}$/.test(String(headers['ilink-app-clientversion']))) return 'no client version'
  if (path === 'get_qrcode_status') {
    if (method !== 'GET') return 'the status of a code is got, not posted'
    return headers.authorization === undefined ? undefined : 'a token where none belongs'
  }
  if (method !== 'POST') return `${path} is posted`
  if (!body) return 'the body is no JSON object'
  if (!/^application\/json/.test(headers['content-type'] ?? '')) return 'no JSON by its header'
  if (headers.authorizationtype !== 'ilink_bot_token') return 'no AuthorizationType'
  const uin = String(headers['x-wechat-uin'])
  const decimal = Buffer.from(uin, 'base64').toString()
  if (!/^\d{1,10}$/.test(decimal) || Number(decimal) >= 2 ** 32) return 'X-WECHAT-UIN is no uint32'
  if (uin === lastUin) return 'X-WECHAT-UIN is the same as before'
  const info = (body.base_info ?? {}) as Json
  if (typeof info.channel_version !== 'string') return 'no base_info.channel_version'
  const agent = info.bot_agent
  if (typeof agent !== 'string' || agent.length > 256 || !/^[\x20-\x7e]+$/.test(agent)) {
    return 'base_info.bot_agent is none'
  }
  if (path !== 'get_bot_qrcode') {
    return /^Bearer \S+$/.test(headers.authorization ?? '') ? undefined : 'no token'
  }
  const tokens = body.local_token_list
  const isList = Array.isArray(tokens) && tokens.every((each) => typeof each === 'string')
  return isList && tokens.length <= 10 ? undefined : 'local_token_list is no short list'
}

/** What is wrong with a message to send. */
export function wrongMessage(msg: Json, user: string): string | undefined {
  if (msg.to_user_id !== user) return 'to nobody'
  if (msg.from_user_id !== '') return 'from_user_id is filled in by WeChat'
  if (typeof msg.client_id !== 'string' || msg.client_id === '') return 'no client_id'
  if (msg.message_type !== 2 || msg.message_state !== 2) return 'not a finished message of a bot'
  const items = msg.item_list
  return Array.isArray(items) && items.length === 1 ? undefined : 'not exactly one item'
}

/** What is wrong with the wish to upload. */
export function wrongUpload(wish: Json, user: string): string | undefined {
  const { rawsize, filesize } = wish
  if (!/^[0-9a-f]{32}$/.test(String(wish.filekey))) return 'filekey'
  if (![1, 2, 3, 4].includes(Number(wish.media_type))) return 'media_type'
  if (wish.to_user_id !== user) return 'to_user_id'
  if (typeof rawsize !== 'number' || rawsize < 1) return 'rawsize'
  if (filesize !== (Math.floor(rawsize / 16) + 1) * 16) return 'filesize'
  if (!/^[0-9a-f]{32}$/.test(String(wish.rawfilemd5))) return 'rawfilemd5'
  if (!/^[0-9a-f]{32}$/.test(String(wish.aeskey))) return 'aeskey'
  return wish.no_need_thumb === true ? undefined : 'no_need_thumb'
}
