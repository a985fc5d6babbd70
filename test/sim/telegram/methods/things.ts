import type { Message, PollOption } from '@grammyjs/types'
import { keep } from '../entities.ts'
import { markedOf } from '../markup.ts'
import { bad, type Call } from '../method.ts'
import type { State } from '../model.ts'
import { bool, float, int, isObject, list, needText, text } from '../params.ts'
import type { Methods } from '../seam.ts'
import { post, targetOf } from '../target.ts'

/** What is neither text nor file: places, contacts, polls, dice. */
export const thingMethods = (state: State): Methods => {
  const send = (content: (call: Call) => Partial<Message>) => (call: Call) => {
    const made = content(call)
    return post(state, targetOf(state, call), made)
  }
  return {
    sendLocation: send((call) => ({ location: locationOf(call) })),
    sendVenue: send((call) => {
      const location = locationOf(call)
      const title = needText(call, 'title', 'venue title must be non-empty')
      const address = needText(call, 'address', 'venue address must be non-empty')
      return { location, venue: { location, title, address } }
    }),
    sendContact: send((call) => {
      const phone_number = needText(call, 'phone_number', 'phone number must be non-empty')
      const first_name = needText(call, 'first_name', 'first name must be non-empty')
      const last_name = text(call, 'last_name')
      return { contact: { phone_number, first_name, ...(last_name && { last_name }) } }
    }),
    sendDice: send((call) => {
      const emoji = text(call, 'emoji') ?? '🎲'
      if (!dice[emoji]) throw bad('wrong emoji specified')
      return { dice: { emoji, value: (state.next() % dice[emoji]) + 1 } }
    }),
    sendPoll: send((call) => ({ poll: pollOf(state, call) })),
  }
}

const dice: Readonly<Record<string, number>> = {
  '🎲': 6,
  '🎯': 6,
  '🏀': 5,
  '⚽': 5,
  '🎳': 6,
  '🎰': 64,
}

function locationOf(call: Call): NonNullable<Message['location']> {
  const latitude = float(call, 'latitude')
  const longitude = float(call, 'longitude')
  if (latitude === undefined || longitude === undefined) throw bad('latitude or longitude is empty')
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw bad('wrong location specified')
  return { latitude, longitude }
}

function pollOf(state: State, call: Call): NonNullable<Message['poll']> {
  const question = keep(markedOf(call, 'question')).text
  if (question === '') throw bad('poll question must be non-empty')
  if (question.length > 300) throw bad('poll question length must not exceed 300')
  const options = (list(call, 'options', 'poll options') ?? []).map((value): PollOption => {
    const said = typeof value === 'string' ? value : isObject(value) ? String(value.text ?? '') : ''
    if (said.trim() === '') throw bad('poll options must be non-empty')
    if (said.length > 100) throw bad('poll options length must not exceed 100')
    return { persistent_id: String(state.next()), text: said.trim(), voter_count: 0 } as PollOption
  })
  if (options.length < 2) throw bad('poll must have at least 2 option')
  if (options.length > 12) throw bad("poll can't have more than 12 options")
  return {
    id: String(5_400_000_000_000_000_000n + BigInt(state.next())),
    question,
    options,
    total_voter_count: 0,
    is_closed: bool(call, 'is_closed'),
    is_anonymous: text(call, 'is_anonymous') !== 'false',
    type: text(call, 'type') === 'quiz' ? 'quiz' : 'regular',
    allows_multiple_answers: bool(call, 'allows_multiple_answers'),
    ...(int(call, 'open_period') && { open_period: int(call, 'open_period') }),
  } as NonNullable<Message['poll']>
}
