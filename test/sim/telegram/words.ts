import type { MessageEntity } from '@grammyjs/types'
import { keep } from './entities.ts'
import { markedOf } from './markup.ts'
import { bad, type Call } from './method.ts'
import { text } from './params.ts'

/** As a message holds it. */
export interface Words {
  readonly text: string
  readonly entities?: MessageEntity[]
}

/** The text of `sendMessage` and `editMessageText`: 1 to 4096 UTF-16 units once its markup is read. */
export function textOfCall(call: Call): Words {
  if (text(call, 'text') === undefined) throw bad('message text is empty')
  const { text: said, entities } = keep(markedOf(call, 'text'))
  if (said === '') throw bad('text must be non-empty')
  if (said.length > 4096) throw bad('message is too long')
  return { text: said, ...(entities.length > 0 && { entities: [...entities] }) }
}

/** The caption of a call or of a member of an album: at most 1024 UTF-16 units. */
export function captionOf(source: Pick<Call, 'params'>): {
  readonly caption?: string
  readonly caption_entities?: MessageEntity[]
} {
  const { text: caption, entities } = keep(markedOf(source, 'caption'))
  if (caption.length > 1024) throw bad('message caption is too long')
  if (caption === '') return {}
  return { caption, ...(entities.length > 0 && { caption_entities: [...entities] }) }
}
