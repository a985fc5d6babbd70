import { oneLine } from '../../core/one-line.ts'
import type { Tools, Verbs } from './verb.ts'
import { refuse, sayHere } from './verb.ts'

/** More would not be read. */
const shownAtMost = 200

/** Who has an account on this bridge: for those who may know, where they are alone. */
export function residentVerbs({ parts }: Pick<Tools, 'parts'>): Verbs {
  return {
    people: {
      usage: 'people',
      for: 'owner',
      alone: true,
      async run({ words, place }) {
        if (words.length > 0) return 'usage'
        if (!parts.residents) return refuse('noUsers')
        if (place.kind !== 'management') return refuse('onlyHome')
        const residents = parts
          .residents()
          .slice(0, shownAtMost)
          .map(({ user, online }) => ({ user: oneLine(user, 255), online }))
        return sayHere({ type: 'residents', residents })
      },
    },
  }
}
