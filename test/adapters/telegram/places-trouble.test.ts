import { expect, test } from 'vitest'
import { TelegramError } from '../../../adapters/telegram/api.ts'
import { failedElsewhere } from '../../../adapters/telegram/places-repair.ts'
import { troubleOf } from '../../../adapters/telegram/places-trouble.ts'

const said = (status: number, description: string) =>
  new TelegramError('x', { code: 'gone', heal: 'never', certain: true }, { status, description })

test.each([
  [400, 'Bad Request: message thread not found', 'topicGone'],
  [400, 'Bad Request: TOPIC_DELETED', 'topicGone'],
  [400, 'Bad Request: TOPIC_ID_INVALID', 'topicGone'],
  [400, 'Bad Request: TOPIC_CLOSED', 'topicClosed'],
  [400, 'Bad Request: the chat is not a forum', 'noForum'],
  [400, 'Bad Request: not enough rights to create a topic', 'noRight'],
  [400, 'Bad Request: CHAT_ADMIN_REQUIRED', 'noRight'],
  [400, 'Bad Request: not enough rights to send text messages to the chat', 'mute'],
  [400, 'Bad Request: have no rights to send a message', 'mute'],
  [400, 'Bad Request: not enough rights to send photos to the chat', 'media'],
  [400, 'Bad Request: chat not found', 'out'],
  [403, 'Forbidden: bot was kicked from the supergroup chat', 'out'],
  [403, 'Forbidden: bot is not a member of the supergroup chat', 'out'],
  [403, 'Forbidden: the group chat was deleted', 'out'],
  [403, 'Forbidden: bot was blocked by the user', 'blocked'],
  [403, 'Forbidden: user is deactivated', 'blocked'],
  [400, 'Bad Request: message to be replied not found', undefined],
  [400, 'Bad Request: message is too long', undefined],
  [500, 'Internal Server Error: message thread not found', undefined],
])('%i %s is %s', (status, description, type) => {
  expect(troubleOf(said(status, description))?.type).toBe(type)
})

test('only what Telegram says is listened to', () => {
  expect(troubleOf(new Error('message thread not found'))).toBeUndefined()
  expect(troubleOf(undefined)).toBeUndefined()
  const moved = new TelegramError(
    'x',
    { code: 'gone', heal: 'never', certain: true },
    { status: 400, description: 'Bad Request: group chat was upgraded', migratedTo: '-1007' },
  )
  expect(troubleOf(moved)).toEqual({ type: 'migrated', to: '-1007' })
})

test('an answer is not given up because it is a photo', () => {
  const photo = said(400, 'Bad Request: not enough rights to send photos to the chat')
  expect(failedElsewhere(photo)).toBe(photo)
})
