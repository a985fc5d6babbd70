import type { Chat } from '../core/chat.ts'
import type { HubId } from '../core/ids.ts'
import { weChatLane } from '../core/ids.ts'
import type { Send } from '../core/post.ts'
import type { Unit } from '../ports/store.ts'
import type { Written } from './events.ts'
import type { Parts } from './parts.ts'

/**
 * Pictures that were sent as one come as one event each. WeChat's pictures have no captions: the words that stand under all
 * of them go behind the last, as long as they have not gone out.
 */
export interface Albums {
  of(unit: Unit, chat: Chat, event: Written): Promise<Album>
}

export interface Album {
  /** A picture of it came before, with the name of whoever sends it. */
  readonly isLed: boolean
  /** Another picture is in line, as these sends. None: it is not in line. */
  sent(unit: Unit, jobs: readonly Send[]): Promise<void>
}

/** What is kept of the album that came last in a chat. */
interface Kept {
  readonly album: string
  readonly words: readonly Send[]
}

const none: Album = { isLed: false, sent: async () => undefined }

export function createAlbums({ clock }: Pick<Parts, 'clock'>, hub: HubId): Albums {
  const name = `album/${hub}`

  return {
    async of(unit, chat, event) {
      if (event.type !== 'message' || !event.album) return none
      const album = `${event.room} ${event.album}`
      const text = await unit.setting(chat.id, name)
      const last: Kept | undefined = text === undefined ? undefined : JSON.parse(text)
      const before = last?.album === album ? last : undefined
      return {
        isLed: before !== undefined,
        async sent(within, jobs) {
          const own = wordsUnder(jobs)
          const words = own.length > 0 ? own : await behind(within, chat, before?.words ?? [])
          const kept: Kept = { album, words: jobs.length > 0 ? words : [] }
          await within.setSetting(chat.id, name, JSON.stringify(kept))
        },
      }
    },
  }

  /** What has gone out, or waits for a person's word, stays where it is. Those that were moved. */
  async function behind(unit: Unit, chat: Chat, words: readonly Send[]): Promise<readonly Send[]> {
    const moved: Send[] = []
    for (const job of words) {
      if ((await unit.stateOf(job.key)) !== 'queued') continue
      await unit.withdraw(job.key)
      await unit.enqueue(weChatLane(chat.account), job, clock.now())
      moved.push(job)
    }
    return moved
  }
}

/** What follows the bytes. */
const wordsUnder = (jobs: readonly Send[]): readonly Send[] =>
  jobs.slice(jobs.findIndex(({ body }) => body.kind === 'media') + 1)
