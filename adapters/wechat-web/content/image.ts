import { type AccountId, mediaId, weChatLane } from '../../../src/core/ids.ts'
import type { Content } from '../../../src/core/message.ts'

/** A picture (protocol §5.5, §6.1): fetched by its MsgId; the XML is not needed, and may be anything. */
export function imageContent(account: AccountId, msgId: string): Content {
  const source = weChatLane(account)
  return {
    kind: 'image',
    media: {
      id: mediaId(`${source}/img/${msgId}`),
      source,
      kind: 'image',
      mime: 'image/jpeg',
      token: JSON.stringify({ type: 'image', msgId }),
    },
  }
}
