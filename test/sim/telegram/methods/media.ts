import type { State } from '../model.ts'
import type { Methods } from '../seam.ts'
import type { SimMediaKind } from '../sim.ts'
import { post, targetOf } from '../target.ts'
import { mediaOf } from '../upload.ts'
import { captionOf } from '../words.ts'

const methods: Readonly<Record<string, SimMediaKind>> = {
  sendPhoto: 'photo',
  sendVideo: 'video',
  sendAnimation: 'animation',
  sendAudio: 'audio',
  sendDocument: 'document',
  sendVoice: 'voice',
  sendVideoNote: 'video_note',
  sendSticker: 'sticker',
}

/** Neither has a caption. */
const mute: readonly SimMediaKind[] = ['video_note', 'sticker']

/** One file each. */
export const mediaMethods = (state: State): Methods =>
  Object.fromEntries(
    Object.entries(methods).map(([name, kind]) => [
      name,
      async (call) => {
        const caption = mute.includes(kind) ? {} : captionOf(call)
        const content = await mediaOf(state, call, kind)
        return post(state, targetOf(state, call), { ...content, ...caption })
      },
    ]),
  )
