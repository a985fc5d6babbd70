import type { Config } from '../../config/schema.ts'
import { reach } from './reach.ts'
import { voiceOf } from './voice.ts'
import { standingWords, stopped } from './words.ts'

/** How things stand, for people or as JSON. Exit code 1 where something is wrong with the storage. */
export async function status(config: Config, json = false): Promise<number> {
  const voice = voiceOf(config)
  const reached = await reach(config)
  try {
    const standing = await reached.operator.standing()
    if (json) {
      console.log(JSON.stringify(standing, undefined, 2))
    } else {
      if (!reached.running) console.log(stopped(voice))
      console.log(standingWords(standing, Date.now(), voice))
    }
    return standing.fault === undefined ? 0 : 1
  } finally {
    await reached.close()
  }
}
