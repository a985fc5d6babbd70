import { createCipheriv, createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startIlink } from './server.ts'
import type { IlinkSim } from './sim.ts'

let sim: IlinkSim
let ahead = 0
beforeEach(async () => {
  ahead = 0
  sim = await startIlink({ holdMs: 30, now: () => Date.now() + ahead })
})
afterEach(() => sim.close())

type Json = Record<string, unknown>

const info = { base_info: { channel_version: '2.4.9', bot_agent: 'test/1' } }
let calls = 0
const headers = (token?: string) => ({
  'content-type': 'application/json',
  AuthorizationType: 'ilink_bot_token',
  'X-WECHAT-UIN': btoa(String(++calls)),
  'iLink-App-Id': 'bot',
  'iLink-App-ClientVersion': '132105',
  ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
})

async function post(path: string, body: Json, token?: string, more: Json = {}): Promise<Json> {
  const all = { ...headers(token), ...more } as Record<string, string>
  const answer = await fetch(`${sim.origin}/ilink/bot/${path}`, {
    method: 'POST',
    headers: all,
    body: JSON.stringify(body),
  })
  return answer.status === 200 ? ((await answer.json()) as Json) : { status: answer.status }
}

async function loggedIn(): Promise<string> {
  await post('get_bot_qrcode?bot_type=3', { local_token_list: [], ...info })
  await sim.control.scan()
  await sim.control.confirm()
  return sim.control.token()
}

const updates = (token: string, cursor = '') =>
  post('getupdates', { get_updates_buf: cursor, ...info }, token)

async function contextOf(token: string): Promise<string> {
  const { msgs } = await updates(token)
  return String((msgs as Json[]).at(-1)?.context_token)
}

const text = { type: 1, text_item: { text: 'x' } }
const message = (context_token: string | undefined, more: Json = {}) => ({
  msg: {
    ...{ from_user_id: '', to_user_id: sim.user, client_id: 'c', message_type: 2 },
    ...{ message_state: 2, item_list: [text], context_token },
    ...more,
  },
  ...info,
})

describe('a call', () => {
  test('without base_info, its headers or a new X-WECHAT-UIN is refused', async () => {
    const token = await loggedIn()
    expect(await post('msg/notifystart', {}, token)).toEqual({ status: 400 })
    expect(await post('msg/notifystart', info)).toEqual({ status: 400 })
    expect(await post('msg/notifystart', info, token, { 'iLink-App-Id': 'x' })).toEqual({
      status: 400,
    })
    expect(await post('msg/notifystart', info, token, { AuthorizationType: '' })).toEqual({
      status: 400,
    })
    expect(await post('msg/notifystart', info, token, { 'X-WECHAT-UIN': btoa('77') })).toEqual({
      ret: 0,
    })
    expect(await post('msg/notifystart', info, token, { 'X-WECHAT-UIN': btoa('77') })).toEqual({
      status: 400,
    })
    expect(sim.control.violations).toHaveLength(5)
  })

  test('with another token is told that it is stale, as is the one of before', async () => {
    const first = await loggedIn()
    expect(await updates('nobody')).toMatchObject({ errcode: -14 })
    await loggedIn()
    expect(await updates(first)).toMatchObject({ errcode: -14 })
  })
})

describe('a message', () => {
  test('needs what came with the last one from the phone', async () => {
    const token = await loggedIn()
    expect(await post('sendmessage', message(undefined), token)).toMatchObject({ ret: -2 })
    await sim.control.says('hello')
    const context = await contextOf(token)
    expect(await post('sendmessage', message(context), token)).toHaveProperty('message_id')
  })

  test('goes ten times for each from the phone, and within a day', async () => {
    const token = await loggedIn()
    await sim.control.says('hello')
    const context = await contextOf(token)
    for (let count = 0; count < 10; count++) await post('sendmessage', message(context), token)
    expect(sim.control.delivered()).toHaveLength(10)
    expect(await post('sendmessage', message(context), token)).toMatchObject({ ret: -2 })
    await sim.control.says('again')
    const next = await contextOf(token)
    ahead = 25 * 3_600_000
    expect(await post('sendmessage', message(next), token)).toMatchObject({ ret: -2 })
  })

  test.each([
    { item_list: [text, text] },
    { item_list: [] },
    { client_id: '' },
    { message_state: 1 },
    { to_user_id: 'x' },
    { item_list: [{ type: 2, image_item: { media: { encrypt_query_param: 'never uploaded' } } }] },
  ])('%j is not taken', async (more) => {
    const token = await loggedIn()
    await sim.control.says('hello')
    const context = await contextOf(token)
    expect(await post('sendmessage', message(context, more), token)).toMatchObject({ ret: -1 })
    expect(sim.control.delivered()).toEqual([])
  })
})

describe('an upload', () => {
  const key = Buffer.alloc(16, 9)
  const seal = (bytes: Uint8Array, by = key) => {
    const cipher = createCipheriv('aes-128-ecb', by, null)
    return Buffer.concat([cipher.update(bytes), cipher.final()])
  }
  const bytes = Buffer.from('some bytes')
  const wish = {
    ...{ filekey: 'ab'.repeat(16), media_type: 3, rawsize: bytes.length, filesize: 16 },
    ...{ rawfilemd5: createHash('md5').update(bytes).digest('hex'), no_need_thumb: true },
    ...{ aeskey: key.toString('hex') },
  }

  async function upload(body: Uint8Array, more: Json = {}) {
    const token = await loggedIn()
    const allowed = await post(
      'getuploadurl',
      { ...wish, to_user_id: sim.user, ...more, ...info },
      token,
    )
    const query = new URLSearchParams({
      encrypted_query_param: String(allowed.upload_param),
      filekey: wish.filekey,
    })
    return fetch(`${sim.cdnBase}/upload?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(body),
    })
  }

  test('as announced is given a parameter', async () => {
    const answer = await upload(seal(bytes))
    expect(answer.headers.get('x-encrypted-param')).toBeTruthy()
  })

  test.each([
    ['other bytes', seal(Buffer.from('same size!')), {}],
    ['another key', seal(bytes, Buffer.alloc(16, 8)), {}],
    ['more bytes', seal(Buffer.alloc(40)), {}],
    ['another size', seal(bytes), { rawsize: 9 }],
  ])('of %s is refused', async (_, body, more) => {
    const answer = await upload(body, more)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('x-encrypted-param')).toBeNull()
  })

  test('with a size that the padding cannot have is not allowed', async () => {
    expect((await upload(seal(bytes), { filesize: 10 })).status).toBe(404)
  })
})

test('a place in the line of another login is none', async () => {
  const first = await loggedIn()
  await sim.control.says('x')
  const { get_updates_buf } = await updates(first)
  const second = await loggedIn()
  expect(await updates(second, String(get_updates_buf))).toMatchObject({ ret: -1 })
  expect(await updates(second)).toMatchObject({ msgs: [] })
})
