import { oneLine } from '../../core/one-line.ts'
import { recallPolicies } from '../../core/recall-policy.ts'
import { words as inWords, openly } from '../../core/render.ts'
import { choosePolicy, chosenPolicy } from '../recalls.ts'
import { answeredMessage } from './answered.ts'
import type { Ask, Reply, Tools, Verbs } from './verb.ts'
import { refuse, say } from './verb.ts'

/** What a recall does in the rooms of one chat; and, as an answer to a message of one's own, taking it back. */
export function recallVerbs({ parts, takeBack }: Tools): Verbs {
  const standard = parts.recall
  return {
    recall: {
      usage: `recall ${recallPolicies.join('|')}|default`,
      place: 'chat',
      async run(ask) {
        const { unit, place, words, asked } = ask
        const [word, ...more] = words
        if (word === undefined && asked.replyTo) return taken(ask)
        if (word === undefined) {
          const policy = await chosenPolicy(unit, place.id)
          return say({ type: 'recallPolicy', policy: policy ?? standard, chosen: !!policy })
        }
        const name = word.toLowerCase()
        const policy = recallPolicies.find((each) => each === name)
        if ((policy === undefined && name !== 'default') || more.length > 0) return 'usage'
        await choosePolicy(unit, place.id, policy)
        const chosen = policy !== undefined
        return say({ type: 'recallPolicy', policy: policy ?? standard, chosen, now: true })
      },
    },
  }

  async function taken(ask: Ask): Promise<Reply> {
    const { unit, place, asked } = ask
    const target = await answeredMessage(ask)
    if (!target) return refuse('notTaken')
    const hand = { hub: asked.seat.adapter.id, from: asked.from, role: asked.role }
    const what = await takeBack(unit, place, target, hand)
    if (what === 'nothing') return refuse('notTaken')
    if (what !== 'taken') return say({ type: 'refused', refusal: { why: what } })
    const name = oneLine(inWords(openly(target), parts.voice.language), 60)
    return say({ type: 'doneWith', what: 'recall', name })
  }
}
