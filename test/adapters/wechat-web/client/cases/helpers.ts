import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { User } from '../../../../../adapters/wechat-web/client/user.ts'
import { jpeg } from '../../../../contract/connector/jobs.ts'
import { tempFolder } from '../../../../support/ports.ts'
import type { Bench } from '../bench.ts'
import { type Cases, own } from './case.ts'
import { withFiles } from './send.ts'

function known(b: Bench, who: string): User {
  const user = b.client.find(b.control.userName(who))
  if (!user) throw new Error(`${who} is not known`)
  return user
}

/** What hangs on messages and on people. */
export const helperCases: Cases = {
  'msg.download': async (b) => {
    const folder = await tempFolder()
    const path = join(folder.path, 'x')
    const picture = jpeg(2000)
    const id = await b.control.picture('lin', picture)
    const message = await b.hear('picture', (each) => each.msgId === id)
    expect(await message.download(path)).toMatchObject({
      ok: true,
      mime: 'image/jpeg',
      postFix: 'jpg',
      bytes: picture.length,
    })
    expect(await readFile(path)).toEqual(Buffer.from(picture))
    b.control.fault({ path: 'webwxgetmsgimg', how: 'empty', times: 9 })
    expect(await message.download(`${path}2`)).toMatchObject({ ok: false, ret: -1004 })
    await expect(readFile(`${path}2`)).rejects.toThrow(/ENOENT/)
    await folder.drop()
  },
  'msg.user.send': async (b) => {
    const id = await b.control.say('wu', 'a question', 'hikers')
    const message = await b.hear('text', (each) => each.msgId === id)
    expect(await message.reply('an answer')).toMatchObject({ ok: true })
    expect(await message.chat.send('another')).toMatchObject({ ok: true })
    await b.control.waitDelivered((each) => each.to === 'hikers' && each.text === 'an answer')
    await b.control.waitDelivered((each) => each.to === 'hikers' && each.text === 'another')
  },
  'user.send': async (b) => {
    expect(await known(b, 'zhou').send('by the user')).toMatchObject({ ok: true })
    await b.control.waitDelivered((each) => each.to === 'zhou' && each.text === 'by the user')
  },
  'user.send_image': withFiles(async (b, path) => {
    expect(await known(b, 'zhou').sendImage(path('a.jpg'))).toMatchObject({ ok: true })
    await b.control.waitDelivered((each) => each.to === 'zhou' && each.type === 'image')
  }),
  'user.send_file': withFiles(async (b, path) => {
    expect(await known(b, 'zhou').sendFile(path('报告 1.txt'))).toMatchObject({ ok: true })
    await b.control.waitDelivered((each) => each.to === 'zhou' && each.type === 'file')
  }),
  'user.send_video': withFiles(async (b, path) => {
    expect(await known(b, 'zhou').sendVideo(path('c.mp4'))).toMatchObject({ ok: true })
    await b.control.waitDelivered((each) => each.to === 'zhou' && each.type === 'video')
  }),
  'user.set_alias': own(async (b) => {
    expect(await known(b, 'lin').setAlias('小林')).toMatchObject({ ok: true })
    expect(b.control.figure('lin').remark).toBe('小林')
    expect(await known(b, 'lin').setAlias('')).toMatchObject({ ok: true })
    expect(b.control.figure('lin').remark).toBe('')
  }),
  'user.set_pinned': own(async (b) => {
    expect(await known(b, 'lin').setPinned()).toMatchObject({ ok: true })
    expect(b.control.figure('lin').pinned).toBe(true)
  }),
  'user.verify': own(async (b) => {
    const asked = await known(b, 'wu').verify({ greeting: 'from the hills' })
    expect(asked).toMatchObject({ ok: true })
    expect(b.control.asked()).toMatchObject([{ who: 'wu', greeting: 'from the hills' }])
  }),
  'user.update': own(async (b) => {
    const lin = known(b, 'lin')
    b.control.fault({ path: 'webwxsync', how: 'empty', times: 3 })
    await b.control.rename('lin', '林大满')
    const { users } = await lin.update()
    expect(users?.[0]?.nickName).toBe('林大满')
    expect((await known(b, 'family').update()).users?.[0]?.members).toHaveLength(3)
  }),
  'chatroom.set_alias': own(async (b) => {
    expect(await known(b, 'family').setAlias('我们家')).toMatchObject({ ok: true })
    expect(b.control.figure('family').name).toBe('我们家')
  }),
  'chatroom.add_member': own(async (b) => {
    expect(await known(b, 'family').addMember(known(b, 'html'))).toMatchObject({ ok: true })
    expect(b.control.figure('family').members).toContain('html')
  }),
  'chatroom.delete_member': own(async (b) => {
    expect(await known(b, 'family').deleteMember([known(b, 'lin')])).toMatchObject({ ok: true })
    expect(b.control.figure('family').members).not.toContain('lin')
  }),
}
