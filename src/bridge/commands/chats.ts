import type { PlaceNow } from '../../ports/hub.ts'
import type { Portal } from '../../ports/store.ts'
import { isMuted } from '../muting.ts'
import { say } from '../notices.ts'
import { portalFor } from '../places.ts'
import { listed, portalNamed, wantedOf } from './listing.ts'
import { nameHere, nameIn } from './naming.ts'
import type { Ask, Said, Tools, Verbs } from './verb.ts'
import { refuse } from './verb.ts'

/** Finding the chats there are, and opening the room of one. */
export function chatVerbs(tools: Tools): Verbs {
  const { parts } = tools

  return {
    chats: {
      usage: 'chats [WORDS] [-NUMBER]',
      for: 'owner',
      run: (ask) => listed(tools, ask, 'open', wantedOf(ask.words)),
    },

    open: {
      usage: 'open NUMBER',
      for: 'owner',
      async run(ask) {
        const [word = ''] = ask.words
        if (ask.words.length !== 1) return 'usage'
        const portal = await portalNamed(tools, ask, word)
        if (!portal) return refuse('noChatHere')
        return { beside: (signal) => opened(ask, portal, signal) }
      },
    },
  }

  /** The room is made now, so that where it is can be told. */
  async function opened(ask: Ask, portal: Portal, signal: AbortSignal): Promise<Said> {
    const { seat } = ask.asked
    const { adapter } = seat
    // Official accounts may share a room.
    const shown = await parts.store.unit((unit) => portalFor(parts, unit, seat, portal.chat))
    await tools.rooms(adapter.id).room(shown.id, signal)
    const where = await adapter.places?.of(shown.id)
    const inRoom = await nameIn(parts, seat, shown, portal.chat)
    const muted = await parts.store.unit(async (unit) => {
      // Something has to be there: in a room that was just made, and where one writes by answering.
      if (!shown.room || where?.kind === 'flat') {
        const notice = { type: 'doneWith', what: 'start', name: inRoom } as const
        const here = { only: adapter.id }
        await say(parts, unit, portal.chat, notice, `${ask.id}/there`, undefined, here)
      }
      return isMuted(unit, portal.chat)
    })
    const at = where && whereOf(where)
    const name = await nameHere(parts, ask, portal.chat)
    return {
      notice: { type: 'opened', name, portal: portal.id, muted, ...(at && { where: at }) },
      here: true,
    }
  }
}

/** What a hub says of a place, and nothing else it may have put there. */
export const whereOf = ({ kind, name, url }: PlaceNow) => ({
  kind,
  ...(name && { name }),
  ...(url && { url }),
})
