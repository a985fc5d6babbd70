import { describe, expect, test } from 'vitest'
import { toBridgeError, WireFault } from '../../../adapters/wechat-web/fault.ts'
import type { Failure, Reason } from '../../../src/core/errors.ts'

const never = { code: 'refused', heal: 'never', certain: true } as const
const session = { code: 'session', heal: 'relogin', certain: true } as const
const phone = { code: 'server', heal: 'wait', certain: true, afterMs: 300_000 } as const

/** Every code of protocol §7.8, with what helps and a part of the sentence that says so. */
const table: readonly (readonly [
  ret: number,
  failure: Failure,
  words: RegExp,
  reason: Reason | undefined,
])[] = [
  [1, never, /wrong \(1\).*log in again/, 'wrong'],
  [-1, { code: 'server', heal: 'retry', certain: true }, /\(-1\).*tried again/, 'trouble'],
  [-2, never, /\(-2\)/, 'senseless'],
  [3, phone, /yet.*phone has been offline.*Open WeChat on the phone/, 'phoneAway'],
  [-3, phone, /yet.*phone has been offline.*Open WeChat on the phone/, 'phoneAway'],
  [-14, session, /login.*\(-14\).*Log in again/, 'stale'],
  [1100, session, /ended the session.*Log in again/, 'ended'],
  [1101, session, /ended the session.*Log in again/, 'ended'],
  [1102, session, /ended the session.*Log in again/, 'ended'],
  [1103, session, /ended the session.*Log in again/, 'ended'],
  [1200, { code: 'bug', heal: 'never', certain: true }, /fault of the bridge/, 'unreadable'],
  [1201, never, /could not find/, 'notFound'],
  [1203, never, /abnormal.*phone/, 'abnormal'],
  [1204, never, /not a friend.*not in the group.*File Transfer/, 'notFriend'],
  [
    1205,
    { code: 'rate', heal: 'wait', certain: true, afterMs: 900_000 },
    /yet.*in 15 min or later/,
    'tooOften',
  ],
  [4711, never, /code 4711/, undefined],
]

const deeds = [
  ['message', {}, 'The message was not sent'],
  ['picture', {}, 'The picture was not sent'],
  ['message', { done: 'recalled' }, 'The message was not recalled'],
] as const

describe.each(deeds)('a refusal of a %s %j', (what, deed, not) => {
  test.each(table)(
    'with Ret %i says what happened and what helps',
    (ret, failure, words, reason) => {
      const fault = new WireFault('ret', 'webwxsendmsg', { ret, sentence: '原因<b>' })
      const error = toBridgeError(fault, what, { ...deed, pauseMs: 900_000 })
      const exactly = { ...(reason && { reason }), said: '原因<b>' }
      expect(error.failure).toEqual({ ...failure, ...exactly })
      expect(error.message.startsWith(not)).toBe(true)
      expect(error.message).toMatch(words)
      expect(error.message).toContain('WeChat says: 原因<b>')
    },
  )

  test.each(['timeout', 'cut', 'status', 'garbage'] as const)(
    'that is none, but a fault of kind %s, says that nobody knows',
    (kind) => {
      const error = toBridgeError(new WireFault(kind, 'x'), what, deed)
      expect(error.failure).toMatchObject({ heal: 'retry', certain: false })
      expect(error.message).toContain('may or may not have been')
    },
  )

  test('that never reached the server, or delivers nothing by itself, is certain', () => {
    const away = toBridgeError(new WireFault('unreachable', 'x'), what, deed)
    expect(away.failure).toMatchObject({ code: 'network', certain: true })
    expect(away.message).toContain(not)
    const upload = toBridgeError(new WireFault('cut', 'x'), what, { ...deed, harmless: true })
    expect(upload.failure.certain).toBe(true)
  })
})
