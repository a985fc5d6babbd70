import { describe, expect, test } from 'vitest'
import { escaped, reader } from '../reader.ts'

const { friend, room } = await reader()
const xml = (inner: string) => escaped(`<msg>${inner}</msg>`)
const media = (message: ReturnType<typeof friend>) =>
  'media' in message.content ? message.content.media : undefined

describe('what WeChat tells of media beside its bytes', () => {
  test('a voice says how long it is, by its field or its document', () => {
    expect(media(friend(34, '', { VoiceLength: 1580 }))?.ms).toBe(1580)
    expect(media(friend(34, xml('<voicemsg voicelength="2400" />')))?.ms).toBe(2400)
    expect(media(friend(34, xml('<voicemsg voicelength="-1" />')))).not.toHaveProperty('ms')
  })

  test('a picture its size where a client wrote it, never that of its thumbnail', () => {
    const small = 'cdnthumbheight="120" cdnthumbwidth="67"'
    const thumb = { ImgWidth: 67, ImgHeight: 120 }
    const none = friend(3, xml(`<img ${small} cdnmidheight="0" cdnmidwidth="0" />`), thumb)
    expect(media(none)).not.toHaveProperty('width')
    const mid = friend(3, xml(`<img ${small} cdnmidheight="1440" cdnmidwidth="810" />`), thumb)
    expect(media(mid)).toMatchObject({ width: 810, height: 1440 })
    const hd = friend(3, xml(`<img ${small} cdnhdheight="4000" cdnhdwidth="3000" />`))
    expect(media(hd)).toMatchObject({ width: 3000, height: 4000 })
    for (const odd of ['x', '-4', '1e9', '']) {
      expect(
        media(friend(3, xml(`<img cdnmidheight="${odd}" cdnmidwidth="9" />`))),
      ).not.toHaveProperty('width')
    }
    expect(media(friend(3, 'no document'))?.kind).toBe('image')
  })

  test('a video its length in seconds, and the size of its still picture', () => {
    const body =
      '<videomsg playlength="15" cdnthumbwidth="224" cdnthumbheight="398" length="749457" />'
    const { content } = friend(43, xml(body))
    expect(content).toMatchObject({
      media: { ms: 15_000, bytes: 749_457 },
      poster: { width: 224, height: 398 },
    })
    const fields = friend(43, xml(body), { PlayLength: 4, ImgWidth: 320, ImgHeight: 240 })
    expect(fields.content).toMatchObject({
      media: { ms: 4_000 },
      poster: { width: 320, height: 240 },
    })
  })

  test('a sticker its size', () => {
    const emoji = '<emoji cdnurl = "http://emoji.qpic.cn/x" width= "240" height= "160" ></emoji>'
    expect(media(friend(47, xml(emoji)))).toMatchObject({ width: 240, height: 160 })
  })
})

describe('announcements', () => {
  const app = (inner: string) =>
    room(`@cc:<br/>${xml(`<appmsg><title>too old</title><type>87</type>${inner}</appmsg>`)}`, 49)
      .content
  const name = 'mmchatroombarannouncememt'
  const system = (inner: string) =>
    room(escaped(`<sysmsg type="${name}"><${name}>${inner}</${name}></sysmsg>`), 10002).content

  test('say what is announced; one that is there and empty takes it away', () => {
    expect(app('<textannouncement>七点\n带水</textannouncement>')).toEqual({
      kind: 'announcement',
      text: '七点\n带水',
    })
    expect(app('<textannouncement></textannouncement>')).toEqual({ kind: 'announcement', text: '' })
    expect(app('<textannouncement/>')).toEqual({ kind: 'announcement', text: '' })
    expect(app('').kind).toBe('unsupported')
    expect(system('<content>停电</content>')).toEqual({ kind: 'announcement', text: '停电' })
    expect(system('<content></content>')).toEqual({ kind: 'announcement', text: '' })
    expect(system('').kind).not.toBe('announcement')
  })
})

describe('who is named', () => {
  test('in what is said in a group, by the names there', () => {
    const said = room('@cc:<br/>@墨墨\u2005 @丁 @丙丙\u2005')
    expect(said.mentionsMe).toBe(true)
    expect(said.mentions?.map(({ name, who }) => [name, who.type])).toEqual([
      ['墨墨', 'me'],
      ['丁', 'contact'],
      ['丙丙', 'contact'],
    ])
    expect(friend(1, '@丁\u2005')).not.toHaveProperty('mentions')
  })
})
