import { expect, test } from 'vitest'
import { systemText } from '../../../adapters/wechat-web/content/system.ts'
import { type Cookies, storeCookies } from '../../../adapters/wechat-web/cookies.ts'
import { readTicketPage } from '../../../adapters/wechat-web/credentials.ts'
import { Wire } from '../../../adapters/wechat-web/http.ts'
import { printed } from '../../../adapters/wechat-web/raw.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { memoryLog, realClock } from '../../support/ports.ts'

test('grey lines and refusals made to be slow are read at once', () => {
  // Quadratic patterns need minutes for these: the test would run out of time.
  expect(systemText('<a '.repeat(400_000)).length).toBeLessThan(10_000)
  const page = `<error><ret>1203</ret><message>${'&lt;'.repeat(400_000)}</message></error>`
  expect(() => readTicketPage(page, {})).toThrow()
})

test('a jar of cookies stays small, and what is in it is still renewed', () => {
  const jar: Cookies = {}
  for (let n = 0; n < 500; n++) storeCookies(jar, `c${n}=${'x'.repeat(100)}`, 0)
  expect(Object.keys(jar)).toHaveLength(50)
  storeCookies(jar, 'c0=fresh', 0)
  expect(jar.c0).toBe('fresh')
})

test('what is nested too deeply to be written is kept as a note of that', () => {
  let deep: Record<string, unknown> = {}
  for (let n = 0; n < 20_000; n++) deep = { deep }
  expect(printed({ MsgId: '7', deep })).toBe('{"unprintable":["MsgId","deep"],"MsgId":"7"}')
})

test('an answer without end is given up, not held in memory', async () => {
  const sandbox = await startSandbox({ holdMs: 50 })
  try {
    const wire = new Wire('test', realClock, memoryLog())
    wire.allow([sandbox.origin])
    const url = `${sandbox.origin}/jslogin`
    const call = { name: 'jslogin', method: 'GET', url, timeoutMs: 10_000 } as const
    sandbox.control.fault({ path: 'jslogin', how: { body: 'x'.repeat(2 * 1024 * 1024) } })
    await expect(wire.ask(call, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      kind: 'garbage',
    })
  } finally {
    await sandbox.close()
  }
})
