import type { Tools, Verbs } from './verb.ts'
import { say } from './verb.ts'

/** What reactions do in WeChat. */
export function reactionVerbs({ reactions }: Tools): Verbs {
  return {
    reactions: {
      usage: 'reactions on|off',
      for: 'owner',
      async run({ words: [word, ...more] }) {
        if (word === undefined) return say({ type: 'reactions', policy: reactions.now() })
        const policy = policies.get(word.toLowerCase())
        if (!policy || more.length > 0) return 'usage'
        return {
          async beside() {
            await reactions.choose(policy)
            return { notice: { type: 'reactions', policy, now: true } }
          },
        }
      },
    },
  }
}

const policies: ReadonlyMap<string, 'line' | 'off'> = new Map([
  ['on', 'line'],
  ['line', 'line'],
  ['off', 'off'],
])
