import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeRegistration, registrationYaml } from '../../adapters/matrix/registration.ts'
import { startSynapse } from '../e2e/synapse.ts'
import { freePort } from '../support/free-port.ts'
import { type MatrixWatch, type WatchedEvent, watchMatrix } from '../support/matrix-watch.ts'
import { tempFolder } from '../support/ports.ts'
import { sha256 } from './bytes.ts'
import type { HubWorld, Shown } from './hub-world.ts'

export interface OpenMatrix {
  readonly world: HubWorld
  /** What a bridge is told of it. */
  readonly sets: readonly string[]
  close(): Promise<void>
}

/** Matrix as its owner uses it, on a real Synapse; what is shown is what the homeserver has, in its order. */
export async function openMatrix(): Promise<OpenMatrix> {
  const folder = await tempFolder()
  const file = join(folder.path, 'registration.yaml')
  const port = await freePort()
  const registration = makeRegistration({ url: `http://127.0.0.1:${port}` })
  const yaml = registrationYaml(registration)
  await writeFile(file, yaml)
  const posts: Shown[] = []
  const bot = '@wechatbot:localhost'
  const watch: MatrixWatch = await watchMatrix(async (event) => {
    if (event.type !== 'm.room.message' || !event.sender.startsWith('@wechat')) return
    // A picture of a login, and what takes the place of something else, is no post.
    if (event.content['net.wechat-bridge.login'] !== undefined) return
    posts.push(await shown(event, bot, (mxc) => alice.download(mxc)))
  })
  const synapse = await startSynapse({ registrations: [yaml, watch.yaml] })
  const alice = await synapse.user('alice')
  const joined = new Set<string>()
  const enter = async (room: string) => {
    if (!joined.has(room)) await alice.join(room)
    joined.add(room)
  }
  return {
    sets: [
      'matrix.enabled=true',
      `matrix.homeserver.url=${synapse.url}`,
      `matrix.homeserver.domain=${synapse.domain}`,
      `matrix.registration=${file}`,
      `matrix.owner=${alice.id}`,
      `matrix.listen.port=${port}`,
    ],
    world: {
      posts,
      // What the homeserver has taken it delivers.
      waiting: 0,
      async say(room, text, replyTo) {
        await enter(room)
        const relation = replyTo && { 'm.relates_to': { 'm.in_reply_to': { event_id: replyTo } } }
        return alice.say(room, text, relation || {})
      },
      async give(room, { kind, mime, name, stream }) {
        await enter(room)
        const chunks: Uint8Array[] = []
        for await (const chunk of stream()) chunks.push(chunk)
        const bytes = Buffer.concat(chunks)
        const url = await alice.upload(bytes, mime)
        const info = { mimetype: mime, size: bytes.length }
        const msgtype = kind === 'image' ? 'm.image' : 'm.file'
        const body = name ?? 'picture.png'
        return alice.send(room, 'm.room.message', { msgtype, body, filename: body, url, info })
      },
      async redact(room, target) {
        await alice.redact(room, target)
      },
    },
    async close() {
      await synapse.drop()
      await watch.close()
      await folder.drop()
    },
  }
}

async function shown(
  event: WatchedEvent,
  bot: string,
  download: (mxc: string) => Promise<Uint8Array>,
): Promise<Shown> {
  const { body, url, filename } = event.content as Record<string, string | undefined>
  const relation = event.content['m.relates_to'] as
    | { readonly 'm.in_reply_to'?: { readonly event_id: string } }
    | undefined
  const replyTo = relation?.['m.in_reply_to']?.event_id
  const key = event.content['net.wechat-bridge.key']
  const words = url !== undefined && body === filename ? '' : (body ?? '')
  return {
    id: event.event_id,
    room: event.room_id,
    key: typeof key === 'string' ? key : event.event_id,
    lines: words.split('\n'),
    isBridge: event.sender === bot,
    ...(replyTo && { replyTo }),
    ...(url && { sha256: sha256(await download(url)) }),
  }
}
