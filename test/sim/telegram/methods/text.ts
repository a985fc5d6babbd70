import { chatOfCall } from '../access.ts'
import { bad } from '../method.ts'
import type { State } from '../model.ts'
import { needText } from '../params.ts'
import type { Methods } from '../seam.ts'
import { post, targetOf } from '../target.ts'
import { textOfCall } from '../words.ts'

/** Text, and the sign that text is being typed. */
export const textMethods = (state: State): Methods => ({
  sendMessage(call) {
    const words = textOfCall(call)
    return post(state, targetOf(state, call), words)
  },
  // Telegram does not look at the topic here.
  sendChatAction(call) {
    chatOfCall(state, call)
    if (!actions.has(needText(call, 'action').toLowerCase()))
      throw bad('wrong parameter action in request')
    return true
  },
})

const actions = new Set(
  'typing upload_photo record_video upload_video record_voice record_audio upload_voice upload_audio upload_document choose_sticker pick_up_location find_location record_video_note upload_video_note cancel'.split(
    ' ',
  ),
)
