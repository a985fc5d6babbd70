import { hubWords } from '../../src/core/room-words.ts'
import type { Language } from '../../src/core/words.ts'
import type { ShutHub } from './options.ts'
import { oneLine } from './view.ts'

/** So many rooms are named. */
const roomsAtOnce = 5

/** What a person reads at the top of the page about a hub that takes nothing, or not in all rooms. */
export function hubLines({ rooms, ...hub }: ShutHub, language: Language): readonly string[] {
  const lines = hub.why ? [hubWords({ ...hub, rooms: 0 })[language]] : []
  for (const { name, detail } of rooms.slice(0, roomsAtOnce)) {
    lines.push(
      oneLine(
        { zh: `${hub.hub}，“${name}”：${detail}`, en: `${hub.hub}, “${name}”: ${detail}` }[
          language
        ],
      ),
    )
  }
  const more = rooms.length - roomsAtOnce
  if (more > 0) lines.push(hubWords({ hub: hub.hub, rooms: rooms.length })[language])
  return lines
}
