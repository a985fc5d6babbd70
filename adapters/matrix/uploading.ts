import type { MediaRef } from '../../src/core/message.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Open, Opened } from '../../src/ports/outlet.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Sent, Uploads } from './content.ts'
import type { MediaRepository } from './media.ts'
import { watched } from './sizes.ts'

const kept = 200

/** Puts what a post needs on the homeserver. A retry of the same post does not upload its bytes again. */
export function createUploading({
  media: repository,
  log,
}: {
  readonly media: MediaRepository
  readonly log: Log
}) {
  const done = new Map<string, Sent>()

  const upload = async (
    post: RoomPost,
    media: MediaRef,
    open: Open,
    signal: AbortSignal,
  ): Promise<Sent> => {
    const name = `${post.key} ${media.id}`
    const before = done.get(name)
    if (before) return before
    let picture: ReturnType<typeof watched>['picture'] = () => undefined
    const looking = async (ref: MediaRef): Promise<Opened> => {
      const looked = watched(await open(ref))
      picture = looked.picture
      return looked.opened
    }
    const uploaded = await repository.upload(media, isPicture(media) ? looking : open, signal)
    const sent = { ...uploaded, picture: picture() }
    done.set(name, sent)
    const [oldest] = done.keys()
    if (done.size > kept && oldest !== undefined) done.delete(oldest)
    return sent
  }

  return async (post: RoomPost, open: Open, signal: AbortSignal): Promise<Uploads> => {
    const { body } = post
    if (body.kind !== 'media') return {}
    const media = await upload(post, body.media, open, signal)
    if (!body.poster) return { media }
    // The still picture of a video is worth one try: without it the video shows all the same.
    const poster = await upload(post, body.poster, open, signal).catch((error: unknown) => {
      if (signal.aborted) throw error
      log.debug({ key: post.key, error: String(error) }, 'A video goes without its picture.')
    })
    return poster ? { media, poster } : { media }
  }
}

const isPicture = ({ kind }: MediaRef) => kind === 'image' || kind === 'sticker'
