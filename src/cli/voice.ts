import type { Config } from '../../config/schema.ts'
import type { Voice } from '../core/words.ts'

/** How the bridge of a configuration speaks to its owner. */
export const voiceOf = ({ language, timezone }: Config): Voice => ({
  language,
  timezone: timezone === 'auto' ? Intl.DateTimeFormat().resolvedOptions().timeZone : timezone,
})
