import { management } from '../core/chat.ts'
import type { ChatId, EventId, HubId, MessageId } from '../core/ids.ts'
import type { Unit } from '../ports/store.ts'
import type { By } from './events.ts'
import type { Hand } from './hands.ts'

/** What was written where many chats meet, and waits to be told which one it is for. `chat` is that room's. */
export interface Question {
  readonly code: string
  readonly hand: Hand
  readonly chat: ChatId
  /** Where it was asked: its event is what the answers take the place of. */
  readonly notice: MessageId
  readonly items: readonly By<'message'>[]
}

/** Open questions of one hub, in the store. */
export interface Pending {
  keep(unit: Unit, question: Question): Promise<void>
  forget(unit: Unit, question: Question): Promise<void>
  named(unit: Unit, code: string): Promise<Question | undefined>
  /** The question about what an event wrote. */
  of(unit: Unit, event: EventId): Promise<Question | undefined>
  /** The question about earlier pictures of the same album. */
  ofAlbum(unit: Unit, event: By<'message'>): Promise<Question | undefined>
}

// Kept as settings of the management room: the question by its code, and the code by what it is about.

export function createPending(hub: HubId): Pending {
  const { id: place } = management
  const questionName = (code: string) => `question/${hub}/${code}`
  const itemNames = (item: By<'message'>) => [
    `asked/${hub}/${item.id}`,
    ...(item.album ? [albumName(item)] : []),
  ]
  const albumName = ({ room, album }: By<'message'>) => `asked/${hub}/album/${room}/${album}`

  return {
    async keep(unit, question) {
      await unit.setSetting(place, questionName(question.code), JSON.stringify(question))
      for (const name of question.items.flatMap(itemNames)) {
        await unit.setSetting(place, name, question.code)
      }
    },

    async forget(unit, question) {
      await unit.setSetting(place, questionName(question.code), undefined)
      for (const name of question.items.flatMap(itemNames)) {
        await unit.setSetting(place, name, undefined)
      }
    },

    named,
    of: (unit, event) => by(unit, `asked/${hub}/${event}`),
    ofAlbum: async (unit, event) => (event.album ? by(unit, albumName(event)) : undefined),
  }

  async function named(unit: Unit, code: string): Promise<Question | undefined> {
    const text = await unit.setting(place, questionName(code))
    return text === undefined ? undefined : JSON.parse(text)
  }

  async function by(unit: Unit, name: string): Promise<Question | undefined> {
    const code = await unit.setting(place, name)
    return code === undefined ? undefined : named(unit, code)
  }
}
