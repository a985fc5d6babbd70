import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LetterView } from '../../../adapters/web/letters.ts'
import { mediaId, weChatLane } from '../../../src/core/ids.ts'
import type { Archive } from '../../../src/ports/archive.ts'
import {
  account,
  type Client,
  client,
  friend,
  friendPortal,
  logIn,
  makeWorld,
  message,
  type RunningHub,
  runHub,
  save,
  type World,
} from './page-client.ts'
import { sendOf } from './page-content.ts'

let world: World
let running: RunningHub
let own: Client
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(async () => {
  await running.stop()
  await world.drop()
})

async function start(): Promise<void> {
  running = await runHub(world)
  own = await logIn(running)
}

const listed = async (query: string) =>
  (await (await own.get(`/api/letters${query}`)).json()) as readonly LetterView[]

async function hold(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const held = message(`held-${n}`, `text ${n}\nsecond line`, { sender: { type: 'myself' } })
    await save(world, held)
    const failure = { code: 'rate', heal: 'never', certain: true, reason: 'repeated' } as const
    await world.database.store.unit((unit) =>
      unit.hold(weChatLane(account), sendOf(held, friendPortal), 1000 + n, failure),
    )
  }
}

it('lists what waits for a word, latest first and by page, in the language asked for', async () => {
  await hold(5)
  await start()
  const first = await listed('?limit=2&language=zh')
  expect(first).toEqual([
    {
      seq: expect.any(Number),
      state: 'held',
      since: 1004,
      towards: 'wechat',
      what: 'text 4 second line',
      chat: { id: friend.id, name: 'Lin', open: false },
      why: expect.stringContaining('群发'),
    },
    expect.objectContaining({ what: 'text 3 second line' }),
  ])
  const next = await listed(`?limit=50&before=${first[1]?.seq}`)
  expect(next.map((one) => one.what.slice(0, 6))).toEqual(['text 2', 'text 1', 'text 0'])
  expect(next[0]?.why).toMatch(/mass mailing/)
})

it('is told to nobody who is not let in, and takes no nonsense', async () => {
  await hold(1)
  await start()
  expect((await client(running.home, '', '').get('/api/letters')).status).toBe(401)
  expect((await own.get('/api/letters?before=x')).status).toBe(400)
})

it('reads a range of kept media from where it begins', async () => {
  const bytes = randomBytes(300_000)
  const id = mediaId('a/film')
  const kept = await world.media.put(id, new Blob([bytes]).stream(), 'video/mp4')
  await world.database.store.unit((unit) => unit.keepMedia(id, kept))
  const ranges: unknown[] = []
  const real = world.database.archive
  const archive: Archive = {
    ...real,
    async media(which, range) {
      ranges.push(range)
      const opened = await real.media(which, range)
      if (range || !opened) return opened
      const fail = (controller: ReadableStreamDefaultController) =>
        controller.error(new Error('read from its beginning'))
      return { ...opened, stream: new ReadableStream({ pull: fail }, { highWaterMark: 0 }) }
    },
  }
  world = { ...world, database: { ...world.database, archive } }
  await start()
  const answer = await own.get(`/api/media?id=${id}`, { range: 'bytes=200000-200099' })
  expect(answer.status, world.log.text()).toBe(206)
  expect(answer.headers.get('content-range')).toBe('bytes 200000-200099/300000')
  const got = Buffer.from(await answer.arrayBuffer())
  expect(got.equals(bytes.subarray(200_000, 200_100))).toBe(true)
  expect(ranges).toEqual([undefined, { from: 200_000, to: 200_099 }])
})

it('leaves no file open that only its headers were asked of', async () => {
  const id = mediaId('a/film')
  const kept = await world.media.put(id, new Blob([randomBytes(3000)]).stream(), 'video/mp4')
  await world.database.store.unit((unit) => unit.keepMedia(id, kept))
  let open = 0
  const real = world.database.archive
  const archive: Archive = {
    ...real,
    async media(which, range) {
      const opened = await real.media(which, range)
      if (!opened) return undefined
      open++
      const close = async () => {
        open--
        await opened.stream.cancel()
      }
      return { ...opened, stream: new ReadableStream({ cancel: close }, { highWaterMark: 0 }) }
    },
  }
  world = { ...world, database: { ...world.database, archive } }
  await start()
  const answer = await own.head(`/api/media?id=${id}`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-length')).toBe('3000')
  expect(open).toBe(0)
})
