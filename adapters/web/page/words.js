import { en } from './words-en.js'
import { zh } from './words-zh.js'

const tables = { en, zh }

/** @param {'en' | 'zh'} language */
export const wordsIn = (language) => tables[language] ?? en
