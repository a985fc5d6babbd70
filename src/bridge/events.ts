import type { Content } from '../core/message.ts'
import type { Run } from '../core/runs.ts'
import { nameLead } from '../core/spoken.ts'
import type { HubEvent } from '../ports/hub.ts'
import type { Hand } from './hands.ts'

/** The events of one type. */
export type By<T extends HubEvent['type']> = Extract<HubEvent, { readonly type: T }>
/** Something that was written. */
export type Written = By<'message'> | By<'unsupported'>
/** What is kept. */
export type Lasting = Exclude<HubEvent, By<'echo'> | By<'read'>>

/** The name in front of what is said by someone who only writes. */
export function leadOf({ role }: Hand, event: Written | By<'edit'>): string {
  if (role !== 'relay') return ''
  return nameLead('name' in event ? event.name : undefined, event.from)
}

export function contentOf(event: Written | By<'edit'>): Content {
  if (event.type === 'unsupported') {
    return { kind: 'unsupported', type: event.kind, summary: '' }
  }
  if (!event.media) {
    const { text = '', rich } = event
    return { kind: 'text', text, ...(rich?.some(isFormatted) && { rich }) }
  }
  const caption = event.text ? { caption: event.text } : {}
  return { kind: event.media.kind, media: event.media, ...caption }
}

/** What an event is, in one word: what was written, or else what was done. */
export const kindOf = (event: Lasting): string =>
  event.type === 'message' ? contentOf(event).kind : event.type

/** Is it more than its words? Names that are pointed at are known beside the words. */
const isFormatted = ({ bold, italic, strike, code, quote, href, mention }: Run): boolean =>
  Boolean(bold || italic || strike || code || quote || href || mention)
