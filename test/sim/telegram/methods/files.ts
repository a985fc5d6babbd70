import type { State } from '../model.ts'
import { needText } from '../params.ts'
import type { Methods } from '../seam.ts'

/** What was sent, to be fetched. */
export const fileMethods = (state: State): Methods => ({
  getFile: (call) => state.files.hand(needText(call, 'file_id', 'file_id not specified')),
  getUserProfilePhotos: () => ({ total_count: 0, photos: [] }),
})
