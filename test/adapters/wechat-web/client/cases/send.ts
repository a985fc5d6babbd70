import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { jpeg } from '../../../../contract/connector/jobs.ts'
import { tempFolder } from '../../../../support/ports.ts'
import type { Bench } from '../bench.ts'
import { type Case, type Cases, own } from './case.ts'

const bytes = {
  'a.jpg': jpeg(3000),
  'b.gif': Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(500, 7)]),
  'c.mp4': Buffer.concat([Buffer.from('\0\0\0\x18ftypisom'), Buffer.alloc(900, 1)]),
  '报告 1.txt': Buffer.from('the report'),
} as const

/** Files to send, in a folder of their own. */
export function withFiles(
  work: (b: Bench, path: (name: keyof typeof bytes) => string) => Promise<void>,
): Case {
  return own(async (b) => {
    const folder = await tempFolder()
    await mkdir(folder.path, { recursive: true })
    for (const [name, data] of Object.entries(bytes)) await writeFile(join(folder.path, name), data)
    await writeFile(join(folder.path, 'empty'), '')
    try {
      await work(b, (name) => join(folder.path, name))
    } finally {
      await folder.drop()
    }
  })
}

const image: Case = withFiles(async (b, path) => {
  const lin = b.control.userName('lin')
  expect(await b.client.sendImage(path('a.jpg'), lin)).toMatchObject({ ok: true })
  expect(b.asked('webwxuploadmedia')).toHaveLength(1)
  const sent = await b.control.waitDelivered((each) => each.type === 'image')
  expect(Buffer.from(sent.bytes ?? [])).toEqual(Buffer.from(bytes['a.jpg']))
  expect(await b.client.sendImage(path('b.gif'), lin)).toMatchObject({ ok: true })
  expect(b.asked('webwxsendemoticon')).toHaveLength(1)
  await b.control.waitDelivered((each) => each.type === 'sticker')
  const { mediaId } = await b.client.uploadFile(path('a.jpg'), { as: 'image' })
  b.mark()
  expect(await b.client.sendImage(path('a.jpg'), lin, mediaId)).toMatchObject({ ok: true })
  expect(b.asked('webwxuploadmedia')).toHaveLength(0)
  expect(await b.client.sendImage('/no/such.jpg', lin)).toMatchObject({ ok: false, ret: -1002 })
})

export const sendCases: Cases = {
  send: withFiles(async (b, path) => {
    const { client } = b
    expect(await client.sendWithPrefix(`@img@${path('a.jpg')}`, 'filehelper')).toMatchObject({
      ok: true,
    })
    expect(await client.sendWithPrefix(`@fil@${path('报告 1.txt')}`)).toMatchObject({ ok: true })
    expect(await client.sendWithPrefix(`@vid@${path('c.mp4')}`)).toMatchObject({ ok: true })
    expect(await client.sendWithPrefix('@msg@one')).toMatchObject({ ok: true })
    expect(await client.sendWithPrefix('two')).toMatchObject({ ok: true })
    const sent = b.control.delivered()
    expect(sent.map((each) => each.type)).toEqual(['image', 'file', 'video', 'text', 'text'])
    expect(sent.map((each) => each.to)).toEqual(Array(5).fill('filehelper'))
    expect(sent.slice(3).map((each) => each.text)).toEqual(['one', 'two'])
    b.mark()
    expect(await client.sendWithPrefix('')).toMatchObject({ ok: false, ret: -1005 })
    expect(b.asked('webwxsendmsg')).toHaveLength(0)
  }),
  send_msg: async (b) => {
    const lin = b.control.userName('lin')
    const text = '你好 <b>&amp; "\\u4f60" \ud83c\udf3f @fil@/etc/hosts'
    const sent = await b.client.sendText(text, lin)
    expect(sent).toMatchObject({ ok: true, localId: expect.stringMatching(/^\d{17}$/) })
    const got = await b.control.waitDelivered((each) => each.id === sent.msgId)
    expect(got).toMatchObject({ to: 'lin', text, clientId: sent.localId })
    const mine = await b.client.sendText('to myself', b.client.me.userName)
    expect(await b.control.waitDelivered((each) => each.id === mine.msgId)).toMatchObject({
      to: 'filehelper',
    })
    const nobody = await b.client.sendText('to nobody')
    expect(nobody.ok).toBe(true)
  },
  send_raw_msg: async (b) => {
    b.mark()
    const sent = await b.client.sendRawMsg(1, 'raw', b.control.userName('lin'))
    expect(sent).toMatchObject({ ok: true })
    expect(b.asked('webwxsendmsg')).toHaveLength(1)
    await b.control.waitDelivered((each) => each.text === 'raw' && each.to === 'lin')
  },
  upload_file: withFiles(async (b, path) => {
    expect(await b.client.uploadFile(path('报告 1.txt'))).toMatchObject({
      ok: true,
      mediaId: expect.stringMatching(/./),
      fileName: '报告 1.txt',
      bytes: 10,
      md5: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(await b.client.uploadFile(path('a.jpg'), { as: 'image' })).toMatchObject({
      mime: 'image/jpeg',
    })
    expect(b.asked('webwxuploadmedia')).toHaveLength(2)
    expect(await b.client.uploadFile('/no/such/file')).toMatchObject({ ret: -1002 })
    const empty = path('a.jpg').replace('a.jpg', 'empty')
    expect(await b.client.uploadFile(empty)).toMatchObject({ ret: -1005 })
    b.control.fault({ path: 'webwxuploadmedia', how: { ret: 1205 } })
    const limited = await b.client.uploadFile(path('a.jpg'))
    expect(limited).toMatchObject({ ok: false, ret: 1205 })
    expect(limited.mediaId).toBeUndefined()
  }),
  send_file: withFiles(async (b, path) => {
    const room = b.control.userName('hikers')
    expect(await b.client.sendFile(path('报告 1.txt'), room)).toMatchObject({ ok: true })
    const sent = await b.control.waitDelivered((each) => each.type === 'file')
    expect(sent).toMatchObject({ to: 'hikers', name: '报告 1.txt' })
    expect(Buffer.from(sent.bytes ?? []).toString()).toBe('the report')
    expect(b.asked('webwxsendappmsg')[0]?.url).toContain('mod=desktop')
    const { mediaId } = await b.client.uploadFile(path('报告 1.txt'))
    b.mark()
    expect(await b.client.sendFile(path('报告 1.txt'), room, mediaId)).toMatchObject({ ok: true })
    expect(b.asked('webwxuploadmedia')).toHaveLength(0)
  }),
  send_image: image,
  send_img: image,
  send_video: withFiles(async (b, path) => {
    const lin = b.control.userName('lin')
    expect(await b.client.sendVideo(path('c.mp4'), lin)).toMatchObject({ ok: true })
    const sent = await b.control.waitDelivered((each) => each.type === 'video')
    expect(Buffer.from(sent.bytes ?? [])).toEqual(bytes['c.mp4'])
    expect(b.asked('webwxsendvideomsg')).toHaveLength(1)
  }),
  revoke: async (b) => {
    const lin = b.control.userName('lin')
    const sent = await b.client.sendText('a mistake', lin)
    expect(await b.client.revoke(sent.msgId ?? '', lin, sent.localId)).toMatchObject({ ok: true })
    const got = b.control.delivered().find((each) => each.id === sent.msgId)
    expect(got?.recalled).toBe(true)
    await b.control.say('lin', 'after the recall')
    await b.hear('text', (each) => each.text === 'after the recall')
    const echoes = b.heard.filter((each) => each.kind === 'note' && each.recall)
    expect(echoes).toEqual([])
  },
}
