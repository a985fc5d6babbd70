import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { BridgeError } from '../../src/core/errors.ts'
import { mediaId } from '../../src/core/ids.ts'
import type { MediaStore } from '../../src/ports/media.ts'
import type { Bytes } from '../../src/ports/outlet.ts'
import { type Case, cases, type Skip } from './skip.ts'

/** A media store under test; another one after `reopen`. */
export interface MediaHarness {
  readonly media: MediaStore
  reopen(): Promise<void>
  /** How many bytes are kept in all, pointers and the like aside. */
  size(): Promise<number>
  drop(): Promise<void>
}

export interface MediaSuite {
  readonly name: string
  make(): Promise<MediaHarness>
  readonly skip?: readonly Skip[]
}

/** What every media store must do, whatever it is built on. */
export function mediaContract({ name, make, skip }: MediaSuite): void {
  const declare: Case = cases(skip)
  const test = (title: string, run: (harness: MediaHarness) => Promise<void>) =>
    declare(title, async () => {
      const harness = await make()
      try {
        await run(harness)
      } finally {
        await harness.drop()
      }
    })
  describe(`media contract: ${name}`, () => {
    keeping(test)
    dropping(test)
    racing(test)
    failing(test)
    telling(test)
    looking(test)
    seeking(test)
  })
}

type MediaCase = (title: string, run: (harness: MediaHarness) => Promise<void>) => void

const a = mediaId('wechat/wx:314159/img/1')
const b = mediaId('wechat/wx:314159/img/2')

/** One pixel. */
export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** These bytes as a stream in chunks; after `failAfter` of them it fails. */
export function streamOf(
  bytes: Uint8Array,
  chunk = 1_000,
  failAfter = Number.POSITIVE_INFINITY,
): Bytes {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= failAfter) return controller.error(new Error('the source went away'))
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + chunk))
      at += chunk
    },
  })
}

const text = (words: string): Bytes => streamOf(Buffer.from(words))

async function read({ media }: MediaHarness, id = a): Promise<Buffer | undefined> {
  const opened = await media.open(id)
  return opened && Buffer.from(await new Response(opened.stream).arrayBuffer())
}

function keeping(test: MediaCase): void {
  test('bytes come back as they were, as often as asked, also after a restart', async (t) => {
    const bytes = Buffer.alloc(3_000_000, 'All of it. ')
    const kept = await t.media.put(a, streamOf(bytes, 65_536), 'text/plain')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    expect(kept).toEqual({ bytes: bytes.length, mime: 'text/plain', sha256 })
    for (let i = 0; i < 2; i++) {
      expect((await read(t))?.equals(bytes)).toBe(true)
      const opened = await t.media.open(a)
      expect(opened).toMatchObject({ bytes: bytes.length, mime: 'text/plain' })
      await opened?.stream.cancel()
      await t.reopen()
    }
    expect(await t.media.open(b)).toBeUndefined()
  })

  test('the same bytes are stored once, however many ids they have', async (t) => {
    const bytes = Buffer.alloc(500_000, 'abc')
    await Promise.all([a, b].map((id) => t.media.put(id, streamOf(bytes), 'text/plain')))
    expect(await t.size()).toBe(bytes.length)
    expect((await read(t, a))?.equals(bytes)).toBe(true)
    expect((await read(t, b))?.equals(bytes)).toBe(true)
  })

  test('putting the same id twice is fine, and the last bytes stay', async (t) => {
    await t.media.put(b, text('first'), 'text/plain')
    await t.media.put(a, text('first'), 'text/plain')
    await t.media.put(a, text('first'), 'text/plain')
    await t.media.put(a, text('second'), 'text/plain')
    expect(String(await read(t, a))).toBe('second')
    expect(String(await read(t, b))).toBe('first')
    await t.reopen()
    await t.media.put(b, text('second'), 'text/plain')
    expect(await t.size()).toBe('second'.length)
    expect(String(await read(t, a))).toBe('second')
    expect(String(await read(t, b))).toBe('second')
  })

  const hostile = [
    '../../outside',
    '/etc/passwd',
    'a\0b',
    '.',
    '',
    'x'.repeat(5_000),
    '🙂/\\:*?"<>|',
    'con',
  ]
  test('an id of any shape is an id, and no more', async (t) => {
    for (const [i, id] of hostile.entries()) {
      await t.media.put(mediaId(id), text(`bytes ${i}`), 'text/plain')
    }
    await t.reopen()
    for (const [i, id] of hostile.entries()) {
      expect(String(await read(t, mediaId(id)))).toBe(`bytes ${i}`)
    }
    await t.media.drop(hostile.map(mediaId))
    expect(await t.size()).toBe(0)
  })
}

function dropping(test: MediaCase): void {
  test('dropping an id keeps bytes that another id has', async (t) => {
    await t.media.put(a, text('shared'), 'text/plain')
    await t.media.put(b, text('shared'), 'text/plain')
    await t.reopen()
    await t.media.drop([a, mediaId('never was')])
    expect(await t.media.open(a)).toBeUndefined()
    expect(String(await read(t, b))).toBe('shared')
    await t.media.drop([b])
    await t.media.drop([b])
    expect(await t.media.open(b)).toBeUndefined()
    expect(await t.size()).toBe(0)
    await t.reopen()
    expect(await t.media.open(b)).toBeUndefined()
    await t.media.put(b, text('shared'), 'text/plain')
    expect(String(await read(t, b))).toBe('shared')
  })
}

function racing(test: MediaCase): void {
  test('putting and dropping the same bytes at once loses none that were asked to stay', async (t) => {
    const id = (i: number) => mediaId(`id-${i}`)
    for (let round = 0; round < 20; round++) {
      const bytes = () => text(`round ${round}`)
      await t.media.put(id(0), bytes(), 'text/plain')
      await Promise.all([
        t.media.drop([id(0)]),
        ...[1, 2, 3].map((i) => t.media.put(id(i), bytes(), 'text/plain')),
        t.media.drop([id(4)]),
      ])
      for (const i of [1, 2, 3]) expect(String(await read(t, id(i)))).toBe(`round ${round}`)
      expect(await t.media.open(id(0))).toBeUndefined()
      expect(await t.size()).toBe(`round ${round}`.length)
    }
  })
}

function failing(test: MediaCase): void {
  test('a stream that fails is not kept, and takes nothing away that was', async (t) => {
    await t.media.put(a, text('kept before'), 'text/plain')
    const broken = streamOf(Buffer.alloc(200_000, 'x'), 1_000, 100_000)
    await expect(t.media.put(a, broken, 'text/plain')).rejects.toThrow('the source went away')
    await expect(t.media.put(b, streamOf(png, 10, 20), 'image/png')).rejects.toThrow()
    expect(String(await read(t, a))).toBe('kept before')
    expect(await t.media.open(b)).toBeUndefined()
    expect(await t.size()).toBe('kept before'.length)
    await t.reopen()
    expect(String(await read(t, a))).toBe('kept before')
    expect(await t.media.open(b)).toBeUndefined()
  })

  test('no bytes at all are refused', async (t) => {
    const empty = t.media.put(a, streamOf(Buffer.alloc(0)), 'image/png')
    await expect(empty).rejects.toBeInstanceOf(BridgeError)
    await expect(empty).rejects.toMatchObject({
      message: expect.stringContaining('empty'),
      failure: { code: 'gone', heal: 'never', certain: true },
    })
    expect(await t.media.open(a)).toBeUndefined()
  })
}

function telling(test: MediaCase): void {
  const svg = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
  const told: readonly [string, Uint8Array | string, string, string][] = [
    ['a picture by its bytes', png, 'text/html', 'image/png'],
    [
      'what bytes do not tell by the claim',
      'just words',
      'text/plain; charset=utf-8',
      'text/plain',
    ],
    ['a picture of an unknown format by the claim', '\x01\x02\x03', 'IMAGE/X-Own', 'image/x-own'],
    ['nothing by a claim that is no mime', '\x01\x02', 'x"><script>', 'application/octet-stream'],
    [
      'no picture by a page',
      '\ufeff \n<!doctype html><script>',
      'image/png',
      'application/octet-stream',
    ],
    ['no picture by a drawing with scripts', svg, 'image/svg+xml', 'application/octet-stream'],
    [
      'no picture by a drawing that claims to be a photo',
      svg,
      'image/jpeg',
      'application/octet-stream',
    ],
    ['no drawing by words', 'just words', 'image/svg+xml', 'application/octet-stream'],
  ]
  for (const [what, bytes, claimed, mime] of told) {
    test(`the type is told: ${what}`, async (t) => {
      const kept = await t.media.put(a, streamOf(Buffer.from(bytes), 3), claimed)
      expect(kept.mime).toBe(mime)
      await t.reopen()
      const opened = await t.media.open(a)
      expect(opened?.mime).toBe(mime)
      await opened?.stream.cancel()
    })
  }
}

function looking(test: MediaCase): void {
  const ids = Array.from({ length: 40 }, (_, i) => mediaId(`look-${i}`))
  const all = async ({ media }: MediaHarness) => {
    const found: string[] = []
    for (let part = 0; part < media.parts; part++) found.push(...(await media.look(part)))
    return found.sort()
  }

  test('what is kept can be asked for without opening it', async (t) => {
    const kept = await t.media.put(a, text('some words'), 'text/plain')
    expect(await t.media.kept(a)).toEqual(kept)
    expect(await t.media.kept(b)).toBeUndefined()
    await t.reopen()
    expect(await t.media.kept(a)).toEqual(kept)
    await t.media.drop([a])
    expect(await t.media.kept(a)).toBeUndefined()
  })

  test('everything is found in one of the parts, and in one only', async (t) => {
    expect(await all(t)).toEqual([])
    for (const id of ids) await t.media.put(id, text(id), 'text/plain')
    expect(await all(t)).toEqual([...ids].sort())
    await t.reopen()
    await t.media.drop([ids[3]!])
    expect(await all(t)).toEqual(ids.filter((_, i) => i !== 3).sort())
  })

  test('how much there is is known once everything was looked through, and from then on', async (t) => {
    await t.media.put(a, text('12345'), 'text/plain')
    await t.reopen()
    expect(t.media.size()).toBeUndefined()
    // While it is being looked through things come and go.
    const looking = all(t)
    await t.media.put(b, text('12345'), 'text/plain')
    for (const id of ids.slice(0, 9)) await t.media.put(id, text(id), 'text/plain')
    await t.media.drop([ids[0]!])
    await looking
    expect(t.media.size()).toBe(await t.size())
    await t.media.put(a, text('other'), 'text/plain')
    await t.media.drop([b, ids[1]!, ids[1]!])
    await all(t)
    expect(t.media.size()).toBe(await t.size())
    await t.media.drop([a, ...ids])
    expect(t.media.size()).toBe(0)
    expect(await t.size()).toBe(0)
  })
}

function seeking(test: MediaCase): void {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251))
  const part = async ({ media }: MediaHarness, from: number, to: number) => {
    const opened = await media.open(a, { from, to })
    expect(opened?.bytes).toBe(bytes.length)
    return Buffer.from(await new Response(opened?.stream).arrayBuffer())
  }

  test('a range of the bytes can be opened by itself', async (t) => {
    await t.media.put(a, streamOf(bytes, 65_536), 'text/plain')
    for (const [from, to] of [
      [0, 0],
      [0, 199_999],
      [65_535, 65_536],
      [100_000, 199_999],
      [199_999, 199_999],
      [7, 180_001],
    ] as const) {
      expect((await part(t, from, to)).equals(bytes.subarray(from, to + 1))).toBe(true)
    }
    // What is beyond the end is not there.
    expect((await part(t, 199_990, 500_000)).equals(bytes.subarray(199_990))).toBe(true)
    expect((await part(t, 300_000, 500_000)).length).toBe(0)
    const opened = await t.media.open(a, { from: 5, to: 150_000 })
    await opened?.stream.cancel()
  })

  test('bytes that were dropped while they are read are read to their end', async (t) => {
    await t.media.put(a, streamOf(bytes, 65_536), 'text/plain')
    const opened = await t.media.open(a)
    await t.media.drop([a])
    const read = Buffer.from(await new Response(opened?.stream).arrayBuffer())
    expect(read.equals(bytes)).toBe(true)
  })
}
