import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { Browser } from './browser.ts'

let sandbox: Sandbox
let browser: Browser
afterEach(() => sandbox.close())

async function open(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox({ holdMs: 60, ...options })
  browser = new Browser(sandbox)
  await browser.login(sandbox)
}

const name = (who: string) => sandbox.control.userName(who)

async function uploaded(bytes: Buffer, mediatype: string): Promise<string> {
  const at = { index: 0, count: 1, id: Number(browser.newId()) }
  const { text } = await browser.chunk(bytes, bytes, at, { form: { mediatype } })
  return (JSON.parse(text) as { MediaId: string }).MediaId
}

function fileXml(mediaId: string, length: number, title = 'a.zip'): string {
  return (
    `<appmsg appid='' sdkver=''><title>${title}</title><type>6</type><appattach>` +
    `<totallen>${length}</totallen><attachid>${mediaId}</attachid></appattach></appmsg>`
  )
}

describe('what arrives', () => {
  it('is known for what it is: a video, a sticker, a card, a place', async () => {
    await open()
    const bytes = Buffer.from('GIF89a')
    const video = await uploaded(bytes, 'video')
    await browser.send('webwxsendvideomsg', name('lin'), { Type: 43, MediaId: video })
    const gif = await uploaded(bytes, 'doc')
    await browser.send('webwxsendemoticon', name('lin'), { Type: 47, EmojiFlag: 2, MediaId: gif })
    const card = '<msg username="wxid_zhou0sandbox" nickname="周&amp;明"/>'
    await browser.send('webwxsendmsg', name('lin'), { Type: 42, Content: card })
    const place = '<msg><location x="34.1" y="117.2" scale="16" label="海河路" poiname="" /></msg>'
    await browser.send('webwxsendmsg', name('lin'), { Type: 48, Content: place })
    expect(sandbox.control.delivered()).toMatchObject([
      { type: 'video', bytes },
      { type: 'sticker', bytes },
      { type: 'card', name: '周&明' },
      { type: 'location', name: '海河路', text: place },
    ])
  })

  it('is no card of a stranger, and no place outside the world', async () => {
    await open()
    const Content = '<msg username="wxid_wu0sandbox" nickname="x"/>'
    const stranger = await browser.send('webwxsendmsg', name('lin'), { Type: 42, Content })
    const far = '<msg><location x="134.1" y="117.2" /></msg>'
    const nowhere = await browser.send('webwxsendmsg', name('lin'), { Type: 48, Content: far })
    for (const answer of [stranger, nowhere])
      expect(answer).toMatchObject({ BaseResponse: { Ret: 1 }, MsgID: '' })
  })

  it('trap 84: takes a sticker of Type 1, and a video with the bare word for a ticket', async () => {
    await open()
    const MediaId = await uploaded(Buffer.from('GIF89a'), 'doc')
    const sticker = await browser.send('webwxsendemoticon', name('lin'), { Type: 1, MediaId })
    expect(sticker).toMatchObject({ BaseResponse: { Ret: 0 } })
    browser.ticket = 'pass_ticket'
    const video = await browser.send('webwxsendvideomsg', name('lin'), { Type: 43, MediaId })
    expect(video).toMatchObject({ BaseResponse: { Ret: 0 } })
    const unknown = { Type: 43, MediaId: '@crypt_0' }
    expect(await browser.send('webwxsendvideomsg', name('lin'), unknown)).toMatchObject({
      BaseResponse: { Ret: 1 },
    })
  })

  it('refuses a file whose name was not escaped', async () => {
    await open()
    const bytes = Buffer.from('zip')
    const MediaId = await uploaded(bytes, 'doc')
    const Content = fileXml(MediaId, bytes.byteLength, 'a & b.zip')
    const answer = await browser.send('webwxsendappmsg', name('lin'), { Type: 6, Content })
    expect(answer).toMatchObject({ BaseResponse: { Ret: 1 } })
  })
})

describe('what the client hears of its own', () => {
  it('comes back when the sandbox is told to, with the same MsgId', async () => {
    await open({ echoOwnSends: true })
    const sent = await browser.send('webwxsendmsg', name('lin'), { Content: 'a < b' })
    expect(await browser.syncAll()).toMatchObject([
      { MsgId: sent.MsgID, FromUserName: browser.me, ToUserName: name('lin'), Content: 'a &lt; b' },
    ])
  })

  it('is nothing but selectors after a picture, for as often as it is told to', async () => {
    await open({ spin: 2 })
    const MediaId = await uploaded(Buffer.from('x'), 'pic')
    await browser.sync()
    await browser.send('webwxsendmsgimg', name('lin'), { Type: 3, MediaId })
    for (const selector of ['2', '2', '0']) {
      expect(await browser.check()).toContain(`selector:"${selector}"`)
      expect((await browser.sync()).AddMsgList).toEqual([])
    }
  })
})

describe('a big file', () => {
  const LIMIT = 26_214_400
  const CHUNK = 524_288

  async function upload(whole: Buffer, id: number, request: Record<string, unknown>) {
    const count = Math.ceil(whole.byteLength / CHUNK)
    let last = { BaseResponse: { Ret: 0 }, MediaId: '' }
    for (let index = 0; index < count && last.BaseResponse.Ret === 0; index += 1) {
      const part = whole.subarray(index * CHUNK, (index + 1) * CHUNK)
      const change = { form: { mediatype: 'doc' }, request }
      const { text } = await browser.chunk(whole, part, { index, count, id }, change)
      last = JSON.parse(text) as typeof last
    }
    return last
  }

  function check(whole: Buffer) {
    return browser.api('webwxcheckupload', {
      FileMd5: createHash('md5').update(whole).digest('hex'),
      FileName: 'a.zip',
      FileSize: whole.byteLength,
      FileType: 7,
      FromUserName: browser.me,
      ToUserName: name('lin'),
    }) as Promise<{ MediaId: string; AESKey: string; Signature: string }>
  }

  it('needs a signature to be uploaded and to be sent, and is known afterwards', async () => {
    await open()
    const whole = Buffer.alloc(LIMIT + 1, 'z')
    expect(await upload(whole, 1, {})).toMatchObject({ BaseResponse: { Ret: 1 }, MediaId: '' })
    const { MediaId: none, AESKey, Signature } = await check(whole)
    expect(none).toBe('')
    const { MediaId } = await upload(whole, 2, { AESKey, Signature })
    expect(MediaId).toMatch(/^@crypt_/)
    const message = { Type: 6, Content: fileXml(MediaId, whole.byteLength) }
    expect(await browser.send('webwxsendappmsg', name('lin'), message)).toMatchObject({
      BaseResponse: { Ret: 1 },
    })
    const signed = { ...message, Signature }
    expect(await browser.send('webwxsendappmsg', name('lin'), signed)).toMatchObject({
      BaseResponse: { Ret: 0 },
    })
    expect((await check(whole)).MediaId).toBe(MediaId)
    expect(sandbox.control.delivered()).toMatchObject([{ type: 'file', name: 'a.zip' }])
  })

  it('is refused a check that is not complete', async () => {
    await open()
    expect(await browser.api('webwxcheckupload', { FileMd5: 'x' })).toMatchObject({
      BaseResponse: { Ret: 1 },
      MediaId: '',
    })
  })
})
