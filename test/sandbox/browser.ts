import { createHash } from 'node:crypto'
import { request } from 'undici'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { until } from '../support/until.ts'

/** A reply, read whole. */
export interface Reply {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly bytes: Buffer
  readonly text: string
}

type Json = Record<string, unknown>
export interface Keys {
  readonly Count: number
  readonly List: readonly { Key: number; Val: number }[]
}

/** One answer of webwxsync, as far as tests look at it. */
export interface Synced {
  readonly BaseResponse: { Ret: number }
  readonly AddMsgList: readonly Record<string, never>[]
  readonly ModContactList: readonly Record<string, never>[]
  readonly DelContactList: readonly { readonly UserName: string }[]
  readonly Profile: { BitFlag: number; NickName: { Buff: string } }
  readonly ContinueFlag: number
  readonly SyncKey: Keys
  readonly SyncCheckKey: Keys
}

const API = '/cgi-bin/mmwebwx-bin'
const UOS = { 'client-version': '2.0.0', extspam: 'x'.repeat(880) }

const MD5S = new WeakMap<Buffer, string>()

/** Worked out once for all chunks of a file. */
function md5Of(whole: Buffer): string {
  const known = MD5S.get(whole) ?? createHash('md5').update(whole).digest('hex')
  MD5S.set(whole, known)
  return known
}

/** A web WeChat page written by hand from the protocol, so that no adapter of ours vouches for the sandbox. */
export class Browser {
  readonly origin: string
  readonly cookies = new Map<string, string>()
  uin = 0
  sid = ''
  skey = ''
  ticket = ''
  me = ''
  syncKey: Keys = { Count: 0, List: [] }
  checkKey: Keys = { Count: 0, List: [] }
  #ids = 0

  constructor(sandbox: Sandbox) {
    this.origin = sandbox.origin
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.#read('GET', path, headers)
  }

  async api(name: string, body: Json): Promise<Json> {
    const query = `?lang=zh_CN&pass_ticket=${encodeURIComponent(this.ticket)}`
    const text = JSON.stringify({ BaseRequest: this.base(), ...body })
    return JSON.parse((await this.#read('POST', `${API}/${name}${query}`, {}, text)).text) as Json
  }

  /** The text of a JSON post as it came, for what JSON.parse would spoil. */
  async raw(name: string, body: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.#read('POST', `${API}/${name}`, headers, body)
  }

  base(): Json {
    return { Uin: this.uin, Sid: this.sid, Skey: this.skey, DeviceID: 'e123456789012345' }
  }

  async newCode(): Promise<string> {
    const { text } = await this.get('/jslogin?appid=wx782c26e4c19acffb&fun=new&lang=zh_CN&_=1')
    const found = /^window\.QRLogin\.code = 200; window\.QRLogin\.uuid = "(\S+?)";$/.exec(text)
    if (!found?.[1]) throw new Error(`No code in ${text}`)
    return found[1]
  }

  async poll(uuid: string, tip: 0 | 1): Promise<string> {
    const query = `loginicon=true&uuid=${encodeURIComponent(uuid)}&tip=${tip}&r=-1&_=1`
    return (await this.get(`${API}/login?${query}`)).text
  }

  /** The credentials page: takes what it gives. */
  async enter(page: string, more = '&fun=new&version=v2', headers = UOS): Promise<Reply> {
    const path = page.slice(this.origin.length)
    const reply = await this.get(path + more, headers)
    const element = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(reply.text)?.[1]
    this.uin = Number(element('wxuin') ?? 0)
    this.sid = element('wxsid') ?? ''
    this.skey = element('skey') ?? ''
    this.ticket = decodeURIComponent(element('pass_ticket') ?? '')
    return reply
  }

  /** From the code to the keys. The owner confirms through the control. */
  async login(sandbox: Sandbox): Promise<Json> {
    const uuid = await this.newCode()
    await sandbox.control.confirm()
    const page = /redirect_uri="(\S+)";/.exec(await this.poll(uuid, 0))?.[1] ?? ''
    await this.enter(page)
    return this.init()
  }

  async init(): Promise<Json> {
    const answer = await this.api('webwxinit', {})
    this.me = (answer.User as { UserName: string }).UserName
    this.syncKey = answer.SyncKey as Keys
    this.checkKey = this.syncKey
    return answer
  }

  async check(keys: Keys = this.checkKey): Promise<string> {
    const list = keys.List.map(({ Key, Val }) => `${Key}_${Val}`).join('|')
    const query = new URLSearchParams({ r: '1', skey: this.skey, sid: this.sid, synckey: list })
    query.set('uin', String(this.uin))
    query.set('deviceid', 'e000000000000001')
    return (await this.get(`${API}/synccheck?${query}`)).text
  }

  /** A synccheck that the server surely holds by now. */
  async held(sandbox: Sandbox): Promise<{ answer: Promise<string> }> {
    const answer = this.check()
    await until(() => sandbox.control.requests().at(-1)?.url.includes('/synccheck?'))
    await this.get('/a-round-trip-later')
    return { answer }
  }

  async sync(keys: Keys = this.syncKey): Promise<Synced> {
    const answer = (await this.api('webwxsync', { SyncKey: keys, rr: -1 })) as unknown as Synced
    if (answer.SyncKey.Count > 0) this.syncKey = answer.SyncKey
    if (answer.SyncCheckKey.Count > 0) this.checkKey = answer.SyncCheckKey
    return answer
  }

  /** What is downloaded by a MsgId. */
  async media(name: string, msgId: string, headers: Record<string, string> = {}): Promise<Reply> {
    const skey = encodeURIComponent(this.skey)
    return this.get(`${API}/${name}?msgid=${msgId}&skey=${skey}`, headers)
  }

  /** Everything that waits. */
  async syncAll(): Promise<Record<string, never>[]> {
    const all: Record<string, never>[] = []
    for (;;) {
      const { AddMsgList, ContinueFlag } = await this.sync()
      all.push(...AddMsgList)
      if (ContinueFlag === 0) return all
    }
  }

  async send(name: string, to: string, more: Json, clientId = this.newId()): Promise<Json> {
    const Msg = { Type: 1, FromUserName: this.me, ToUserName: to, ...more }
    return this.api(name, { Msg: { ...Msg, LocalID: clientId, ClientMsgId: clientId }, Scene: 0 })
  }

  newId(): string {
    this.#ids += 1
    return String(17_000_000_000_000_000n + BigInt(this.#ids))
  }

  async picture(msgId: string, more = ''): Promise<Buffer> {
    const skey = encodeURIComponent(this.skey)
    return (await this.get(`${API}/webwxgetmsgimg?MsgID=${msgId}&skey=${skey}${more}`)).bytes
  }

  /** One chunk of an upload; `change` spoils a field of the form or of uploadmediarequest. */
  async chunk(
    whole: Buffer,
    part: Buffer,
    at: { index: number; count: number; id: number },
    change: { form?: Record<string, string>; request?: Json } = {},
  ): Promise<Reply> {
    const form = new FormData()
    const fields: Record<string, string> = {
      id: 'WU_FILE_0',
      name: 'photo.jpg',
      type: 'image/jpeg',
      lastModifiedDate: 'Tue Nov 14 2023 22:13:20 GMT+0800',
      size: String(whole.byteLength),
      ...(at.count > 1 ? { chunks: String(at.count), chunk: String(at.index) } : {}),
      mediatype: 'pic',
      uploadmediarequest: JSON.stringify({
        UploadType: 2,
        BaseRequest: this.base(),
        ClientMediaId: at.id,
        TotalLen: whole.byteLength,
        StartPos: 0,
        DataLen: whole.byteLength,
        MediaType: 4,
        FromUserName: this.me,
        ToUserName: 'filehelper',
        FileMd5: md5Of(whole),
        ...change.request,
      }),
      webwx_data_ticket: this.cookies.get('webwx_data_ticket') ?? '',
      pass_ticket: this.ticket,
      ...change.form,
    }
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('filename', new Blob([new Uint8Array(part)], { type: 'image/jpeg' }), 'photo.jpg')
    const encoded = new Request('http://x/', { method: 'POST', body: form })
    const body = Buffer.from(await encoded.arrayBuffer())
    const type = encoded.headers.get('content-type') ?? ''
    return this.#read('POST', `${API}/webwxuploadmedia?f=json`, { 'content-type': type }, body)
  }

  async #read(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body?: string | Buffer,
  ): Promise<Reply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const reply = await request(this.origin + path, {
      method,
      headers: { ...headers, ...(cookie ? { cookie } : {}) },
      ...(body === undefined ? {} : { body }),
    })
    for (const line of [reply.headers['set-cookie'] ?? []].flat()) this.#keep(line)
    const bytes = Buffer.from(await reply.body.arrayBuffer())
    return { status: reply.statusCode, headers: reply.headers, bytes, text: bytes.toString() }
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';')
    const at = pair.indexOf('=')
    const value = pair.slice(at + 1)
    if (value === '') this.cookies.delete(pair.slice(0, at))
    else this.cookies.set(pair.slice(0, at), value)
  }
}
