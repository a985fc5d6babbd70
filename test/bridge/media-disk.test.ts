import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { BridgeError } from '../../src/core/errors.ts'
import type { MediaStore } from '../../src/ports/media.ts'
import type { Store } from '../../src/ports/store.ts'
import { noSmallDisk, type SmallDisk, smallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'
import { type JanitorOptions, janitorWorld, minute, picture, sha256 } from './janitor-world.ts'

type World = Awaited<ReturnType<typeof janitorWorld>>
let t: World
let disk: SmallDisk | undefined
const open = async (options?: JanitorOptions) => {
  t = await janitorWorld(options)
  return t
}
afterEach(async () => {
  await t.close()
  disk?.drop()
  disk = undefined
})

const why = noSmallDisk()

describe.skipIf(why)(`a disk that is full${why ? ` (skipped: ${why})` : ''}`, () => {
  test('media is relayed without being kept, that is said once, and so is its end', async () => {
    disk = smallDisk(2 << 20)
    await open({ media: disk.path })
    const small = Buffer.from('kept while there was room')
    const before = await t.keep('small', small)
    const bytes = randomBytes(3 << 20)
    const big = picture('big')
    t.source.set(big.id, bytes)
    await t.database.store.unit((unit) => unit.wantMedia(big, t.clock.now()))

    // As often as it is asked for, each time anew from its source.
    for (let i = 0; i < 3; i++) expect(await t.read(big)).toBe(sha256(bytes))
    expect(t.asked.filter((id) => id === big.id)).toHaveLength(4)
    expect(await t.has('big')).toEqual([false, false])
    expect(readdirSync(join(disk.path, 'temp'))).toEqual([])
    expect(await t.notices()).toEqual(['diskTrouble'])
    expect(t.space.state()).toEqual({ passed: 1, full: false, failing: true })
    // What is there stays there, and small things may still find room.
    expect(await t.read(before)).toBe(sha256(small))
    t.clock.pass(2 * minute)
    await t.keep('tiny')
    expect(await t.has('tiny')).toEqual([true, true])
    expect(await t.notices()).toEqual(['diskTrouble'])

    // Early fetching goes on trying, while the source has it.
    const running = t.media.run(t.signal)
    await until(() => t.log.text().includes('"code":"disk"'), 'a try to fetch it early')
    disk.grow(8 << 20)
    t.clock.pass(2 * minute)
    t.media.wake()
    await until(async () => (await t.has('big'))[0], 'it is kept in the end')
    await until(async () => (await t.notices()).length === 2, 'the end is told')
    expect(await t.notices()).toEqual(['diskTrouble', 'diskWell'])
    expect(t.space.state().failing).toBe(false)
    void running
  })

  test('of what the last of the room was too little for nothing stays behind, however often it is tried', async () => {
    disk = smallDisk(1 << 20)
    await open({ media: disk.path })
    const filler = (n: number) => join(disk?.path ?? '', `filler-${n}`)
    let count = 0
    try {
      for (; ; count++) writeFileSync(filler(count), Buffer.alloc(4096))
    } catch {}
    rmSync(filler(count - 1))
    const media = picture('one')
    t.source.set(media.id, Buffer.from('one'))
    for (let i = 0; i < 3; i++) {
      // Its bytes find room, and what points to them does not.
      expect(await t.read(media)).toBe(sha256(Buffer.from('one')))
      expect(await t.has('one')).toEqual([false, false])
      t.clock.pass(2 * minute)
    }
    expect(readdirSync(join(disk.path, 'temp'))).toEqual([])
  })

  test('a source that gives it only once is said to be the reason', async () => {
    disk = smallDisk(2 << 20)
    await open({ media: disk.path })
    const big = picture('big')
    t.source.set(big.id, randomBytes(3 << 20))
    const opened = await t.media.open(big)
    await opened.stream.cancel()
    t.source.delete(big.id)
    await expect(t.media.open(big)).rejects.toMatchObject({
      message: 'Gone. The bridge has not kept it, because its disk does not take it.',
      failure: { code: 'gone', heal: 'never' },
    })
  })

  test('what fills the disk is not ours to remove, and half a file is no file', async () => {
    disk = smallDisk(4 << 20)
    await open({ media: disk.path })
    const filler = join(disk.path, 'filler')
    writeFileSync(filler, Buffer.alloc(3 << 20))
    const bytes = randomBytes(2 << 20)
    t.source.set(picture('a').id, bytes)
    expect(await t.read(picture('a'))).toBe(sha256(bytes))
    rmSync(filler)
    t.clock.pass(2 * minute)
    expect(await t.read(picture('a'))).toBe(sha256(bytes))
    expect(await t.has('a')).toEqual([true, true])
    expect(await t.notices()).toEqual(['diskTrouble', 'diskWell'])
  })
})

const broken = (code: string) =>
  new BridgeError(
    'The media folder could not be used.',
    { code: 'server', heal: 'retry', certain: true },
    { cause: Object.assign(new Error(code), { code }) },
  )

/** A media store whose disk fails as long as `failing` says how. */
function failingDisk() {
  const state: { failing: string | undefined; reads: boolean } = { failing: 'EROFS', reads: true }
  const wrap = (media: MediaStore): MediaStore => ({
    ...media,
    async put(id, stream, claimed) {
      if (!state.failing) return media.put(id, stream, claimed)
      await stream.cancel()
      throw broken(state.failing)
    },
    open(id, range) {
      if (!state.reads) throw broken('EIO')
      return media.open(id, range)
    },
  })
  return { state, wrap }
}

test('a disk that cannot be written at all is told in other words', async () => {
  const { state, wrap } = failingDisk()
  await open({ wrap })
  const media = picture('one')
  t.source.set(media.id, Buffer.from('1'))
  expect(await t.read(media)).toBe(sha256(Buffer.from('1')))
  expect(await t.notices()).toEqual(['diskTrouble'])
  const { archive } = t.database
  const [entry] = await archive.chats()
  expect(entry?.last?.message.content).toMatchObject({ notice: { full: false } })
  // For a while nobody tries; then one does.
  state.failing = undefined
  expect(await t.read(media)).toBe(sha256(Buffer.from('1')))
  expect(await t.has('one')).toEqual([false, false])
  t.clock.pass(2 * minute)
  await t.read(media)
  expect(await t.has('one')).toEqual([true, true])
  expect(await t.notices()).toEqual(['diskTrouble', 'diskWell'])
})

test('a disk that cannot be read is as good as one that has nothing', async () => {
  const { state, wrap } = failingDisk()
  state.failing = undefined
  await open({ wrap })
  const media = await t.keep('one')
  state.reads = false
  state.failing = 'EIO'
  t.source.set(media.id, Buffer.from('one'))
  expect(await t.read(media)).toBe(sha256(Buffer.from('one')))
  expect(t.log.text()).toContain('kept media cannot be read')
})

test('what cannot be told because the database cannot write is told later', async () => {
  let full = false
  const { wrap } = failingDisk()
  await open({
    wrap,
    store: (store): Store => ({
      ...store,
      unit: (work) =>
        full ? Promise.reject(new Error('database or disk is full')) : store.unit(work),
    }),
  })
  const media = picture('one')
  t.source.set(media.id, Buffer.from('1'))
  full = true
  expect(await t.read(media)).toBe(sha256(Buffer.from('1')))
  expect(await t.notices()).toEqual([])
  full = false
  t.clock.pass(2 * minute)
  await t.read(media)
  expect(await t.notices()).toEqual(['diskTrouble'])
  await t.round()
  expect(await t.notices()).toEqual(['diskTrouble'])
})

test('a process that ends while the disk fails leaves the next one to tell the end', async () => {
  const { state, wrap } = failingDisk()
  await open({ wrap })
  const media = picture('one')
  t.source.set(media.id, Buffer.from('1'))
  await t.read(media)
  await t.crash()
  state.failing = undefined
  await t.read(media)
  expect(await t.notices()).toEqual(['diskTrouble', 'diskWell'])
})
