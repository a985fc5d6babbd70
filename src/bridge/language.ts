import type { Language } from '../core/words.ts'
import { createKeptChoice, type KeptChoice } from './kept-choice.ts'
import type { Parts } from './parts.ts'

/**
 * The language the bridge speaks, which a person may change: everything reads `Parts.voice` when it speaks. It is recalled
 * before anything is said.
 */
export type ChosenLanguage = KeptChoice<Language>

export const createLanguage = (parts: Pick<Parts, 'vault' | 'voice' | 'log'>): ChosenLanguage =>
  createKeptChoice<Language>(parts, 'language', parts.voice.language, ['zh', 'en'], (language) => {
    parts.voice.language = language
  })
