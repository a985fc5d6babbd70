import type { Operator } from '../../adapters/control/operator.ts'
import { type Letter, pageSize, type Which } from '../../adapters/control/wire.ts'
import type { Config } from '../../config/schema.ts'
import { nobody } from '../persons-told.ts'
import { reach } from './reach.ts'
import { voiceOf } from './voice.ts'
import { letterWords, outcomeWords, stopped } from './words.ts'

/** What waits for a person's word, at most `limit` of it; the first person's where nobody is named. */
export async function deadList(config: Config, limit: number, person?: string): Promise<number> {
  const voice = voiceOf(config)
  return withOperator(config, person, async (operator) => {
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
  person?: string,
): Promise<number> {
  const voice = voiceOf(config)
  return withOperator(config, person, async (operator) => {
    const outcome = await operator[what](which)
    console.log(outcomeWords(what, outcome, voice))
    return 0
  })
}

type Deeds = Pick<Operator, 'letters' | 'retry' | 'drop'>

/** `person`: one of those who have an account here beside the first person. */
async function withOperator(
  config: Config,
  person: string | undefined,
  work: (operator: Deeds) => Promise<number>,
): Promise<number> {
  const reached = await reach(config)
  const { operator } = reached
  try {
    if (!reached.running) console.log(stopped(voiceOf(config)))
    if (person === undefined || person === config.matrix.owner) return await work(operator)
    if (!operator.of) throw nobody(person)
    return await work(await operator.of(person))
  } finally {
    await reached.close()
  }
}

/** Undefined: it names none. */
export function whichOf(word: string | undefined): Which | undefined {
  if (word === 'all') return word
  return word !== undefined && /^[1-9]\d{0,14}$/.test(word) ? Number(word) : undefined
}
