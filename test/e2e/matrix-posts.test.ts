import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MatrixHub } from '../../adapters/matrix/hub.ts'
import { type Chat, management } from '../../src/core/chat.ts'
import { eventId, mediaId } from '../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../src/core/message.ts'
import type { Body, Speaker } from '../../src/core/post.ts'
import type { Rich } from '../../src/core/runs.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Open } from '../../src/ports/outlet.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import {
  type At,
  contact,
  friend,
  group,
  managementPortal,
  noMedia,
  picture,
  redactionPost,
  textPost,
  unique,
} from '../contract/hub-posts.ts'
import { lossyProxy } from './lossy-proxy.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { onSynapse } from './on-synapse.ts'
import { readsAs } from './qr-reader.ts'

onSynapse('posts in Matrix, on a real Synapse', () => {
  const never = new AbortController().signal
  let harness: MatrixHarness

  beforeAll(async () => {
    harness = await matrixHarness()
    await harness.start(new Inbox())
  })
  afterAll(() => harness?.drop())

  const joined = (chat: Chat) => harness.joined(chat)
  const richPost = (at: At, speaker: Speaker, text: Rich, more: Partial<RoomPost> = {}) => ({
    ...textPost(at, '', speaker),
    body: { kind: 'text' as const, text },
    ...more,
  })
  const send = async (post: RoomPost, open: Open = noMedia, hub = harness.hub) =>
    (await hub.send(post, open, never)).ids[0] ?? ''
  const eventOf = async (at: At, id: string) => {
    const event = (await harness.alice.events(at.room)).find((each) => each.event_id === id)
    if (!event) throw new Error(`no event ${id}`)
    return event
  }
  const contentOf = async (at: At, id: string) => (await eventOf(at, id)).content
  const ghost = async (at: At, name: string) => {
    const members = await harness.alice.members(at.room)
    return Object.keys(members).find((id) => members[id]?.display_name === name) ?? ''
  }

  describe('mentions', () => {
    const highlights = async (at: At) => {
      const sync = (await harness.alice.call('GET', '/sync?timeout=0')) as {
        rooms: {
          join: Record<string, { unread_notifications?: { highlight_count?: number } } | undefined>
        }
      }
      return sync.rooms.join[at.room]?.unread_notifications?.highlight_count ?? 0
    }

    it('are pills of those who have a ghost, and ring nobody else', async () => {
      const at = await joined(group('Pills'))
      const lin = contact('Lin')
      await send(textPost(at, 'hello', lin))
      const unseen = contact(unique('Unseen'))
      const id = await send(
        richPost(at, contact('Wu'), [
          { text: '@Lin', mention: { type: 'contact', contact: lin.contact } },
          { text: ' and ' },
          { text: '@Unseen', mention: { type: 'contact', contact: unseen.contact } },
        ]),
      )
      const user = await ghost(at, 'Lin')
      expect(await contentOf(at, id)).toMatchObject({
        body: '@Lin and @Unseen',
        formatted_body: `<a href="https://matrix.to/#/${user}">@Lin</a> and @Unseen`,
        'm.mentions': { user_ids: [user] },
      })
      expect(await highlights(at)).toBe(0)
    })

    it('of the owner ring, by their words, by a call, and as everybody', async () => {
      const at = await joined(group('Ringing'))
      const wu = contact('Wu')
      await send(textPost(at, '@alice @room, only words', wu))
      expect(await highlights(at)).toBe(0)
      const me = { type: 'me' } as const
      const id = await send(richPost(at, wu, [{ text: '@张三', mention: me }, { text: ' hi' }]))
      expect(await contentOf(at, id)).toMatchObject({
        formatted_body: `<a href="https://matrix.to/#/${harness.alice.id}">@张三</a> hi`,
        'm.mentions': { user_ids: [harness.alice.id] },
      })
      expect(await highlights(at)).toBe(1)
      await send({ ...textPost(at, 'without naming you', wu), calls: [me] })
      expect(await highlights(at)).toBe(2)
      const all = [{ text: '@所有人 hi', mention: { type: 'all' } as const }]
      const everybody = await send(richPost(at, wu, all))
      expect(await contentOf(at, everybody)).toMatchObject({ 'm.mentions': { room: true } })
      expect(await highlights(at)).toBe(3)
      const quiet = await send({ ...richPost(at, wu, [{ text: '@x', mention: me }]), silent: true })
      expect(await contentOf(at, quiet)).toMatchObject({ 'm.mentions': {} })
      expect(await highlights(at)).toBe(3)
    })
  })

  describe('answers', () => {
    const answer = (at: At, event: string) =>
      richPost(at, contact('Lin'), [{ text: 'yes' }], {
        replyToEvent: eventId(event),
        body: {
          kind: 'text',
          text: [{ text: 'yes' }],
          unquoted: [{ text: 'the question\n', quote: true }, { text: 'yes' }],
        },
      })

    it('point at what they answer, and repeat nothing of it', async () => {
      const at = await joined(friend('Answers'))
      const question = await harness.alice.say(at.room, 'really?')
      const id = await send(answer(at, question))
      const content = await contentOf(at, id)
      expect(content['m.relates_to']).toEqual({ 'm.in_reply_to': { event_id: question } })
      expect(content).toMatchObject({ body: 'yes' })
      expect(content).not.toHaveProperty('formatted_body')
    })

    it('of what is in another room, or nowhere, say it in words and point at nothing', async () => {
      const [at, other] = [await joined(friend('Here')), await joined(friend('There'))]
      const elsewhere = await send(textPost(other, 'the question', contact('Lin')))
      for (const event of [elsewhere, '$nowhere']) {
        for (const hub of [harness.hub, harness.fresh()]) {
          const content = await contentOf(at, await send(answer(at, event), noMedia, hub))
          expect(content).not.toHaveProperty('m.relates_to')
          expect(content).toMatchObject({ body: '> the question\nyes' })
        }
      }
    })

    it('and mentions cost nothing but the sending once they are known', async () => {
      const at = await joined(group('Cheap'))
      const proxy = await lossyProxy(harness.synapse.url, () => false)
      try {
        const hub = harness.fresh({ url: proxy.url })
        const lin = contact('Lin')
        const question = await send(textPost(at, 'really?', lin), noMedia, hub)
        const old = await harness.alice.say(at.room, 'from before')
        const post = (event: string) => ({
          ...answer(at, event),
          calls: [{ type: 'contact', contact: lin.contact } as const],
        })
        await send(post(old), noMedia, hub)
        proxy.requests.length = 0
        for (const event of [question, old]) await send(post(event), noMedia, hub)
        const sent = expect.stringContaining('/send/m.room.message/')
        expect(proxy.requests).toEqual([sent, sent])
      } finally {
        await proxy.close()
      }
    })
  })

  describe('changes', () => {
    const bot: Speaker = { type: 'bridge' }

    it('take the place of what they change, also twice, and are found as it', async () => {
      const at = await joined(friend('Changes'))
      const first = await send(textPost(at, 'one', bot))
      for (const hub of [harness.hub, harness.fresh()]) {
        const text = unique('changed')
        const post = { ...textPost(at, text, bot), replacesEvent: eventId(first) }
        expect(await send(post, noMedia, hub)).toBe(first)
        const shown = (await harness.person.sees(at.room)).map((one) => one.text)
        expect(shown).toEqual([text])
        expect(await harness.fresh().find(post, 0, never)).toMatchObject({ ids: [first] })
      }
    })

    it('of what only changed something go to that', async () => {
      const at = await joined(friend('Chain'))
      const first = await send(textPost(at, 'one', bot))
      await send({ ...textPost(at, 'two', bot), replacesEvent: eventId(first) })
      const edit = (await harness.alice.events(at.room)).at(-1)?.event_id ?? ''
      expect(edit).not.toBe(first)
      for (const hub of [harness.hub, harness.fresh()]) {
        const post = { ...textPost(at, unique('three'), bot), replacesEvent: eventId(edit) }
        expect(await send(post, noMedia, hub)).toBe(first)
      }
      await harness.hub.send(redactionPost(at, [eventId(edit)]), noMedia, never)
      expect(await harness.person.sees(at.room)).toEqual([])
    })

    it('are posted for all to see where the old one is not theirs, not here or not there any more', async () => {
      const at = await joined(friend('Not theirs'))
      const other = await joined(friend('Elsewhere'))
      const mine = await send(textPost(other, 'other room', bot))
      const ghosts = await send(textPost(at, 'a ghost said', contact('Lin')))
      const redacted = await send(textPost(at, 'gone', bot))
      await harness.hub.send(redactionPost(at, [eventId(redacted)]), noMedia, never)
      for (const event of [mine, ghosts, redacted]) {
        const text = unique('anew')
        const post = { ...textPost(at, text, bot), replacesEvent: eventId(event) }
        const id = await send(post, noMedia, harness.fresh())
        expect(id).not.toBe(event)
        const shown = (await harness.person.sees(at.room)).map((one) => one.text)
        expect(shown).toContain(text)
        expect(shown).toContain('a ghost said')
      }
    })
  })

  describe('media', () => {
    const ref = (kind: MediaKind, mime: string): MediaRef => ({
      id: mediaId(unique('media')),
      source: 'contract',
      kind,
      mime,
      token: 'x',
    })
    const opens =
      (...bytes: readonly Uint8Array[]): Open =>
      async ({ mime, token }) => {
        const of = bytes[Number(token) || 0] ?? Buffer.alloc(0)
        return { stream: new Blob([new Uint8Array(of)]).stream(), mime, bytes: of.length }
      }
    const gif = Buffer.concat([
      Buffer.from('GIF89a'),
      Buffer.from([7, 0, 5, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
      Buffer.from([0x21, 0xff, 11]),
      Buffer.from('NETSCAPE2.0'),
      Buffer.from([3, 1, 0, 0, 0, 0x3b]),
    ])
    const sends = async (at: At, body: Extract<Body, { kind: 'media' }>, open: Open) =>
      contentOf(at, await send({ ...textPost(at, '', contact('Lin')), body }, open))

    it('have their size in pixels where WeChat did not tell it, and all their bytes', async () => {
      const at = await joined(friend('Sizes'))
      const bytes = picture()
      const media = ref('image', 'image/png')
      const content = await sends(at, { kind: 'media', media }, opens(bytes))
      expect(content.info).toEqual({ mimetype: 'image/png', size: bytes.length, w: 1, h: 1 })
      const had = await harness.alice.download(String(content.url))
      expect(Buffer.from(had).equals(Buffer.from(bytes))).toBe(true)
    })

    it('that move say so', async () => {
      const at = await joined(friend('Moving'))
      const media = ref('sticker', 'image/gif')
      const content = await sends(at, { kind: 'media', media }, opens(gif))
      expect(content).toMatchObject({
        msgtype: 'm.image',
        info: { w: 7, h: 5, 'org.matrix.msc4230.is_animated': true },
      })
    })

    it('of a video have the shape of its still picture', async () => {
      const at = await joined(friend('Video'))
      const media = ref('video', 'video/mp4')
      const poster = { ...ref('image', 'image/gif'), token: '1' }
      const open = opens(Buffer.from('a video'), gif)
      expect(await sends(at, { kind: 'media', media, poster }, open)).toMatchObject({
        info: { w: 7, h: 5, mimetype: 'video/mp4', thumbnail_info: { w: 7, h: 5 } },
      })
    })

    it('are in their order, each with its own caption', async () => {
      const at = await joined(friend('Album'))
      const captions = ['one', undefined, 'three <b>']
      for (const text of captions) {
        const body = { kind: 'media', media: ref('image', 'image/png') } as const
        const caption = text ? { caption: [{ text, bold: true as const }] } : {}
        await sends(at, { ...body, ...caption }, opens(picture()))
      }
      const shown = (await harness.alice.events(at.room)).slice(-3).map(({ content }) => content)
      expect(shown).toMatchObject([
        { body: 'one', filename: 'image.png', formatted_body: '<strong>one</strong>' },
        { body: 'image.png', filename: 'image.png' },
        { body: 'three <b>', formatted_body: '<strong>three &lt;b&gt;</strong>' },
      ])
    })
  })

  describe('the login code', () => {
    const redactedIn = async (room: string) =>
      (await harness.alice.events(room)).filter((each) => each.unsigned?.redacted_because)

    it('is one picture whose content changes, and one message that is taken away', async () => {
      const room = await harness.hub.ensureRoom(managementPortal, management, noMedia, never)
      await harness.alice.join(room)
      const codes = [1, 2, 3].map((n) => `https://login.example/${unique(`code${n}`)}`)
      const ids = new Set<string>()
      let hub: MatrixHub = harness.hub as MatrixHub
      for (const [attempt, qr] of codes.entries()) {
        await hub.showLogin({ state: 'scan', qr, attempt }, never)
        const shown = (await harness.person.sees(room)).at(-1)
        expect(readsAs(shown?.picture ?? new Uint8Array(), qr)).toBe(true)
        ids.add(shown?.id ?? '')
        // The next one is shown by another run.
        hub = harness.fresh()
        await hub.ensureRoom(managementPortal, management, noMedia, never)
      }
      await hub.showLogin({ state: 'scanned' }, never)
      const scanned = (await harness.person.sees(room)).at(-1)
      expect(scanned).toMatchObject({ text: expect.stringContaining('Scanned') })
      ids.add(scanned?.id ?? '')
      expect([...ids]).toHaveLength(1)
      expect(await redactedIn(room)).toEqual([])
      await hub.showLogin({ state: 'offline', reason: 'expired', relogin: true }, never)
      expect(await harness.person.sees(room)).toEqual([])
      expect(await redactedIn(room)).toHaveLength(1)
    })

    it('is shown anew when somebody has taken it away', async () => {
      const room = await harness.hub.ensureRoom(managementPortal, management, noMedia, never)
      const [one, two] = ['one', 'two'].map((n) => `https://login.example/${unique(n)}`)
      await harness.hub.showLogin({ state: 'scan', qr: one ?? '', attempt: 1 }, never)
      const shown = (await harness.person.sees(room)).at(-1)
      await harness.alice.redact(room, shown?.id ?? '')
      await harness.hub.showLogin({ state: 'scan', qr: two ?? '', attempt: 2 }, never)
      expect(await harness.person.seesCode(two ?? '')).toBe(true)
      await harness.hub.showLogin({ state: 'offline', reason: 'expired', relogin: true }, never)
      expect(await harness.person.codes()).toBe(0)
    })

    it('that a crash left without its name is taken away, and shown once', async () => {
      await harness.hub.ensureRoom(managementPortal, management, noMedia, never)
      const [one, two] = ['one', 'two'].map((n) => `https://login.example/${unique(n)}`)
      await harness.hub.showLogin({ state: 'scan', qr: one ?? '', attempt: 1 }, never)
      const { event: _lost, ...kept } = JSON.parse(harness.vault.entries.get('login-code') ?? '{}')
      harness.vault.entries.set('login-code', JSON.stringify({ ...kept, pending: true }))
      const hub = harness.fresh()
      await hub.ensureRoom(managementPortal, management, noMedia, never)
      await hub.showLogin({ state: 'scan', qr: two ?? '', attempt: 2 }, never)
      expect(await harness.person.seesCode(two ?? '')).toBe(true)
      expect(await harness.person.codes()).toBe(1)
      await hub.showLogin({ state: 'offline', reason: 'expired', relogin: true }, never)
      expect(await harness.person.codes()).toBe(0)
    })
  })
})
