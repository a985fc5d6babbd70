import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ANSWERS } from '../../../src/sandbox/lines.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../../sim/telegram/sim.ts'
import { until } from '../../support/until.ts'

const patienceMs = 40_000
let sim: TelegramSim
let bridge: ChildProcess
let ann: SimUser
let thread = 0
const printed: string[] = []
const logged: string[] = []

beforeAll(async () => {
  sim = await startTelegram()
  ann = sim.user('Ann')
  const sets = ['web.port=0', `telegram.apiRoot=${sim.apiRoot}`].flatMap((set) => ['--set', set])
  bridge = spawn('npm', ['start', '--silent', '--', ...sets], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, TELEGRAM_BOT_TOKEN: sim.token },
  })
  if (!bridge.stdout || !bridge.stderr) throw new Error('no pipes')
  createInterface({ input: bridge.stdout }).on('line', (line) => printed.push(line))
  createInterface({ input: bridge.stderr }).on('line', (line) => logged.push(line))
})
afterAll(async () => {
  if (bridge.pid && bridge.exitCode === null) {
    const gone = new Promise((resolve) => bridge.once('exit', resolve))
    // npm and what it started share the process group that `detached` made.
    process.kill(-bridge.pid, 'SIGTERM')
    await gone
  }
  await sim.close()
})

const topic = (name: string) => ann.topics(ann.id).find((one) => one.name.includes(name))?.thread
const texts = () => ann.sees(ann.id, thread).map((message) => message.text ?? message.caption)

it('npm start with nothing but a token prints how to become the owner', async () => {
  const line = await until(
    () => printed.find((each) => each.includes('Telegram')),
    () => `the line; there is ${[...printed, ...logged].join('\n')}`,
    patienceMs,
  )
  const [, bot, code] = /https:\/\/t\.me\/(\w+)\?start=(\w+)/.exec(line) ?? []
  expect(bot).toBe(sim.bot.username)
  expect(line).toContain('主人')
  expect(ann.topics(ann.id)).toEqual([])
  await ann.starts(code)
}, 60_000)

it('the chats of the sandbox come, each in its own topic', async () => {
  for (const name of ['林小满', '周末爬山队', '老周']) {
    await until(() => topic(name), `the topic ${name}`, patienceMs)
  }
  thread = topic('林小满') ?? 0
  await until(() => texts().some((text) => text?.includes('早呀')), 'her words', patienceMs)
}, 180_000)

it('what is written in a topic reaches WeChat, and the answer comes into it', async () => {
  const mine = await ann.says(ann.id, '收到你的猫了', { thread })
  const later = () => ann.sees(ann.id, thread).filter((one) => one.message_id > mine.message_id)
  const answers = new RegExp(ANSWERS.text.join('|'), 'u')
  await until(() => later().some(({ text }) => answers.test(text ?? '')), 'an answer', patienceMs)
}, 60_000)

it('keeps to what Telegram allows, and says nothing of the token', () => {
  expect(sim.floods).toEqual([])
  expect([...printed, ...logged].join('\n')).not.toContain(sim.token)
})
