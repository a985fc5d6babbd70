import type { Language } from '../../core/words.ts'
import type { Tools, Verbs } from './verb.ts'
import { say } from './verb.ts'

/** The language the bridge speaks. */
export function languageVerbs({ parts, language: chosen }: Tools): Verbs {
  return {
    language: {
      usage: 'language zh|en',
      for: 'owner',
      async run({ words: [word, ...more] }) {
        const { language } = parts.voice
        if (word === undefined) return say({ type: 'language', language })
        const wanted = names.get(word.toLowerCase())
        if (!wanted || more.length > 0) return 'usage'
        return {
          async beside() {
            await chosen.choose(wanted)
            return { notice: { type: 'language', language: wanted, now: true } }
          },
        }
      },
    },
  }
}

const names: ReadonlyMap<string, Language> = new Map([
  ['zh', 'zh'],
  ['en', 'en'],
  ['中文', 'zh'],
  ['english', 'en'],
])
