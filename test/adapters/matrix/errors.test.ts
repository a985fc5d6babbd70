import { describe, expect, it } from 'vitest'
import { toBridgeError } from '../../../adapters/matrix/errors.ts'

const answer = (statusCode: number, errcode?: string, more: object = {}) =>
  Object.assign(new Error('secret body'), { statusCode, errcode, error: 'secret words', ...more })
const socket = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more })

const doing = { what: 'send a message' }
const delivering = { ...doing, delivering: true }

describe('toBridgeError', () => {
  it.each([
    [
      answer(429, 'M_LIMIT_EXCEEDED', { retryAfterMs: 1234 }),
      { code: 'rate', heal: 'retry', certain: true, afterMs: 1234 },
    ],
    [
      answer(429, 'M_LIMIT_EXCEEDED', { retryAfterMs: -1 }),
      { code: 'rate', heal: 'retry', certain: true, afterMs: 5000 },
    ],
    [answer(500, 'M_UNKNOWN'), { code: 'server', heal: 'retry', certain: false }],
    [answer(502), { code: 'server', heal: 'retry', certain: false }],
    [
      answer(401, 'M_UNKNOWN_TOKEN'),
      { code: 'config', heal: 'wait', certain: true, afterMs: 30_000 },
    ],
    [answer(413, 'M_TOO_LARGE'), { code: 'tooLarge', heal: 'never', certain: true }],
    [answer(404, 'M_NOT_FOUND'), { code: 'gone', heal: 'never', certain: true }],
    [answer(403, 'M_FORBIDDEN'), { code: 'refused', heal: 'never', certain: true }],
    [answer(400, 'M_BAD_JSON'), { code: 'format', heal: 'never', certain: true }],
    [socket('ECONNREFUSED'), { code: 'network', heal: 'retry', certain: true }],
    [socket('ETIMEDOUT', { connect: true }), { code: 'network', heal: 'retry', certain: true }],
    [socket('ESOCKETTIMEDOUT'), { code: 'timeout', heal: 'retry', certain: false }],
    [socket('ECONNRESET'), { code: 'network', heal: 'retry', certain: false }],
    ['a string', { code: 'network', heal: 'retry', certain: false }],
  ])('says what happened and what helps (%#)', (thrown, failure) => {
    const error = toBridgeError(thrown, delivering)
    expect(error.failure).toEqual(failure)
    expect(error.message).toMatch(/^Could not send a message: .*\.$/)
    expect(error.message).not.toContain('secret')
  })

  it('is certain of what a lost answer cannot have delivered', () => {
    expect(toBridgeError(answer(500), doing).failure.certain).toBe(true)
    expect(toBridgeError(socket('ECONNRESET'), doing).failure.certain).toBe(true)
  })

  it('leaves an error of ours as it is', () => {
    const error = toBridgeError(answer(500), doing)
    expect(toBridgeError(error, delivering)).toBe(error)
  })
})
