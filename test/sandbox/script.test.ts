import { afterAll, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { execute } from '../support/execute.ts'
import { Browser } from './browser.ts'

const opened: Sandbox[] = []
afterAll(async () => {
  for (const sandbox of opened) await sandbox.close()
})

async function newcomer(speed = 1): Promise<{ sandbox: Sandbox; browser: Browser }> {
  const sandbox = await startSandbox({ alive: true, speed })
  opened.push(sandbox)
  const browser = new Browser(sandbox)
  await browser.login(sandbox)
  return { sandbox, browser }
}

/** Syncs until a message fits; gives everything heard until then. */
async function hear(browser: Browser, fits: (message: Record<string, unknown>) => boolean) {
  const heard: Record<string, unknown>[] = []
  while (!heard.some(fits)) {
    await browser.check()
    heard.push(...(await browser.syncAll()))
  }
  return heard
}

it.concurrent('shows a newcomer talk, pictures, a mention, and two recalls of what came before', async ({
  expect,
}) => {
  const { sandbox, browser } = await newcomer()
  const began = Date.now()
  let recalls = 0
  const heard = await hear(browser, (message) => {
    if (message.MsgType === 10002) recalls += 1
    return recalls === 2
  })
  expect(Date.now() - began).toBeLessThan(12_000)
  const from = (who: string) =>
    heard.filter((message) => message.FromUserName === sandbox.control.userName(who))
  expect(from('lin').map((message) => message.MsgType)).toEqual([1, 3, 10002])
  expect(from('zhou').map((message) => message.MsgType)).toEqual([3, 1, 10002])
  expect(from('paper')).toHaveLength(1)
  const speakers = from('hikers').map((message) => String(message.Content).split(':<br/>')[0])
  expect(new Set(speakers).size).toBeGreaterThan(2)
  expect(from('hikers').some((message) => message.MsgType === 3)).toBe(true)
  expect(from('hikers').some((message) => String(message.Content).includes('@行舟\u2005'))).toBe(
    true,
  )
  for (const who of ['lin', 'zhou']) {
    const recalled = /&lt;msgid&gt;(\d+)&lt;/.exec(String(from(who).at(-1)?.Content))?.[1]
    expect(from(who).some((message) => message.MsgId === recalled)).toBe(true)
  }
})

it.concurrent('goes on with a place, a sticker, a voice, a file and a link', async ({ expect }) => {
  const { browser } = await newcomer(8)
  const heard = await hear(browser, (message) => message.AppMsgType === 5)
  const kinds = heard.map((message) =>
    [message.MsgType, message.SubMsgType, message.AppMsgType].join(' '),
  )
  const more = ['1 48 0', '47 0 0', '34 0 0', '49 0 6', '49 0 5']
  expect(kinds.filter((kind) => more.includes(kind))).toEqual(more)
  expect(kinds.lastIndexOf('10002 0 0')).toBeLessThan(kinds.indexOf('1 48 0'))
})

it.concurrent('answers what the client sends, in the chat it was sent to', async ({ expect }) => {
  const { sandbox, browser } = await newcomer()
  await hear(browser, (message) => String(message.Content).includes('截单'))
  await browser.send('webwxsendmsg', sandbox.control.userName('html'), { Content: 'hello' })
  await browser.send('webwxsendmsg', sandbox.control.userName('family'), { Content: 'hello' })
  const met = new Set<unknown>()
  await hear(browser, (message) => {
    met.add(message.FromUserName)
    return ['html', 'family'].every((who) => met.has(sandbox.control.userName(who)))
  })
  expect(sandbox.control.delivered()).toHaveLength(2)
})

it('keeps no process alive once it is closed', async ({ expect }) => {
  const server = new URL('../../src/sandbox/server.ts', import.meta.url).href
  const program = `
    const { startSandbox } = await import(${JSON.stringify(server)})
    const sandbox = await startSandbox({ alive: true, autoConfirmMs: 60000 })
    await (await fetch(sandbox.origin + '/jslogin?appid=wx782c26e4c19acffb')).text()
    const waiting = sandbox.control.waitDelivered(() => false, 60000).catch(() => console.log('gave up'))
    await sandbox.close()
    await waiting`
  const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', program], {
    timeout: 20_000,
  })
  expect(stdout).toBe('gave up\n')
})
