import { Readable } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'
import type { FileFacts } from '../protocol.ts'
import { receive, serve } from '../relay.ts'
import { faultOf, type Sending } from './guard.ts'
import { Fault } from './load.ts'
import { openOutside } from './outside.ts'
import type { FileBoxLike, FileBoxMaker, PuppetLike } from './vendor.ts'

const urlBox = 2
const artwork = 3
const hd = 2

/** Opens what a message carries; its bytes go to the port. */
export async function download(
  puppet: PuppetLike,
  port: MessagePort,
  id: string,
  isImage: boolean,
): Promise<FileFacts> {
  return give(await fileOf(puppet, id, isImage), port)
}

/** Not all puppets give pictures as files. */
async function fileOf(puppet: PuppetLike, id: string, isImage: boolean): Promise<FileBoxLike> {
  try {
    return await puppet.messageFile(id)
  } catch (thrown) {
    if (!isImage) throw thrown
    return puppet.messageImage(id, artwork).catch(() => puppet.messageImage(id, hd))
  }
}

export async function avatar(
  puppet: PuppetLike,
  port: MessagePort,
  id: string,
  isRoom: boolean,
): Promise<FileFacts> {
  return give(await (isRoom ? puppet.roomAvatar(id) : puppet.contactAvatar(id)), port)
}

async function give(box: FileBoxLike, port: MessagePort): Promise<FileFacts> {
  const isAway = box.type === urlBox
  const stream = await (isAway ? openOutside(box.remoteUrl ?? '', box.headers) : box.toStream())
  // Before anything else can go wrong with it: an error that nobody hears ends the thread.
  stream.on('error', () => undefined)
  void serve(port, Readable.toWeb(stream) as ReadableStream<Uint8Array>)
  return { name: String(box.name ?? ''), mime: String(box.mediaType ?? ''), size: Number(box.size) }
}

/**
 * Sends the bytes that come through the port as one file. Should they break off, the puppet never sees an end of them, so
 * that no half of a file goes out.
 */
export async function sendFile(
  puppet: PuppetLike,
  FileBox: FileBoxMaker,
  sending: Sending | undefined,
  port: MessagePort,
  to: string,
  name: string,
): Promise<unknown> {
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)
  const reader = receive(port).getReader()
  const source = new Readable({
    read() {
      reader.read().then(
        ({ done, value }) => this.push(done ? null : Buffer.from(value)),
        () => {
          const message = 'the bytes to send broke off'
          broken.reject(new Fault({ kind: 'source', message, sent: 'no' }))
        },
      )
    },
  })
  sending?.begin()
  try {
    return await Promise.race([
      puppet.messageSendFile(to, FileBox.fromStream(source, name)),
      broken.promise,
    ])
  } catch (thrown) {
    sending?.cancel()
    const why = sending?.failure() ?? thrown
    if (thrown instanceof Fault || !sending || sending.asked()) throw why
    throw new Fault({ ...faultOf(why), sent: 'no' })
  } finally {
    reader.cancel().catch(() => undefined)
  }
}
