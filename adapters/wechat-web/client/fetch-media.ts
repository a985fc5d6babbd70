import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BridgeError } from '../../../src/core/errors.ts'
import { mediaId, weChatLane } from '../../../src/core/ids.ts'
import type { MediaRef } from '../../../src/core/message.ts'
import type { Opened } from '../../../src/ports/outlet.ts'
import { download } from '../download.ts'
import { extensionOf } from '../mime.ts'
import { accountOf } from '../roster.ts'
import type { Fetching } from '../source.ts'
import { type Core, forever } from './core.ts'
import type { Downloadable } from './message.ts'
import { attempt } from './result.ts'

/** How a message's bytes are fetched (protocol §6). */
export function downloadsOf(
  core: Core,
  media: MediaRef | undefined,
): Pick<Downloadable, 'open' | 'download'> {
  const open = () => openMedia(core, media)
  return { open, download: (target) => attempt(async () => saveTo(await open(), target)) }
}

/** The head image of a friend, a group, or a member of a group, in its large form (protocol §3.7). */
export async function openHeadImage(
  core: Core,
  userName: string,
  room: string | undefined,
): Promise<Opened> {
  const source = weChatLane(accountOf(core.api.session.uin))
  const id = mediaId(`${source}/avatar/${userName}/0`)
  const token = JSON.stringify({
    type: 'avatar',
    big: 1,
    user: userName,
    ...(room ? { room } : {}),
  })
  return openMedia(core, { id, source, kind: 'image', mime: 'image/jpeg', token })
}

/** Into a file, which is whole or not there, or into a stream. */
export async function saveTo(
  opened: Opened,
  target: string | Writable,
): Promise<{ mime: string; postFix: string; bytes: number }> {
  let bytes = 0
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length
      yield chunk
    }
  }
  const from = Readable.fromWeb(opened.stream as Parameters<typeof Readable.fromWeb>[0])
  if (typeof target !== 'string') await pipeline(from, counted, target)
  else {
    // A name of its own, so that two at a time do not mix, and short: that of the target may be as long as names can be.
    const part = join(dirname(target), `.${randomBytes(6).toString('hex')}.part`)
    try {
      await pipeline(from, counted, createWriteStream(part, { flags: 'wx', mode: 0o600 }))
      await rename(part, target)
    } catch (thrown) {
      await rm(part, { force: true })
      throw thrown
    }
  }
  return { mime: opened.mime, postFix: extensionOf(opened.mime), bytes }
}

async function openMedia(core: Core, media: MediaRef | undefined): Promise<Opened> {
  if (!media) {
    throw new BridgeError('WeChat gives the web no bytes for this. See it on the phone.', {
      code: 'gone',
      heal: 'never',
      certain: true,
    })
  }
  const parts = { live: fetchingOf(core), clock: core.settings.clock, cdn: undefined }
  return download(parts, media, forever)
}

/** UserNames are their own lasting ids here. */
function fetchingOf(core: Core): Fetching {
  const { api, self, roster } = core
  return {
    api,
    online: true,
    people: {
      account: accountOf(api.session.uin),
      self,
      raw: (userName) => roster.get(userName),
      userName: (lasting) => lasting,
    },
  }
}
