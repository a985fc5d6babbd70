import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { media } from '../../src/sandbox/world.ts'
import { Browser } from './browser.ts'

let sandbox: Sandbox
let browser: Browser

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 60 })
  browser = new Browser(sandbox)
  await browser.login(sandbox)
})
afterEach(() => sandbox.close())

describe('by MsgId', () => {
  it('gives a voice, a sticker, and a picture from an app, each by its own endpoint', async () => {
    const { control } = sandbox
    const voice = await control.share('lin', { kind: 'voice' })
    const sticker = await control.share('lin', { kind: 'sticker' })
    const picture = await control.share('lin', { kind: 'appPicture' })
    expect((await browser.media('webwxgetvoice', voice)).bytes).toEqual(
      await readFile(media('voice.mp3')),
    )
    expect(await browser.picture(sticker, '&type=big')).toEqual(await readFile(media('wave.gif')))
    expect(await browser.picture(picture)).toEqual(await readFile(media('sea.jpg')))
    expect(await browser.picture(voice)).toHaveLength(0)
    expect((await browser.media('webwxgetvoice', sticker)).bytes).toHaveLength(0)
  })

  it('gives nothing for a sticker of the store', async () => {
    const id = await sandbox.control.share('lin', { kind: 'storeSticker' })
    expect(await browser.picture(id, '&type=big')).toHaveLength(0)
  })

  it('gives the small picture of pictures, videos and links for type=slave', async () => {
    const { control } = sandbox
    const poster = Buffer.from('\xff\xd8\xffposter', 'latin1')
    const picture = await control.picture('lin', await readFile(media('sea.jpg')))
    const video = await control.share('lin', { kind: 'video', poster })
    const link = await control.share('lin', { kind: 'link', title: 't', url: 'https://x.org' })
    expect(await browser.picture(picture, '&type=slave')).toEqual(
      await readFile(media('thumb.jpg')),
    )
    expect(await browser.picture(video, '&type=slave')).toEqual(poster)
    expect(await browser.picture(link, '&type=slave')).not.toHaveLength(0)
    expect(await browser.picture(link)).toHaveLength(0)
  })

  it('gives the map of a place for its path alone', async () => {
    await sandbox.control.share('lin', { kind: 'location', latitude: 1, longitude: 2, label: 'x' })
    const [message] = (await browser.syncAll()) as unknown as { Content: string }[]
    const path = message?.Content.split(':<br/>').at(-1) ?? ''
    expect((await browser.get(path)).bytes).toEqual(await readFile(media('map.jpg')))
    browser.cookies.delete('wxsid')
    expect((await browser.get(path)).bytes).toHaveLength(0)
  })

  it('gives nothing of what was taken back', async () => {
    const id = await sandbox.control.share('lin', { kind: 'voice' })
    await sandbox.control.recall(id)
    expect((await browser.media('webwxgetvoice', id)).bytes).toHaveLength(0)
  })
})

describe('a video', () => {
  it('comes whole or in parts by Range, and not at all without one', async () => {
    const bytes = Buffer.from('0123456789')
    const id = await sandbox.control.share('lin', { kind: 'video', bytes })
    const get = (range?: string) =>
      browser.media('webwxgetvideo', id, range === undefined ? {} : { range })
    expect(await get()).toMatchObject({ status: 200, text: '' })
    const whole = await get('bytes=0-')
    expect(whole).toMatchObject({ status: 206, text: '0123456789' })
    expect(whole.headers['content-range']).toBe('bytes 0-9/10')
    expect(await get('bytes=4-6')).toMatchObject({ status: 206, text: '456' })
    expect(await get('bytes=7-')).toMatchObject({ status: 206, text: '789' })
    expect(await get('bytes=10-')).toMatchObject({ status: 416, text: '' })
  })
})

describe('a file', () => {
  const name = '季度 报告.pdf'

  async function query(change: Record<string, string> = {}, group?: string): Promise<string> {
    await sandbox.control.share('lin', { kind: 'file', name }, group)
    const [message] = (await browser.syncAll()) as unknown as Record<string, string>[]
    const given = {
      sender: message?.FromUserName ?? '',
      mediaid: message?.MediaId ?? '',
      encryfilename: decodeURIComponent(message?.EncryFileName ?? ''),
      filename: message?.FileName ?? '',
      fromuser: String(browser.uin),
      pass_ticket: browser.ticket,
      webwx_data_ticket: browser.cookies.get('webwx_data_ticket') ?? '',
      ...change,
    }
    const fields = Object.entries(given).filter(([, value]) => value !== '')
    return `/cgi-bin/mmwebwx-bin/webwxgetmedia?${new URLSearchParams(fields)}`
  }

  it('comes to whoever names its sender, its MediaId and itself', async () => {
    const reply = await browser.get(await query())
    expect(reply.bytes).toEqual(await readFile(media('list.pdf')))
    expect(reply.headers['content-disposition']).toMatch(/^attachment/)
  })

  it('comes from a group by the name of the group', async () => {
    expect((await browser.get(await query({}, 'hikers'))).bytes).not.toHaveLength(0)
  })

  it.each<[string, Record<string, string>]>([
    ['by filename alone', { encryfilename: '' }],
    ['with the owner instead of the Uin', { fromuser: 'me' }],
    ['with the ticket one client sends', { pass_ticket: 'undefined' }],
  ])('comes %s', async (_how, change) => {
    const real = change.fromuser === 'me' ? { fromuser: browser.me } : change
    expect((await browser.get(await query(real))).bytes).not.toHaveLength(0)
  })

  it.each<[string, Record<string, string>]>([
    ['a member as the sender', { sender: '@0' }],
    ['another MediaId', { mediaid: '@crypt_0' }],
    ['a name encoded twice', { encryfilename: encodeURIComponent(name) }],
    ['no name', { encryfilename: '', filename: '' }],
    ['no Uin', { fromuser: '' }],
    ['another ticket', { webwx_data_ticket: 'x' }],
  ])('does not come for %s', async (_what, change) => {
    const reply = await browser.get(await query(change))
    expect([reply.status, reply.bytes.byteLength]).toEqual([200, 0])
  })
})
