import { recallPolicies } from '../../core/recall-policy.ts'
import { choosePolicy, chosenPolicy } from '../recalls.ts'
import type { Tools, Verbs } from './verb.ts'
import { say } from './verb.ts'

/** What a recall does in the rooms of one chat. */
export function recallVerbs({ parts }: Tools): Verbs {
  const standard = parts.recall
  return {
    recall: {
      usage: `recall ${recallPolicies.join('|')}|default`,
      place: 'chat',
      async run({ unit, place, words: [word, ...more] }) {
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
}
