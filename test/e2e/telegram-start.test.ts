import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ANSWERS } from '../../src/sandbox/lines.ts'
import { startTelegram } from '../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../sim/telegram/sim.ts'
import { freePort } from '../support/free-port.ts'
import { tempFolder } from '../support/ports.ts'
import { saidAt } from '../support/telegram-world-seen.ts'
import { until } from '../support/until.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))

let sim: TelegramSim
let ann: SimUser
let folder: Awaited<ReturnType<typeof tempFolder>>
let started: Started[]
beforeEach(async () => {
  folder = await tempFolder()
  sim = await startTelegram()
  ann = sim.user('Ann', { language: 'zh-hans' })
  started = []
})
afterEach(async () => {
  for (const each of started) await each.stop()
  await sim.close()
  await folder.drop()
})

interface Started {
  readonly out: readonly string[]
  readonly err: readonly string[]
  /** The code it ended with. */
  readonly ended: Promise<number | null>
  line(what: RegExp): Promise<RegExpExecArray>
  stop(): Promise<void>
}

/** As the README says it, with a port of its own for the page. */
async function npmStart(env: Record<string, string>): Promise<Started> {
  const child: ChildProcess = spawn('npm', ['start', '--silent', '--prefix', project], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      ...{ PATH: process.env.PATH ?? '', HOME: folder.path, TMPDIR: folder.path },
      ...{ BRIDGE__WEB__PORT: String(await freePort()), ...env },
    },
  })
  const out: string[] = []
  const err: string[] = []
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => out.push(line))
  if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => err.push(line))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const begun: Started = {
    ...{ out, err, ended },
    line: (what) =>
      until(
        () => what.exec([...out, ...err].join('\n')) ?? undefined,
        () => `${what}; there is ${[...out, ...err].slice(-10).join('\n')}`,
        60_000,
      ),
    async stop() {
      if (child.exitCode !== null || !child.pid) return
      // npm and what it started share the process group that `detached` made.
      process.kill(-child.pid, 'SIGTERM')
      await ended
    },
  }
  started.push(begun)
  return begun
}

test('npm start with a token, and nothing else, brings the sandbox into the topics of whoever says the code', async () => {
  const bridge = await npmStart({
    TELEGRAM_BOT_TOKEN: sim.token,
    BRIDGE__TELEGRAM__APIROOT: sim.apiRoot,
  })
  const [, link = '', code = ''] = await bridge.line(
    /Telegram：打开 (https:\/\/t\.me\/wechat_sim_bot\?start=(\w+))/,
  )
  expect(link).toContain(code)
  const mallory = sim.user('Mallory')
  const away = await mallory.starts()
  await until(() => saidAt(mallory, { chat: away }).length > 1, 'the polite line')

  const chat = await ann.starts(code)
  const management = { chat }
  const words = () => saidAt(ann, management).map(({ text }) => text ?? '')
  await until(() => words().some((text) => text.includes('这个桥现在归你了')), 'the welcome')
  await until(() => words().some((text) => text.includes('你好，这里是微信桥')), 'the greeting')
  for (const name of ['林小满🌿', '周末爬山队⛰️', '一家人❤️']) {
    const topic = await until(
      () => ann.topics(chat).find((each) => each.name === name),
      () => `${name}; there are ${ann.topics(chat).map((each) => each.name)}`,
      60_000,
    )
    await until(() => saidAt(ann, { chat, thread: topic.thread }).length, 'words', 60_000)
  }
  // What is written in a topic reaches WeChat, and the answer comes into it.
  const { thread = 0 } = ann.topics(chat).find(({ name }) => name === '林小满🌿') ?? {}
  const { message_id: written } = await ann.says(chat, '收到你的猫了', { thread })
  const answers = new RegExp(ANSWERS.text.join('|'), 'u')
  await until(
    () =>
      ann
        .sees(chat, thread)
        .some((one) => one.message_id > written && answers.test(one.text ?? '')),
    'an answer',
    60_000,
  )
  // Nothing was refused, though the limits are on.
  expect(sim.floods).toEqual([])
  expect(saidAt(mallory, { chat: away })).toHaveLength(2)
  const printed = [...bridge.out, ...bridge.err].join('\n')
  expect(printed).not.toContain(sim.token)
  expect(printed).not.toContain(sim.token.split(':')[1])
})

test('a token that Telegram does not know is said clearly, and the page still works', async () => {
  const token = '7123456789:AAwrongwrongwrongwrongwrongwrongwrong'
  const bridge = await npmStart({
    TELEGRAM_BOT_TOKEN: token,
    BRIDGE__TELEGRAM__APIROOT: sim.apiRoot,
  })
  const [, page = ''] = await bridge.line(/打开页面：(http:\S+)/)
  await bridge.line(/it does not know the bot's token; put the token @BotFather shows/)
  expect((await fetch(page)).status).toBe(200)
  const printed = [...bridge.out, ...bridge.err].join('\n')
  expect(printed).not.toContain('AAwrong')
  expect(printed).not.toMatch(/\n {4}at /)
  expect(printed.match(/BotFather/g)?.length).toBeLessThan(4)
})

test('an address that nobody answers at is said clearly, and tried again until somebody does', async () => {
  await sim.down()
  const bridge = await npmStart({
    TELEGRAM_BOT_TOKEN: sim.token,
    BRIDGE__TELEGRAM__APIROOT: sim.apiRoot,
  })
  await bridge.line(/打开页面：/)
  await bridge.line(
    /Telegram cannot be reached \(ECONNREFUSED\); nothing was sent, it is tried again/,
  )
  await sim.up()
  await bridge.line(/\?start=\w+/)
})

test('what cannot be a token ends the start with words that do not repeat it', async () => {
  const bridge = await npmStart({ TELEGRAM_BOT_TOKEN: '123456:too short' })
  expect(await bridge.ended).toBe(78)
  const said = bridge.err.join('\n')
  expect(said).toMatch(/telegram\.token: expected a bot token like 123456:ABC-DEF/)
  expect(said).not.toContain('too short')
})

test('the configuration shows that there is a token, and not which', async () => {
  const child = spawn('npm', ['run', '--silent', 'bridge', '--', 'config', 'check'], {
    cwd: project,
    env: { PATH: process.env.PATH ?? '', HOME: folder.path, TELEGRAM_BOT_TOKEN: sim.token },
  })
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer)
  const said = Buffer.concat(chunks).toString()
  expect(said).toMatch(/telegram\.token = .*\(environment TELEGRAM_BOT_TOKEN\)/)
  expect(said).not.toContain(sim.token.split(':')[1])
})
