import type { Lane, PortalId } from '../core/ids.ts'
import type { Notice } from '../core/notice.ts'
import type { OpenDoor } from './doors.ts'
import type { Doubts } from './doubts.ts'
import { createDoubts } from './doubts.ts'
import type { Parts } from './parts.ts'
import type { Question } from './questions.ts'

export type JoinedDoubts = Omit<Doubts, 'sink'>

/** The doubts of each door, and of all together. `wake` as for `createDoubts`. */
export function createDoorDoubts(
  parts: Parts,
  doors: readonly OpenDoor[],
  wake: (lane: Lane) => void,
  stopping: AbortSignal,
): { readonly joined: JoinedDoubts; of(door: OpenDoor): Doubts } {
  const all = new Map<OpenDoor, Doubts>()
  for (const door of doors) {
    const others = () => [...all].flatMap(([each, its]) => (each === door ? [] : its.questions()))
    all.set(door, createDoubts(parts, door.connector, wake, stopping, others))
  }
  return { joined: joinedDoubts([...all.values()]), of: (door) => all.get(door)! }
}

/** The doubts of all doors, for those who care for a chat and not for its door. */
export function joinedDoubts(all: readonly Doubts[]): JoinedDoubts {
  const [only] = all
  if (only && all.length === 1) return only
  let parts: readonly ReadonlySet<PortalId>[] = []
  let union: ReadonlySet<PortalId> = new Set()
  return {
    questions: () => all.flatMap((each) => each.questions()),

    held() {
      const now = all.map((each) => each.held())
      if (now.length !== parts.length || now.some((each, at) => each !== parts[at])) {
        parts = now
        union = new Set(now.flatMap((each) => [...each]))
      }
      return union
    },

    heldBy(chat) {
      for (const each of all) {
        const code = each.heldBy(chat)
        if (code !== undefined) return code
      }
      return undefined
    },

    async answer(unit, place, words) {
      const asks = (is: (question: Question) => boolean) =>
        all.filter((each) => each.questions().some(is))
      const here = asks(({ doubt }) => doubt.chat.id === place.id)
      const code = words[0]?.toLowerCase()
      const meant = here.length > 0 ? here : asks((question) => question.code === code)
      // No code is given twice; should it be so all the same, whoever is meant is not guessed.
      if (meant.length > 1) return { notice: ambiguous }
      const [its = only] = meant
      return its ? its.answer(unit, place, words) : { notice: ambiguous }
    },
  }
}

const ambiguous: Notice = {
  type: 'notDone',
  code: 'refused',
  detail: 'Two questions have this code. Answer in the room of the chat.',
}
