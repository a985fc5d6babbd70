import { describe, expect, it } from 'vitest'
import { eventContent } from '../../../adapters/matrix/content.ts'
import { keyField } from '../../../adapters/matrix/ingress.ts'
import type { Picture } from '../../../adapters/matrix/sizes.ts'
import { words } from '../../../adapters/matrix/words.ts'
import { mintPortalId, roomId } from '../../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../../src/core/message.ts'
import type { Body } from '../../../src/core/post.ts'
import { contact, friend, textPost } from '../../contract/hub-posts.ts'
import { everyKind, ref } from '../../core/every-kind.ts'

const at = { portal: mintPortalId(Math.random), chat: friend('x'), room: roomId('!room') }
const uploads = {
  media: { mxc: 'mxc://hs/media', mime: 'video/mp4', bytes: 9 },
  poster: { mxc: 'mxc://hs/poster', mime: 'image/png', bytes: 3 },
}
const of = (body: Body, sent = {}) =>
  eventContent({ ...textPost(at, '', contact('Lin')), body }, sent, words('en'))

describe('what a post becomes', () => {
  it('a place is one, with its words', () => {
    const body = { kind: 'location', latitude: 30.2437, longitude: -0.1, label: 'A <b>\0' } as const
    expect(of(body)).toMatchObject({
      msgtype: 'm.location',
      body: 'A <b>\ufffd',
      geo_uri: 'geo:30.243700,-0.100000',
      'm.mentions': {},
      [keyField]: expect.any(String),
    })
  })

  it('a voice message says that it is one, and how long', () => {
    const { media } = everyKind.voice.content
    expect(of({ kind: 'media', media }, uploads)).toMatchObject({
      msgtype: 'm.audio',
      'org.matrix.msc3245.voice': {},
      'm.voice': {},
      'org.matrix.msc1767.audio': { duration: 2400 },
      info: { duration: 2400 },
    })
  })

  it('a video has its still picture, and none that could not be had', () => {
    const { media, poster = ref('image', 'poster') } = everyKind.video.content
    const body = { kind: 'media', media, poster } as const
    expect(of(body, uploads)).toMatchObject({
      msgtype: 'm.video',
      url: 'mxc://hs/media',
      info: {
        w: 320,
        duration: 3000,
        thumbnail_url: 'mxc://hs/poster',
        thumbnail_info: { mimetype: 'image/png', size: 3 },
      },
    })
    expect(JSON.stringify(of(body, { media: uploads.media }))).not.toContain('thumbnail')
  })

  it('a file keeps its name beside a caption, without its folders', () => {
    const media = { ...everyKind.file.content.media, name: '../../etc/计划.pdf' }
    const body = { kind: 'media', media, caption: [{ text: 'see page 2' }] } as const
    expect(of(body, uploads)).toMatchObject({
      msgtype: 'm.file',
      filename: '计划.pdf',
      body: 'see page 2',
    })
  })

  it('a place is also one by MSC3488, and has words in any case', () => {
    const body = { kind: 'location', latitude: 1, longitude: 2, label: '' } as const
    expect(of(body)).toMatchObject({
      body: 'geo:1.000000,2.000000',
      'org.matrix.msc3488.location': { uri: 'geo:1.000000,2.000000' },
      'org.matrix.msc3488.asset': { type: 'm.pin' },
    })
  })

  it('a change says so, and once more as what it is, ringing nobody again', () => {
    const post = { ...textPost(at, 'new', contact('Lin')), calls: [{ type: 'me' } as const] }
    const pointing = { userOf: () => '@me:hs' }
    const content = eventContent(post, {}, words('en'), {
      pointing,
      changes: '$old',
      answers: '$x',
    })
    expect(content).toEqual({
      msgtype: 'm.text',
      body: '* new',
      'm.new_content': { msgtype: 'm.text', body: 'new', 'm.mentions': { user_ids: ['@me:hs'] } },
      'm.relates_to': { rel_type: 'm.replace', event_id: '$old' },
      'm.mentions': {},
      [keyField]: post.key,
    })
  })

  it('what its bytes say of a picture counts where WeChat did not tell its size', () => {
    const picture = { width: 7, height: 5, animated: true } as const
    const sent = { media: { ...uploads.media, picture } }
    const info = (media: MediaRef) => of({ kind: 'media', media }, sent).info
    expect(info(ref('sticker', 's'))).toMatchObject({
      w: 7,
      h: 5,
      'org.matrix.msc4230.is_animated': true,
    })
    const told = { ...ref('image', 'i'), width: 640, height: 420 }
    expect(info(told)).toMatchObject({ w: 640, h: 420 })
  })

  it('a sticker is a picture that is named as a sticker', () => {
    const { media } = everyKind.sticker.content
    const sent = { media: { ...uploads.media, mime: 'image/gif' } }
    expect(of({ kind: 'media', media }, sent)).toMatchObject({
      msgtype: 'm.image',
      body: 'sticker.gif',
      filename: 'sticker.gif',
    })
  })

  it('what has no name, or one without an ending, gets that of its bytes, once', () => {
    const named = (kind: MediaKind, mime: string, name?: string) =>
      of(
        { kind: 'media', media: ref(kind, 'x', name === undefined ? {} : { name }) },
        { media: { ...uploads.media, mime } },
      ).filename
    expect(named('image', 'image/jpeg')).toBe('image.jpg')
    expect(named('voice', 'audio/mpeg')).toBe('voice.mp3')
    expect(named('video', 'video/mp4')).toBe('video.mp4')
    expect(named('file', 'application/pdf')).toBe('file.pdf')
    expect(named('image', 'image/jpeg', '海边')).toBe('海边.jpg')
    expect(named('image', 'image/jpeg', 'a.JPG')).toBe('a.JPG')
    expect(named('video', 'video/mp4; codecs="x"', 'v1.2')).toBe('v1.2.mp4')
    expect(named('file', 'text/plain', 'README')).toBe('README')
    expect(named('image', 'application/octet-stream')).toBe('image')
  })

  it('a size or length that cannot be is not told', () => {
    const odd = { width: 0, height: 420, ms: Number.NaN }
    const told = (more: Partial<MediaRef>, picture?: Picture) =>
      of(
        { kind: 'media', media: ref('image', 'i', more) },
        { media: { ...uploads.media, picture } },
      ).info
    expect(told(odd)).toEqual({ mimetype: 'video/mp4', size: 9 })
    expect(told(odd, { width: 7, height: 5 })).toMatchObject({ w: 7, h: 5 })
    expect(told({ width: -1, height: 1e300, ms: 1.5 })).toEqual({
      mimetype: 'video/mp4',
      size: 9,
      duration: 1,
    })
  })
})
