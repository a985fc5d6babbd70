import { because } from '../../src/core/causes.ts'
import { roomName, words } from '../../src/core/render.ts'
import type { Language } from '../../src/core/words.ts'
import type { Archive } from '../../src/ports/archive.ts'
import type { DeadLetter } from '../../src/ports/store.ts'
import type { Rooms } from './rooms.ts'
import { oneLine } from './view.ts'

/** What waits for the person's word, as the page lists it. */
export interface LetterView {
  /** To name in `resend` and `drop`. */
  readonly seq: number
  readonly state: DeadLetter['state']
  /** `wechat`, or the hub it was to be shown in. */
  readonly towards: string
  readonly recalls?: true
  readonly chat?: { readonly id: string; readonly name: string; readonly open: boolean }
  readonly what: string
  /** Why, to end a sentence. */
  readonly why?: string
  readonly since: number
}

export async function letterView(
  letter: DeadLetter,
  { archive, rooms }: { readonly archive: Archive; readonly rooms: Rooms },
  language: Language,
): Promise<LetterView> {
  const { failure, job, message, seq, since, state } = letter
  const id = job.type === 'send' ? job.chat : message?.chat
  const chat = id && (await archive.chat(id))
  return {
    seq,
    state,
    since,
    towards: job.type === 'send' ? 'wechat' : letter.lane,
    what: message ? oneLine(words(message.content, language)) : '',
    ...((job.body.kind === 'recall' || job.body.kind === 'redaction') && { recalls: true }),
    ...(chat && {
      chat: {
        id: chat.id,
        name: roomName(chat, language),
        open: rooms.roomOf(chat.id) !== undefined,
      },
    }),
    ...(failure && { why: oneLine(because(failure)[language]) }),
  }
}
