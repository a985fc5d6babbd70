import { setMuted } from '../muting.ts'
import { openName } from '../open-names.ts'
import { portalNamed } from './listing.ts'
import { nameHere } from './naming.ts'
import type { Ask, Reply, Tools, Verbs } from './verb.ts'
import { refuse, say } from './verb.ts'

/** Whether what comes from a chat makes a sound. */
export function muteVerbs(tools: Tools): Verbs {
  const { parts } = tools
  return {
    mute: { usage: 'mute', run: (ask) => chosen(ask, true) },
    unmute: { usage: 'unmute', run: (ask) => chosen(ask, false) },
  }

  async function chosen(ask: Ask, muted: boolean): Promise<Reply | 'usage'> {
    const { unit, words, asked, place } = ask
    if (words.length > 1) return 'usage'
    const portal = await ofOwn(ask)
    if (!portal) {
      const usage = `!wx ${muted ? 'mute' : 'unmute'}`
      return words.length ? refuse('noChatHere') : say({ type: 'usage', usage, place: 'chat' })
    }
    await setMuted(unit, portal.chat, muted)
    // Said on every hub, one of which may show it to others.
    const isHere = asked.button !== undefined || place.kind === 'management'
    const name = isHere ? await nameHere(parts, ask, portal.chat) : openName(parts, portal.chat)
    const notice = { type: 'muted', name, portal: portal.id, muted } as const
    // Where it hung under something else, only who pressed it need know.
    return { said: { notice, ...(asked.button && { here: true }) } }
  }

  /** The chat that is named, else that of the room. */
  async function ofOwn(ask: Ask) {
    const [word] = ask.words
    const here = ask.place.kind === 'management' ? undefined : ask.portal
    if (word === undefined) return here
    if (word === here?.id) return here
    // What other chats there are is the owner's to know.
    return ask.asked.role === 'owner' ? portalNamed(tools, ask, word) : undefined
  }
}
