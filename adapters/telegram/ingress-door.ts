import { ingressWords, languageOf } from './ingress-words.ts'
import type { Parts } from './parts.ts'
import type { Said } from './updates.ts'

/** Who comes in, and what those are told who do not. */
export interface Door {
  /** Somebody says a word that may make them an owner or user. True: it was one, and they were told what became of it. */
  presents(word: string, said: Said, signal: AbortSignal): Promise<boolean>
  /** A stranger: they are told so, once, politely. */
  turnsAway(said: Said, signal: AbortSignal): Promise<void>
}

export function createDoor(parts: Parts): Door {
  const { people, hub, log } = parts

  return {
    async presents(word, said, signal) {
      const { user } = said.by
      const presented = await people.present(word, user)
      if (presented === 'none') return false
      log.info({ hub, by: user.id, presented }, 'a code was presented')
      const words = ingressWords(parts.voice.language)
      tell(said, presented === 'wrong' ? words.wrongCode : words.presented[presented], signal)
      return true
    },

    async turnsAway(said, signal) {
      const { user, hidden } = said.by
      if (!(await people.stranger(user))) return
      log.info({ hub, by: user.id }, 'a stranger wrote; it was not kept')
      const words = ingressWords(languageOf(user.language_code, parts.voice.language))
      const isOwned = people.owner() !== undefined
      tell(said, hidden ? words.anonymous : isOwned ? words.stranger : words.unclaimed, signal)
    },
  }

  /** A line of the adapter's own: nothing waits for it, and it may be lost. */
  function tell({ chat, spot }: Said, line: string, signal: AbortSignal): void {
    const thread = spot.is_topic_message ? spot.message_thread_id : undefined
    const where = { chat_id: chat, ...(thread !== undefined && { message_thread_id: thread }) }
    parts.patient
      .call('sendMessage', { ...where, text: line }, signal)
      .catch((error: unknown) => log.info({ hub, error: String(error) }, 'a line was not said'))
  }
}
