import { expect, test } from 'vitest'
import { makeRegistration } from '../../../adapters/matrix/registration.ts'
import { createLog } from '../../../adapters/telemetry/log.ts'
import { maskFields, maskWords } from '../../../adapters/telemetry/redact.ts'

const botToken = '123456789:AAE-abcdefghijklmnopqrstuvwxyz01234'

test('lines are JSON with a level, a time and the fields, and only of the level that is wanted', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  log.debug({ lane: 'matrix' }, 'not said')
  log.warn({ lane: 'matrix', key: 'post/a/b/0', attempt: 2 }, 'a try failed')
  expect(lines).toHaveLength(1)
  const line = JSON.parse(lines[0] ?? '')
  expect(line).toMatchObject({ lane: 'matrix', key: 'post/a/b/0', attempt: 2, msg: 'a try failed' })
  expect(line.level).toBe(40)
  expect(Number.isNaN(Date.parse(line.time))).toBe(false)
})

test('a secret that somebody forgot is in no line, wherever it stands', () => {
  const lines: string[] = []
  const log = createLog('debug', { write: (line) => void lines.push(line) })
  const { asToken, hsToken } = makeRegistration({ url: 'http://127.0.0.1:1', prefix: 'x_' })
  const error = new Error(`call https://api.telegram.org/bot${botToken}/getMe`, {
    cause: new Error(`Authorization: Bearer ${asToken}`),
  })
  log.error({ error: String(error), err: error }, `tried with ${hsToken}`)
  log.warn({ deep: { list: [{ asToken, headers: { 'set-cookie': ['sid=abcdef'] } }] } }, 'deep')
  log.info({ url: 'https://x.example/_matrix?access_token=syt_abc123&limit=5' }, 'asked')
  log.debug({ answer: '{"access_token":"opaque-thing","user":"@a:b"}' }, 'answered')
  log.debug({ header: 'Bearer gateway.key-1' }, 'asked a gateway')
  log.debug({ proxy: 'socks5://me:hunter2@proxy.example:1080' }, 'through a proxy')
  log.debug({ text: 'what somebody said', body: { text: 'more of it' } }, 'a body')
  const all = lines.join('')
  const secrets = [
    botToken,
    asToken,
    hsToken,
    'abcdef',
    'syt_abc123',
    'opaque-thing',
    'hunter2',
    'gateway.key-1',
  ]
  expect(JSON.parse(lines[0] ?? '').err).toMatchObject({ type: 'Error', cause: { type: 'Error' } })
  for (const secret of [...secrets, 'somebody said', 'more of it'])
    expect(all).not.toContain(secret)
  // What is beside it is still there.
  for (const kept of ['api.telegram.org', '&limit=5', '@a:b', '@proxy.example:1080', 'getMe']) {
    expect(all).toContain(kept)
  }
})

test('what a delivery is known by is not taken for a secret', () => {
  const event = '$YtVdQ9mCk2y1mR3m5oJ8Zr1mA4b5c6d7e8f9g0h1i2j'
  const fields = {
    lane: 'wechat/wxid_abc',
    portal: 'abcdefghijkm',
    message: `matrix/${event}`,
    key: `post/abcdefghijkm/matrix/${event}/0`,
    attempt: 1,
    media: 'f'.repeat(64),
    folder: 'backup-of-the-second-of-november-of-2026-00',
    tokenBytes: 43,
    hasToken: true,
    nothing: undefined,
    at: 1_700_000_000_123,
  }
  expect(maskFields(fields)).toEqual(fields)
  const cure = 'telegram.token: the token is refused. Ask @BotFather for another one, at 12:30.'
  expect(maskWords(cure)).toBe(cure)
})

test('no words, however long or odd, hold up the log or show half a secret', () => {
  const parts = ['1', '12345:', 'a', '://', '://a:', 'token=', 'Bearer ', 'A1a_', '"token" : "']
  for (const part of parts) {
    const shown = maskWords(part.repeat(Math.ceil(5_000_000 / part.length)))
    expect(shown.length).toBeLessThan(10_000)
  }
  // The cut comes in the middle of it; and after others that made the rest shorter.
  for (const before of ['', `${botToken} `.repeat(40)]) {
    for (const at of [8_150, 8_170, 8_185, 9_170, 9_200]) {
      const filled = before + ' '.repeat(at - before.length)
      const shown = maskWords(`${filled}${botToken}${' '.repeat(5_000)}`)
      expect(shown).not.toContain(botToken.slice(0, 12))
    }
  }
  const round: Record<string, unknown> = {}
  round.self = round
  expect(JSON.stringify(maskFields(round))).toContain('[deeper]')
})
