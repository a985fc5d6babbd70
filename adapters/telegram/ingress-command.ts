import { commandWords } from '../../src/core/command.ts'

/**
 * What a text asks of the bridge: the words of a command, `other` where it is a command to another bot. Undefined: it
 * is no command. `/name words` is the same as `!wx name words`, but for `/start`, which is how Telegram opens any bot:
 * it asks for help. `bot` is our own name.
 */
export function commandIn(said: string, bot: string): readonly string[] | 'other' | undefined {
  const slash = slashed.exec(said)
  if (!slash?.[1]) return commandWords(said)
  if (slash[2] !== undefined && slash[2].toLowerCase() !== bot.toLowerCase()) return 'other'
  const name = slash[1].toLowerCase()
  if (name === 'start') return ['help']
  const words = wordsOf(said.slice(slash[0].length))
  return name === 'wx' ? words : [name, ...words]
}

/** Does it name the bot it is for? */
export const isAddressed = (said: string): boolean => slashed.exec(said)?.[2] !== undefined

/**
 * The word that somebody shows in private to be let in: behind `/start`, where a link has put it, or, from a stranger,
 * alone.
 */
export function wordShown(said: string, isStranger: boolean): string | undefined {
  const words = wordsOf(said)
  const alone = /^\/start(?:@\w+)?$/i.test(words[0] ?? '') ? words.slice(1) : isStranger && words
  return alone && alone.length === 1 && alone[0] && alone[0].length <= 128 ? alone[0] : undefined
}

/** The words in the data of a button. */
export const wordsOf = (said: string): readonly string[] =>
  said.split(/\s+/u).filter((word) => word !== '')

const slashed = /^\/([a-z0-9_]{1,64})(?:@([a-z0-9_]{1,64}))?(?=\s|$)/i
