import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Message } from '@grammyjs/types'
import { expect, onTestFinished } from 'vitest'
import type { SimMediaKind } from '../sim.ts'
import { base64, mediaKinds, png, samples, upload } from './samples.ts'
import { marksOf, type Scene, type Step } from './scene.ts'
import type { Media } from './witness.ts'

/** Files, up and down (real-parts §4 point 5). */
export const fileSteps: readonly Step[] = [
  ...mediaKinds.map(
    (kind): Step => ({
      says: `uploads a ${kind}, fetches it, and sends it again by its id`,
      run: (at) => roundTrip(at, kind),
    }),
  ),
  {
    says: 'sends the same of every caption, marked or not, and none that is too long',
    async run(at) {
      const { chat, client } = at
      const photo = { chat, kind: 'photo', file: upload(samples.photo) } as const
      const html = await client.file({ ...photo, text: '<b>😀</b> "x"; é', mode: 'HTML' })
      expect(at.agreed(html)).toMatchObject({ caption: '😀 "x"; é' })
      expect(marksOf(html)).toEqual([['bold', '😀']])
      const entities = [{ type: 'italic', offset: 3, length: 1 }] as const
      const given = await client.file({ ...photo, text: '😀 é', entities })
      expect(marksOf(at.agreed(given))).toEqual([['italic', 'é']])
      await at.bad(client.file({ ...photo, text: 'x'.repeat(1025) }), 'message caption is too long')
      await at.bad(
        client.file({ ...photo, text: '<b>', mode: 'HTML' }),
        'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"',
      )
    },
  },
  {
    says: 'uploads with an answer, buttons and a cover beside',
    async run(at) {
      const { ann, chat, client } = at
      const { message_id: replyTo } = await ann.says(chat, 'one')
      const told = await client.file({
        chat,
        kind: 'document',
        file: upload(samples.document),
        cover: upload({ bytes: png(80, 60), name: 'c.png' }),
        text: 'two',
        replyTo,
        buttons: [[{ label: 'B', data: 'b' }]],
      })
      const kept = at.agreed(told)
      expect(kept.reply_to_message?.message_id).toBe(replyTo)
      expect(kept.reply_markup?.inline_keyboard).toEqual([[{ text: 'B', callback_data: 'b' }]])
      expect(kept.document?.thumbnail).toMatchObject({ width: 80, height: 60 })
      const cover = await client.download({ file: kept.document?.thumbnail?.file_id ?? '' })
      expect(cover).toBe(base64(png(80, 60)))
    },
  },
  {
    says: 'has the server fetch a file by its address',
    async run(at) {
      const { bytes } = samples.photo
      const server = createServer((_, response) => {
        response.setHeader('content-type', 'image/png').end(bytes)
      })
      onTestFinished(() => void server.close())
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const known = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.png`
      const told = await at.client.file({ chat: at.chat, kind: 'photo', file: { known } })
      expect(base64(at.ann.bytesOf(at.agreed(told)))).toBe(base64(bytes))
    },
  },
  {
    says: 'is refused files that are none, or none of that kind',
    async run(at) {
      const { chat, client } = at
      const send = (kind: SimMediaKind, file: Media['file']) => client.file({ chat, kind, file })
      const wrong = { known: 'nonsense' }
      await at.bad(send('document', wrong), 'wrong file identifier/HTTP URL specified')
      const noPhoto = { bytes: Buffer.from('no picture'), name: 'p.png' }
      await at.bad(send('photo', upload(noPhoto)), 'IMAGE_PROCESS_FAILED')
      await at.bad(client.download({ file: 'nonsense' }), 'invalid file_id')
      const { document } = await send('document', upload(samples.document))
      await at.bad(
        send('photo', { known: document?.file_id ?? '' }),
        "can't use file of type Document as Photo",
      )
    },
  },
  {
    says: 'cannot fetch a file of more than 20 MB',
    async run(at) {
      const bytes = Buffer.alloc(20 * 2 ** 20 + 1)
      const { document } = await at.ann.sends(at.chat, 'document', { bytes })
      const [update] = await at.client.updates({})
      expect(update?.message?.document?.file_size).toBe(bytes.length)
      await at.bad(at.client.download({ file: document?.file_id ?? '' }), 'file is too big')
    },
  },
  {
    says: 'uploads an album, whose members stay together and in order',
    async run(at) {
      const { chat, client } = at
      const sizes = [100, 110, 120].map((width) => png(width, 50))
      const told = await client.album({
        chat,
        members: [
          {
            kind: 'photo',
            file: upload({ bytes: sizes[0] ?? png(1, 1) }),
            text: '<i>a</i>',
            mode: 'HTML',
          },
          { kind: 'video', file: upload(samples.video), text: 'b' },
          { kind: 'photo', file: upload({ bytes: sizes[2] ?? png(1, 1) }) },
        ],
      })
      const kept = told.map((one) => at.agreed(one))
      expect(kept.map((one) => one.caption)).toEqual(['a', 'b', undefined])
      expect(new Set(kept.map((one) => one.media_group_id)).size).toBe(1)
      expect(kept[0]?.media_group_id).toMatch(/^\d+$/)
      const ids = kept.map((one) => one.message_id)
      expect(ids).toEqual(ids.toSorted((a, b) => a - b))
      expect(kept.map((one) => base64(at.ann.bytesOf(one)))).toEqual(
        [sizes[0], samples.video.bytes, sizes[2]].map((one) => base64(one ?? png(1, 1))),
      )
    },
  },
  {
    says: 'uploads an album of documents, and sends it again by their ids',
    async run(at) {
      const { chat, client } = at
      const { replyTo } = { replyTo: (await at.ann.says(chat, 'one')).message_id }
      const files = ['甲.txt', 'b "1".txt'].map((name) => ({ bytes: Buffer.from(name), name }))
      const members = files.map((file) => ({ kind: 'document', file: upload(file) }) as const)
      const told = await client.album({ chat, members, replyTo })
      const kept = told.map((one) => at.agreed(one))
      expect(kept.map((one) => `${Buffer.from(at.ann.bytesOf(one))}`)).toEqual([
        '甲.txt',
        'b "1".txt',
      ])
      expect(kept[0]?.document?.file_name).toBe('甲.txt')
      expect(kept.map((one) => one.reply_to_message?.message_id)).toEqual([replyTo, replyTo])
      const known = kept.map(
        (one) => ({ kind: 'document', file: { known: one.document?.file_id ?? '' } }) as const,
      )
      const again = await client.album({ chat, members: known })
      expect(again.map((one) => at.agreed(one).document)).toEqual(kept.map((one) => one.document))
      expect(again[0]?.media_group_id).not.toBe(told[0]?.media_group_id)
    },
  },
  {
    says: 'is refused albums of one, of eleven, and of what does not belong together',
    async run(at) {
      const { chat, client } = at
      const photo: Media = { kind: 'photo', file: upload(samples.photo) }
      const document: Media = { kind: 'document', file: upload(samples.document) }
      const send = (members: readonly Media[]) => client.album({ chat, members })
      await at.bad(send([photo]), 'there are not enough messages to send as an album')
      const eleven = Array.from({ length: 11 }, () => photo)
      await at.bad(send(eleven), 'too many messages to send as an album')
      await at.bad(send([photo, document]), "document can't be mixed with other media types")
      const broken: Media = { kind: 'photo', file: upload({ bytes: Buffer.from('x') }) }
      await at.bad(
        send([photo, broken]),
        'failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"',
      )
      expect(at.ann.sees(chat).length).toBe(1)
    },
  },
]

const fileOf = (told: Message, kind: SimMediaKind) =>
  kind === 'photo' ? told.photo?.at(-1) : told[kind]

async function roundTrip(at: Scene, kind: SimMediaKind): Promise<void> {
  const { ann, chat, client } = at
  const { bytes, name } = samples[kind]
  const told = await client.file({ chat, kind, file: upload(samples[kind]) })
  const kept = at.agreed(told)
  expect(base64(ann.bytesOf(kept))).toBe(base64(bytes))
  expect(fileOf(told, kind)).toMatchObject({ file_size: bytes.length })
  if (kind === 'document') expect(kept.document?.file_name).toBe(name)
  const { file_id = '', file_unique_id } = fileOf(told, kind) ?? {}
  expect(await client.download({ file: file_id })).toBe(base64(bytes))
  const again = await client.file({ chat, kind, file: { known: file_id } })
  expect(fileOf(at.agreed(again), kind)).toMatchObject({ file_id, file_unique_id })
  expect(again.message_id).toBe(told.message_id + 1)
}
