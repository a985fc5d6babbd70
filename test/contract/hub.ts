import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import type { PortalId, RoomId } from '../../src/core/ids.ts'
import { accountId, contactId, eventId, mintPortalId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Body } from '../../src/core/post.ts'
import type { HubAdapter, HubSink, RoomPost } from '../../src/ports/hub.ts'
import type { Open } from '../../src/ports/outlet.ts'
import { until } from '../support/until.ts'
import { Inbox } from './hub-inbox.ts'
import {
  contact,
  friend,
  group,
  managementPortal,
  noMedia,
  opener,
  picture,
  picturePost,
  redactionPost,
  textPost,
  unique,
} from './hub-posts.ts'

/** One thing a person sees in a room, as they see it: no markup, no ids in the text. */
export interface Seen {
  /** The event in the hub's own naming, as in receipts and `replyTo`. */
  readonly id: string
  /** The name shown beside it. */
  readonly who: string
  /** The words shown; empty for a picture without any. */
  readonly text: string
  readonly picture?: Uint8Array
  /** The event it is shown as an answer to. */
  readonly replyTo?: string
}

/** A hub under test, and the people who use it. */
export interface HubHarness {
  /** The adapter; another one after `restart`. */
  readonly hub: HubAdapter
  /** What a room shows as the name of the account's owner (speaking on the phone) and of the bridge. */
  readonly names: { readonly me: string; readonly bridge: string }
  /** Begins `hub.run`; resolves when the hub receives. */
  start(sink: HubSink): Promise<void>
  /** Aborts `run` and resolves when it has resolved. */
  stop(): Promise<void>
  /** After `stop`: a fresh adapter over the same durable state, as after a new start of the process. */
  restart(): Promise<void>
  /** The person the bridge belongs to, using the hub as a person does. */
  readonly person: {
    /** Resolves with the event, once the hub has it. Tries again while the hub asks for that, as the hub's own clients do. */
    says(room: RoomId, text: string, replyTo?: string): Promise<string>
    sendsPicture(room: RoomId, bytes: Uint8Array, mime: string): Promise<string>
    /** `!wx` and these words, or the button that stands for them. */
    commands(room: RoomId, words: readonly string[]): Promise<void>
    /** Everything visible in a room, oldest first, without what is only about joining and naming. */
    sees(room: RoomId): Promise<readonly Seen[]>
    /** How many login codes are visible now. */
    codes(): Promise<number>
    /** Is a login code that reads `qr` visible now? */
    seesCode(qr: string): Promise<boolean>
  }
  /** Somebody who reaches the hub's door without its credential, and tries to say something in the person's name. */
  readonly intruder: { says(room: RoomId, text: string): Promise<void> }
  /** For hubs that take pictures of some kind only: one that no other test sends. Default: a PNG. */
  picture?(): { readonly bytes: Uint8Array; readonly mime: string }
  /** For hubs that read the store: called before `ensureRoom`, and before `send`. */
  arrange?(portal: PortalId, chat: Chat): Promise<void>
  prepare?(post: RoomPost, chat: Chat, open: Open): Promise<void>
  /** Ends everything. */
  drop(): Promise<void>
}

export interface HubSuite {
  readonly name: string
  make(): Promise<HubHarness>
  /** Names of cases that this hub cannot have, each with the reason. */
  readonly skip?: readonly { readonly why: string; readonly tests: readonly string[] }[]
  /** Why none of it can run here. */
  readonly unavailable?: string | undefined
}

/** What every hub adapter must do, whatever it speaks to. */
export function hubContract(suite: HubSuite): void {
  const why = suite.unavailable ? ` (skipped: ${suite.unavailable})` : ''
  describe.skipIf(suite.unavailable !== undefined)(`hub contract: ${suite.name}${why}`, () => {
    let harness: HubHarness
    let inbox: Inbox
    const never = new AbortController().signal

    beforeAll(async () => {
      harness = await suite.make()
      inbox = new Inbox()
      await harness.start(inbox)
    })
    afterAll(() => harness?.drop())

    const restarted = async () => {
      await harness.stop()
      await harness.restart()
      inbox = new Inbox()
      await harness.start(inbox)
    }
    const room = async (chat: Chat, portal = mintPortalId(Math.random)) => {
      await harness.arrange?.(portal, chat)
      return { portal, chat, room: await harness.hub.ensureRoom(portal, chat, noMedia, never) }
    }
    const send = async (post: RoomPost, chat: Chat, open: Open = noMedia) => {
      await harness.prepare?.(post, chat, open)
      return harness.hub.send(post, open, never)
    }
    const seen = (where: RoomId, text: string) =>
      until(
        async () => (await harness.person.sees(where)).find((one) => one.text.includes(text)),
        `"${text}" in the room`,
      )
    const test = (name: string, run: (context: TestContext) => Promise<void>) => {
      const skip = suite.skip?.find((entry) => entry.tests.includes(name))
      if (skip) it.skip(`${name} (${skip.why})`, run)
      else it(name, run)
    }

    test('gives one room to a portal, however often it is asked', async () => {
      const at = await room(friend('Room Once'))
      expect(await harness.hub.ensureRoom(at.portal, at.chat, noMedia, never)).toBe(at.room)
      const other = await room(friend('Room Twice'))
      expect(other.room).not.toBe(at.room)
    })

    test('gives the same room after a restart', async () => {
      const at = await room(friend('Room Again'))
      await restarted()
      expect(await harness.hub.ensureRoom(at.portal, at.chat, noMedia, never)).toBe(at.room)
    })

    test('shows a text with the name of the contact, of the owner or of the bridge', async () => {
      const at = await room(group('Speakers'))
      const words = unique('hello')
      await send(textPost(at, `${words} contact`, contact('王小明')), at.chat)
      await send(textPost(at, `${words} me`, { type: 'me' }), at.chat)
      await send(textPost(at, `${words} bridge`, { type: 'bridge' }), at.chat)
      expect((await seen(at.room, `${words} contact`)).who).toBe('王小明')
      expect((await seen(at.room, `${words} me`)).who).toBe(harness.names.me)
      expect((await seen(at.room, `${words} bridge`)).who).toBe(harness.names.bridge)
      const order = (await harness.person.sees(at.room)).filter((one) => one.text.includes(words))
      expect(order).toHaveLength(3)
    })

    test('shows hostile names and texts literally', async () => {
      const at = await room(group('<b>Group</b> & "friends"'))
      const text = `${unique('x')} <script>alert(1)</script> <img src=x onerror=alert(1)> &amp; **a** \`b\``
      await send(textPost(at, text, contact('<i>Eve</i> & "Co"')), at.chat)
      const one = await seen(at.room, text)
      expect(one.text).toBe(text)
      expect(one.who).toBe('<i>Eve</i> & "Co"')
    })

    test('keeps the lines and the formatted runs of a text readable', async () => {
      const at = await room(friend('Formatted'))
      const first = unique('bold')
      const post = textPost(at, first, contact('Format'))
      const body: Body = {
        kind: 'notice',
        text: [
          { text: first, bold: true },
          { text: '\nsecond <line>\n' },
          { text: 'quoted & kept', quote: true },
          { text: 'a link', href: 'https://example.org/?a=1&b="2"' },
        ],
      }
      await send({ ...post, body }, at.chat)
      const one = await seen(at.room, first)
      for (const part of ['second <line>', 'quoted & kept', 'a link']) {
        expect(one.text).toContain(part)
      }
    })

    test('shows a post once when it is sent twice with one key', async () => {
      const at = await room(friend('Once'))
      const words = unique('only once')
      const post = textPost(at, words, contact('Once'))
      const first = await send(post, at.chat)
      const second = await send(post, at.chat)
      expect(second.ids).toEqual(first.ids)
      await seen(at.room, words)
      const all = (await harness.person.sees(at.room)).filter((one) => one.text.includes(words))
      expect(all).toHaveLength(1)
    })

    test('gives the event of a post as its receipt', async () => {
      const at = await room(friend('Receipt'))
      const words = unique('receipted')
      const receipt = await send(textPost(at, words, contact('Receipt')), at.chat)
      expect((await seen(at.room, words)).id).toBe(receipt.ids[0])
    })

    test('shows a picture with exactly its bytes', async () => {
      const at = await room(friend('Picture'))
      const bytes = picture()
      const post = picturePost(at, contact('Painter'), bytes)
      const receipt = await send(post, at.chat, opener(post, bytes))
      const one = await until(
        async () => (await harness.person.sees(at.room)).find((e) => e.id === receipt.ids[0]),
        'the picture in the room',
      )
      expect(Buffer.from(one.picture ?? []).equals(Buffer.from(bytes))).toBe(true)
    })

    test('points an answer at the event it answers', async () => {
      const at = await room(friend('Replies'))
      const asked = textPost(at, unique('question'), contact('Asker'))
      const question = await send(asked, at.chat)
      await send(textPost(at, unique('between'), contact('Asker')), at.chat)
      const words = unique('answer')
      const answer: RoomPost = {
        ...textPost(at, words, contact('Answerer')),
        replyTo: asked.message,
        replyToEvent: eventId(question.ids[0]!),
      }
      await send(answer, at.chat)
      expect((await seen(at.room, words)).replyTo).toBe(question.ids[0])
    })

    test('takes back what it posted, once', async ({ skip }) => {
      skip(!harness.hub.features.redact, 'this hub says that it cannot')
      const at = await room(friend('Taking back'))
      const words = unique('take me back')
      const parts = [`${words} one`, `${words} two`, unique('let me stay')]
      const receipts = []
      for (const text of parts)
        receipts.push(await send(textPost(at, text, contact('Taker')), at.chat))
      const redacts = receipts.slice(0, 2).flatMap(({ ids }) => ids.map(eventId))
      const post = redactionPost(at, redacts)
      const since = Date.now()
      expect(await harness.hub.find(post, since, never)).toBe('absent')
      const receipt = await send(post, at.chat)
      expect(await send(post, at.chat)).toMatchObject({ ids: receipt.ids })
      expect(await harness.hub.find(post, since, never)).toMatchObject({ ids: receipt.ids })
      const shown = (await harness.person.sees(at.room)).map((one) => one.text)
      expect(shown).toEqual([parts[2]])
    })

    test('finds what was delivered, and nothing before', async () => {
      const at = await room(friend('Finding'))
      const post = textPost(at, unique('find me'), contact('Finder'))
      const since = Date.now()
      await harness.prepare?.(post, at.chat, noMedia)
      expect(await harness.hub.find(post, since, never)).toBe('absent')
      const receipt = await harness.hub.send(post, noMedia, never)
      const found = await harness.hub.find(post, since, never)
      expect(found).toMatchObject({ ids: receipt.ids })
    })

    test('finds what was delivered before a restart', async () => {
      const at = await room(friend('Finding later'))
      const post = textPost(at, unique('find me later'), contact('Finder'))
      const since = Date.now()
      const receipt = await send(post, at.chat)
      await restarted()
      expect(await harness.hub.find(post, since, never)).toMatchObject({ ids: receipt.ids })
      const other = textPost(at, unique('never sent'), contact('Finder'))
      expect(await harness.hub.find(other, since, never)).toBe('absent')
    })

    test('tells what a person says, once, with its room', async () => {
      const at = await room(friend('Listening'))
      const words = unique('<b>said</b> & heard')
      const id = await harness.person.says(at.room, words)
      const event = await inbox.text(words)
      expect(event).toMatchObject({ type: 'message', id, room: at.room, text: words })
      expect(event.type === 'message' && event.from).toBeTruthy()
      const after = unique('after')
      await harness.person.says(at.room, after)
      await inbox.text(after)
      expect(inbox.texts(words)).toHaveLength(1)
    })

    test('keeps the order in which a person says things', async () => {
      const at = await room(friend('Order'))
      const words = unique('order')
      for (const n of [1, 2, 3, 4, 5]) await harness.person.says(at.room, `${words} ${n}`)
      await inbox.text(`${words} 5`)
      const heard = inbox.texts(words).map((event) => event.type === 'message' && event.text)
      expect(heard).toEqual([1, 2, 3, 4, 5].map((n) => `${words} ${n}`))
    })

    test('tells which event a person answers', async () => {
      const at = await room(friend('Answered'))
      const receipt = await send(textPost(at, unique('ask'), contact('Asker')), at.chat)
      const words = unique('reply')
      await harness.person.says(at.room, words, receipt.ids[0])
      expect(await inbox.text(words)).toMatchObject({ text: words, replyTo: receipt.ids[0] })
    })

    test('offers what a person said again until it is accepted', async () => {
      const at = await room(friend('Patience'))
      const words = unique('be patient')
      inbox.refuse(words, 2)
      await harness.person.says(at.room, words)
      await inbox.text(words)
      expect(inbox.refused).toBe(2)
      expect(inbox.texts(words)).toHaveLength(1)
    })

    test('keeps what was not accepted for the next start', async () => {
      const at = await room(friend('Not lost'))
      const words = unique('do not lose me')
      inbox.refuse(words, Number.POSITIVE_INFINITY)
      const refusing = inbox
      const saying = harness.person.says(at.room, words)
      saying.catch(() => {})
      await until(() => refusing.refused > 0, 'a refusal')
      await restarted()
      await inbox.text(words)
      await saying
      expect(refusing.texts(words)).toHaveLength(0)
    })

    test('tells of a picture a person sent, and gives exactly its bytes', async () => {
      const at = await room(friend('Their picture'))
      const { bytes, mime } = harness.picture?.() ?? { bytes: picture(), mime: 'image/png' }
      const id = await harness.person.sendsPicture(at.room, bytes, mime)
      const event = await until(() => inbox.all.find((one) => one.id === id), 'the picture event')
      if (event.type !== 'message' || !event.media) throw new Error('not a picture message')
      expect(event.media).toMatchObject({ kind: 'image', source: harness.hub.id })
      const ref: MediaRef = JSON.parse(JSON.stringify(event.media))
      for (const _ of ['once', 'and again']) {
        const opened = await harness.hub.download(ref, never)
        expect(opened.mime).toBe(mime)
        const got = Buffer.from(await new Response(opened.stream).arrayBuffer())
        expect(got.equals(Buffer.from(bytes))).toBe(true)
      }
    })

    test('tells a command with its words', async () => {
      const at = await room(management)
      await harness.person.commands(at.room, ['login'])
      const event = await until(
        () => inbox.all.find((one) => one.type === 'command'),
        'the command event',
      )
      expect(event).toMatchObject({ type: 'command', words: ['login'], room: at.room })
    })

    test('shows a login code, replaces it by the next, and takes it away', async () => {
      await room(management, managementPortal)
      const first = `https://login.example/${unique('first')}`
      const second = `https://login.example/${unique('second')}`
      const { hub, person } = harness
      await hub.showLogin({ state: 'scan', qr: first, attempt: 1 }, never)
      await until(() => person.seesCode(first), 'the first code')
      await hub.showLogin({ state: 'scan', qr: first, attempt: 1 }, never)
      expect(await person.codes()).toBe(1)
      await hub.showLogin({ state: 'scan', qr: second, attempt: 2 }, never)
      await until(() => person.seesCode(second), 'the second code')
      await until(async () => (await person.codes()) === 1, 'only one code')
      await hub.showLogin({ state: 'scanned' }, never)
      await hub.showLogin(
        {
          state: 'online',
          account: accountId('wx:1'),
          me: { id: contactId('wx:1/me'), name: 'Me' },
        },
        never,
      )
      await until(async () => (await person.codes()) === 0, 'no code')
    })

    test('takes away a code that a former run left behind', async () => {
      await room(management, managementPortal)
      const qr = `https://login.example/${unique('left')}`
      await harness.hub.showLogin({ state: 'scan', qr, attempt: 1 }, never)
      await until(() => harness.person.seesCode(qr), 'the code')
      await restarted()
      await room(management, managementPortal)
      await harness.hub.showLogin({ state: 'offline', reason: 'expired', relogin: true }, never)
      await until(async () => (await harness.person.codes()) === 0, 'no code')
    })

    test('lets nobody in without the credential', async () => {
      const at = await room(friend('Door'))
      const words = unique('let me in')
      const before = inbox.all.length
      await harness.intruder.says(at.room, words)
      const after = unique('rightful')
      await harness.person.says(at.room, after)
      await inbox.text(after)
      const new_ = inbox.all.slice(before).filter((one) => one.type === 'message')
      expect(new_.map((one) => one.type === 'message' && one.text)).toEqual([after])
      const shown = await harness.person.sees(at.room)
      expect(shown.some((one) => one.text.includes(words))).toBe(false)
    })

    test('stops promptly when told to', async () => {
      const begun = Date.now()
      await harness.stop()
      expect(Date.now() - begun).toBeLessThan(3000)
      await harness.restart()
      inbox = new Inbox()
      await harness.start(inbox)
      const at = await room(friend('Back again'))
      const words = unique('still there')
      await harness.person.says(at.room, words)
      await inbox.text(words)
    })
  })
}
