import type { Operator } from '../../adapters/control/operator.ts'
import { type Letter, pageSize, type Which } from '../../adapters/control/wire.ts'
import type { Config } from '../../config/schema.ts'
import { reach } from './reach.ts'
import { voiceOf } from './voice.ts'
import { letterWords, outcomeWords, stopped } from './words.ts'

/** What waits for a person's word, at most `limit` of it. */
export async function deadList(config: Config, limit: number): Promise<number> {
  const voice = voiceOf(config)
  return withOperator(config, async (operator) => {
    const letters: Letter[] = []
    while (letters.length < limit) {
      const page = Math.min(limit - letters.length, pageSize)
      const some = await operator.letters(page, letters.at(-1)?.seq)
      letters.push(...some)
      if (some.length < page) break
    }
    console.log(letterWords(letters, Date.now(), voice))
    return 0
  })
}

/** Puts back in line, or forgets. */
export async function deadDo(
  config: Config,
  what: 'retry' | 'drop',
  which: Which,
): Promise<number> {
  const voice = voiceOf(config)
  return withOperator(config, async (operator) => {
    const outcome = await operator[what](which)
    console.log(outcomeWords(what, outcome, voice))
    return 0
  })
}

async function withOperator(
  config: Config,
  work: (operator: Operator) => Promise<number>,
): Promise<number> {
  const reached = await reach(config)
  try {
    if (!reached.running) console.log(stopped(voiceOf(config)))
    return await work(reached.operator)
  } finally {
    await reached.close()
  }
}

/** Undefined: it names none. */
export function whichOf(word: string | undefined): Which | undefined {
  if (word === 'all') return word
  return word !== undefined && /^[1-9]\d{0,14}$/.test(word) ? Number(word) : undefined
}
