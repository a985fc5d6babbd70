import { readAppMessage } from './app.ts'
import { readCall } from './call.ts'
import { readCard } from './card.ts'
import { readFriendRequest, readPossibleFriend } from './friend-request.ts'
import { readGrey } from './grey.ts'
import { readImage } from './image.ts'
import type { Parser } from './incoming.ts'
import { readLocation } from './location.ts'
import { readPlain } from './plain.ts'
import { readSticker } from './sticker.ts'
import { readSystemMessage } from './system-message.ts'
import { readVideo } from './video.ts'
import { readVoice } from './voice.ts'

/** How each MsgType is read (protocol §5.5). One that is missing here is `unsupported`. */
export const parsers: Readonly<Record<number, Parser>> = {
  1: readPlain,
  3: readImage,
  34: readVoice,
  37: readFriendRequest,
  40: readPossibleFriend,
  42: readCard,
  43: readVideo,
  47: readSticker,
  48: readLocation,
  49: readAppMessage,
  50: readCall,
  52: readCall,
  53: readCall,
  62: readVideo,
  65: readFriendRequest,
  10000: readGrey,
  10002: readSystemMessage,
}
