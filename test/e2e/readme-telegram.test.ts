import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTelegram } from '../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../sim/telegram/sim.ts'
import { until } from '../support/until.ts'

// Telegram as the READMEs begin it, and every command of the pages for every day, by somebody who has nothing but a token.

const root = new URL('../..', import.meta.url)
const page = (file: string) => readFileSync(new URL(file, root), 'utf8')
const section = (file: string, heading: string) =>
  new RegExp(`\n## ${heading}\n([\\s\\S]*?)\n## `).exec(page(file))?.[1] ?? ''
const english = section('docs/guides/everyday.md', 'In Telegram')
const chinese = section('docs/guides/everyday.zh.md', 'Telegram')
const commandsOf = (text: string) => [
  ...new Set([...text.matchAll(/`\/(?!name`)([a-z]+)(?: [^`]*)?`/g)].map(([, name]) => name ?? '')),
]
/** The line that starts it. */
const lineOf = (text: string) => /\bTELEGRAM_BOT_TOKEN=[^`\n]*/.exec(text)?.[0] ?? ''

/** Those of @BotFather, and those that end it or need more than their name. */
const elsewhere = new Set(['newbot', 'setprivacy', 'logout'])

let sim: TelegramSim
let bridge: ChildProcess
let ann: SimUser
const printed: string[] = []
const logged: string[] = []

beforeAll(async () => {
  sim = await startTelegram({ limits: false })
  ann = sim.user('Ann', { language: 'en' })
  const line = lineOf(section('README.md', 'Configure')).replace('123456:your-token', sim.token)
  bridge = spawn('bash', ['-c', line], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      ...process.env,
      BRIDGE__TELEGRAM__APIROOT: sim.apiRoot,
      BRIDGE__WEB__PORT: '0',
      BRIDGE__LANGUAGE: 'en',
      // Nobody counts here.
      BRIDGE__TELEGRAM__RATE__PERCHATSECOND: '1000',
    },
  })
  if (!bridge.stdout || !bridge.stderr) throw new Error('no pipes')
  createInterface({ input: bridge.stdout }).on('line', (each) => printed.push(each))
  createInterface({ input: bridge.stderr }).on('line', (each) => logged.push(each))
})
afterAll(async () => {
  if (bridge.pid && bridge.exitCode === null) {
    const gone = new Promise((resolve) => bridge.once('exit', resolve))
    process.kill(-bridge.pid, 'SIGTERM')
    await gone
  }
  await sim.close()
})

const own = () => ann.sees(ann.id).filter((message) => message.message_thread_id === undefined)
const answers = () => own().filter(({ from }) => from?.id === sim.bot.id)

it('both languages say the same commands, and the same way to start', () => {
  const known = (text: string) => new Set(commandsOf(text).filter((name) => name !== 'newbot'))
  expect(commandsOf(english)).toEqual(expect.arrayContaining(['chats', 'link', 'recall', 'users']))
  expect(known(chinese)).toEqual(known(english))
  const line = lineOf(section('README.md', 'Configure'))
  expect(line).toContain('npm start')
  expect(lineOf(section('README.zh.md', '配置'))).toBe(line)
  expect(lineOf(chinese)).toBe(line)
})

it('the line that starts it prints a link, which makes the bridge one’s own', async () => {
  const link = await until(
    () => printed.map((each) => /https:\/\/t\.me\/\w+\?start=(\w+)/.exec(each)?.[1]).find(Boolean),
    () => `the link; there is ${[...printed, ...logged].join('\n')}`,
    60_000,
  )
  await ann.starts(link)
  await until(() => ann.topics(ann.id).length > 2, 'topics with chats of the sandbox', 60_000)
})

it('every command of the page is one', async () => {
  for (const name of commandsOf(english)) {
    if (elsewhere.has(name)) continue
    const { message_id: said } = await ann.says(ann.id, `/${name}`)
    const answer = await until(
      () => answers().find(({ message_id }) => message_id > said),
      `an answer to /${name}`,
      60_000,
    )
    expect(answer.text ?? answer.caption, name).not.toMatch(/no command|unknown/i)
  }
})

it('everybody else hears one polite sentence, and then nothing', async () => {
  const eve = sim.user('Eve')
  await eve.starts()
  await until(() => eve.sees(eve.id).some(({ from }) => from?.id === sim.bot.id), 'the sentence')
  const { update_id: last } = sim.updates.at(-1) ?? { update_id: 0 }
  await eve.says(eve.id, '/chats')
  await eve.says(eve.id, 'please')
  await until(() => sim.waiting === 0 && (sim.updates.at(-1)?.update_id ?? 0) > last, 'taken')
  await ann.says(ann.id, '/status')
  await until(() => answers().some(({ text = '' }) => /online/i.test(text)), 'the status')
  expect(eve.sees(eve.id).filter(({ from }) => from?.id === sim.bot.id)).toHaveLength(1)
})
