import { messageId } from '../../core/ids.ts'
import { allMediaOf } from '../../core/message.ts'
import { oneLine } from '../../core/one-line.ts'
import { words as inWords, openly } from '../../core/render.ts'
import { meant } from './answered.ts'
import type { Tools, Verbs } from './verb.ts'
import { refuse } from './verb.ts'

/** What was not fetched, once more. */
export function messageVerbs({ parts, wanted }: Tools): Verbs {
  return {
    fetch: {
      usage: 'fetch MESSAGE',
      async run(ask) {
        const { unit, place, words, asked } = ask
        const id = words.join(' ')
        const message = id ? await unit.message(messageId(id)) : await meant(ask)
        const isHere = message?.chat === place.id || place.kind === 'management'
        if (!message || !isHere) return id || asked.replyTo ? refuse('noMessage') : 'usage'
        let again = false
        for (const { id } of allMediaOf(message.content)) {
          if (await unit.wantAgain(id, parts.clock.now())) again = true
        }
        if (!again) return refuse('nothingLost')
        const name = oneLine(inWords(openly(message), parts.voice.language), 80)
        return { said: { notice: { type: 'doneWith', what: 'fetch', name } }, after: wanted }
      },
    },
  }
}
