import type { Notice } from '../../core/notice.ts'
import type { Tools, Verb } from './verb.ts'
import { sayHere } from './verb.ts'

/** What there is, for whoever asks, on the hub they ask on. */
export const helpVerb = ({ parts, doors }: Pick<Tools, 'parts' | 'doors'>): Verb => ({
  usage: 'help',
  everywhere: true,
  async run({ asked }) {
    const { people, places, puppet } = asked.seat.adapter
    const notice: Notice = {
      type: 'help',
      ...(asked.role === 'owner' && { full: true }),
      ...(places && { places: places.only ?? true }),
      ...(people && { people: people.byId === undefined ? true : 'ids' }),
      ...(puppet && { puppet: true }),
      ...(parts.residents && { residents: true }),
      ...(doors.all.length > 1 && { doors: true }),
    }
    return sayHere(notice)
  },
})
