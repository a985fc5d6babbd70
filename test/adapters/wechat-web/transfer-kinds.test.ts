import { afterEach, beforeEach, expect, test } from 'vitest'
import { allMediaOf, type Content, type MediaRef } from '../../../src/core/message.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import type { Shared } from '../../../src/sandbox/shared.ts'
import { bytesOf, jpeg, sha } from '../../contract/connector/jobs.ts'
import { until } from '../../support/until.ts'
import { gif, type MediaDesk, mediaDesk, mp3, mp4, pdf } from './media-lab.ts'

let sandbox: Sandbox
let desk: MediaDesk

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 300 })
  desk = await mediaDesk(sandbox)
})
afterEach(async () => {
  await desk.stop()
  await sandbox.close()
})

async function fetched(media: MediaRef | undefined) {
  if (!media) throw new Error('it has no media')
  const { stream, mime } = await desk.connector.download(media, AbortSignal.timeout(20_000))
  return { sha: sha(await bytesOf(stream)), mime }
}

async function heard(kind: Content['kind'], msgId: string): Promise<Content> {
  const message = await until(
    () => desk.messages.find((each) => each.aliases.includes(msgId)),
    `the ${kind}`,
  )
  expect(message.content.kind).toBe(kind)
  return message.content
}

const report = pdf(7000)
const kinds: readonly (readonly [Content['kind'], Shared, Uint8Array, string])[] = (() => {
  const voice = mp3(3000)
  const film = mp4(90_000)
  const moving = gif(2000)
  const app = jpeg(900)
  return [
    ['voice', { kind: 'voice', bytes: voice }, voice, 'audio/mpeg'],
    ['video', { kind: 'video', bytes: film, poster: jpeg(90) }, film, 'video/mp4'],
    ['video', { kind: 'video', bytes: film, micro: true }, film, 'video/mp4'],
    ['sticker', { kind: 'sticker', bytes: moving }, moving, 'image/gif'],
    [
      'file',
      { kind: 'file', name: '季度 "报告" &<v2>.pdf', bytes: report },
      report,
      'application/pdf',
    ],
    ['image', { kind: 'appPicture', bytes: app }, app, 'image/jpeg'],
  ]
})()

const ways = ['a friend', 'a group', 'the phone', 'the phone in a group'] as const

for (const way of ways) {
  test.each(kinds)(
    `a %s that ${way} shares is fetched as it was sent`,
    async (kind, what, bytes, mime) => {
      const { control } = sandbox
      const msgId =
        way === 'a friend'
          ? await control.share('lin', what)
          : way === 'a group'
            ? await control.share('wu', what, 'hikers')
            : await control.phoneShare(way === 'the phone' ? 'lin' : 'hikers', what)
      const [media, ...beside] = allMediaOf(await heard(kind, msgId))
      expect(await fetched(media)).toEqual({ sha: sha(bytes), mime })
      for (const small of beside) expect((await fetched(small)).mime).toMatch(/^image\//)
    },
  )
}

test('the map of a place and the picture of a link are fetched', async () => {
  const place = { kind: 'location', latitude: 39.9, longitude: 116.4, label: '天安门' } as const
  const [map] = allMediaOf(await heard('location', await sandbox.control.share('lin', place)))
  if (map) expect((await fetched(map)).mime).toMatch(/^image\//)
  const thumb = jpeg(300)
  const link = { kind: 'link', title: 't', url: 'https://a.example/', thumb } as const
  const [small] = allMediaOf(await heard('link', await sandbox.control.share('lin', link)))
  if (small) expect((await fetched(small)).sha).toBe(sha(thumb))
})
