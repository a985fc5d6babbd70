import type { Content } from '../../../src/core/message.ts'
import type { Incoming } from './incoming.ts'
import { mediaOf } from './media.ts'

/** A picture (protocol §5.5, §6.1): fetched by its MsgId; the XML is not needed, and may be anything. */
export function readImage(message: Incoming): Content {
  return { kind: 'image', media: mediaOf(message, 'image') }
}
