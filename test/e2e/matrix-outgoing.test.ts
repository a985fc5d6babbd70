import { parseDocument } from 'htmlparser2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fit, speakerOf } from '../../src/core/fit.ts'
import { eventId, mediaId, mintPortalId, postKey } from '../../src/core/ids.ts'
import type { Content, Kind, MediaRef, Message } from '../../src/core/message.ts'
import type { Rich } from '../../src/core/runs.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Open } from '../../src/ports/outlet.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import {
  type At,
  contact,
  friend,
  group,
  noMedia,
  redactionPost,
  textPost,
  unique,
} from '../contract/hub-posts.ts'
import { everyKind, ref } from '../core/every-kind.ts'
import { message } from '../core/samples.ts'
import { openWitness, type Witness } from '../witness/witness.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { onSynapse } from './on-synapse.ts'

const voice = { language: 'en', timezone: 'UTC' } as const

onSynapse('what WeChat says, read by a client', () => {
  const never = new AbortController().signal
  let harness: MatrixHarness
  let eye: Witness

  beforeAll(async () => {
    harness = await matrixHarness()
    await harness.start(new Inbox())
    eye = await openWitness(harness.alice)
  })
  afterAll(async () => {
    await eye?.stop()
    await harness?.drop()
  })

  const joined = async (chat = group(unique('Room'))) => {
    const portal = mintPortalId(Math.random)
    const id = await harness.hub.ensureRoom(portal, chat, noMedia, never)
    const room = await eye.roomNamed(chat.name)
    expect(room.roomId).toBe(id)
    return { at: { portal, room: id }, room }
  }
  const send = async (post: RoomPost, open: Open = noMedia) =>
    (await harness.hub.send(post, open, never)).ids[0] ?? ''
  const said = (at: At, text: Rich, more: Partial<RoomPost> = {}): RoomPost => ({
    ...textPost(at, '', contact('Lin')),
    body: { kind: 'text', text },
    ...more,
  })
  const bytesOf = (media: MediaRef) => Buffer.from(`the bytes of ${media.token}`)
  const open: Open = async (media) => {
    const bytes = bytesOf(media)
    return { stream: new Blob([bytes]).stream(), mime: media.mime, bytes: bytes.length }
  }
  /** The words a client shows of markup, and the elements it is made of. */
  const drawn = (html: string) => {
    const tags = new Set<string>()
    const words = (node: {
      type: string
      name?: string
      data?: string
      children?: never[]
    }): string => {
      if (node.name) tags.add(node.name)
      if (node.type === 'text') return node.data ?? ''
      if (node.name === 'br') return '\n'
      return (node.children ?? []).map(words).join('')
    }
    return { words: words(parseDocument(html) as never), tags: [...tags] }
  }
  const allowed = ['a', 'blockquote', 'br', 'code', 'del', 'em', 'pre', 'strong']

  describe('every kind', () => {
    let room: Awaited<ReturnType<typeof joined>>
    beforeAll(async () => {
      room = await joined()
    })

    it.each(Object.keys(everyKind) as Kind[])(
      '%s is there, whole and as nothing else',
      async (kind) => {
        const sample = everyKind[kind]
        const told: Message = message(unique(kind), { content: sample.content as Content })
        const bodies = fit(told, undefined, harness.hub.features, voice)
        for (const [part, body] of bodies.entries()) {
          const post = {
            ...textPost(room.at, '', speakerOf(told, voice)),
            key: postKey(told.id, room.at.portal, part),
            body,
          }
          const id = await send(post, open)
          const heard = await eye.hears(room.room, (one) => one.id === id)
          expect(heard.body.trim()).not.toBe('')
          expect(heard.kind).toBe(
            body.kind === 'text' ? 'm.text' : body.kind === 'notice' ? 'm.notice' : heard.kind,
          )
          if ('text' in body) {
            const words = body.text.map(({ text }) => text).join('')
            if (heard.html === undefined) expect(heard.body).toBe(words)
            else {
              const { words: shown, tags } = drawn(heard.html)
              expect(shown.replace(/\s+/g, ' ').trim()).toBe(words.replace(/\s+/g, ' ').trim())
              expect(allowed).toEqual(expect.arrayContaining(tags))
            }
          }
          if (body.kind === 'media') {
            expect(Buffer.from(await eye.bytes(heard.content.url))).toEqual(bytesOf(body.media))
            expect(heard.content.info).toMatchObject({ mimetype: body.media.mime })
            expect(String(heard.content.filename)).toMatch(/\.\w+$/)
          }
        }
      },
    )
  })

  it('names, links and quotations that try to be markup stay words', async () => {
    const { at, room } = await joined()
    const evil = '"><img src=x onerror=alert(1)></a>\'&lt;'
    await send(textPost(at, 'here', { ...contact('Evil'), name: evil }))
    const mention = { type: 'contact', contact: contact('Evil').contact } as const
    const id = await send(
      said(at, [
        { text: `@${evil}`, mention },
        { text: ' ' },
        { text: evil, href: `https://example.org/?q=${evil}` },
        { text: evil, quote: true },
      ]),
    )
    const { html = '', mentions } = await eye.hears(room, (one) => one.id === id)
    const { words, tags } = drawn(html)
    expect(words).toBe(`@${evil} ${evil}${evil}`)
    expect(tags.toSorted()).toEqual(['a', 'blockquote'])
    expect(html).not.toMatch(/<[^>]*onerror=[^%]*>/)
    expect(mentions.user_ids).toHaveLength(1)
    const ghost = room.getMember(mentions.user_ids?.[0] ?? '')
    expect(ghost?.rawDisplayName).toBe(evil)
  })

  it('the largest texts are taken by the homeserver, with pills, and when they are changed', async () => {
    const { at, room } = await joined()
    const names: Rich = Array.from({ length: 400 }, (_, index) => ({
      text: `@${index}`.padEnd(20, '名'),
      mention:
        index === 399 ? { type: 'me' } : { type: 'contact', contact: contact('Lin').contact },
    }))
    await send(textPost(at, 'hello', contact('Lin')))
    const pills = await send(said(at, names))
    const heard = await eye.hears(room, (one) => one.id === pills)
    expect(heard.body).toBe(names.map(({ text }) => text).join(''))
    expect(heard.mentions.user_ids).toContain(eye.user)
    const long = '很'.repeat(7_999)
    const change = said(at, [{ text: long, bold: true }], { replacesEvent: eventId(pills) })
    expect(await send(change)).toBe(pills)
    await eye.hears(room, (one) => one.id === pills && one.body === long && one.edited)
  })

  it('an answer to what was taken away or changed still points at it', async () => {
    const { at, room } = await joined()
    const gone = await send(textPost(at, 'gone', contact('Lin')))
    await harness.hub.send(redactionPost(at, [eventId(gone)]), noMedia, never)
    await eye.hears(room, (one) => one.id === gone && one.redacted)
    const first = await send(textPost(at, 'first', contact('Lin')))
    await send({ ...textPost(at, 'second', contact('Lin')), replacesEvent: eventId(first) })
    for (const of of [gone, first]) {
      const id = await send(said(at, [{ text: 'about it' }], { replyToEvent: eventId(of) }))
      expect((await eye.hears(room, (one) => one.id === id)).replyTo).toBe(of)
    }
  })

  describe('media', () => {
    const sent = async (media: MediaRef, opened: Open) => {
      const { at, room } = await joined(friend(unique('Media')))
      const post: RoomPost = { ...textPost(at, '', contact('Lin')), body: { kind: 'media', media } }
      const id = await send(post, opened)
      return eye.hears(room, (one) => one.id === id)
    }
    const media = (more: Partial<MediaRef>): MediaRef => ({
      ...ref('image', unique('m')),
      id: mediaId(unique('m')),
      ...more,
    })

    it('without a byte arrives as such', async () => {
      const nothing: Open = async () => ({
        stream: new Blob([]).stream(),
        mime: 'image/png',
        bytes: 0,
      })
      const { content } = await sent(media({ kind: 'file', name: 'empty.txt' }), nothing)
      expect(content.info).toMatchObject({ size: 0 })
      expect(await eye.bytes(content.url)).toHaveLength(0)
    })

    it('of a type that is a lie or no type, and of no size, is taken all the same', async () => {
      const bytes = Buffer.from('<script>alert(1)</script>')
      for (const mime of ['image/png', 'text/html\r\nx: y', '', 'image/svg+xml; charset=x']) {
        const opened: Open = async () => ({ stream: new Blob([bytes]).stream(), mime })
        const { content } = await sent(media({ mime, width: 0, height: 0, ms: -1 }), opened)
        expect(Buffer.from(await eye.bytes(content.url))).toEqual(bytes)
        expect(content.info).not.toHaveProperty('w')
        expect(content.info).not.toHaveProperty('duration')
        expect(content.info?.mimetype).toMatch(/^[\w.+-]+\/[\w.+-]+$/)
      }
    })
  })
})
