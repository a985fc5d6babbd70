import type { Language } from '../core/words.ts'
import type { Parts } from './parts.ts'

/** The language the bridge speaks, which a person may change: everything reads `Parts.voice` when it speaks. */
export interface ChosenLanguage {
  /**
   * Speaks as was chosen before, unless the configuration was changed since: then that is the later choice. Before
   * anything is said.
   */
  recall(): Promise<void>
  /** From now on, and after a restart. */
  choose(language: Language): Promise<void>
}

/** Where the choice is kept in the bridge's vault. */
const noteName = 'language'

/** `configured` is what the configuration said when it was chosen. */
interface Kept {
  readonly language: Language
  readonly configured: Language
}

export function createLanguage({
  vault,
  voice,
  log,
}: Pick<Parts, 'vault' | 'voice' | 'log'>): ChosenLanguage {
  const configured = voice.language
  return {
    async recall() {
      const text = await vault.get(noteName)
      if (text === undefined) return
      try {
        const kept = JSON.parse(text) as Kept
        if (kept.configured !== configured) return await vault.drop(noteName)
        if (isLanguage(kept.language)) voice.language = kept.language
      } catch (error) {
        log.warn({ error: String(error) }, 'the language that was chosen cannot be read')
      }
    },
    async choose(language) {
      await vault.set(noteName, JSON.stringify({ language, configured } satisfies Kept))
      voice.language = language
    },
  }
}

const isLanguage = (word: unknown): word is Language => word === 'zh' || word === 'en'
