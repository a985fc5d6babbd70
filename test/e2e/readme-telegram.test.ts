import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTelegram } from '../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../sim/telegram/sim.ts'
import { until } from '../support/until.ts'

// The Telegram section of the README, done as it says, by somebody who has nothing but a token.

const root = new URL('../..', import.meta.url)
const section = (file: string) =>
  /\n## Telegram\n([\s\S]*?)\n## /.exec(readFileSync(new URL(file, root), 'utf8'))?.[1] ?? ''
const commandsOf = (text: string) => [
  ...new Set([...text.matchAll(/`\/(?!name`)([a-z]+)(?: [^`]*)?`/g)].map(([, name]) => name ?? '')),
]
const blockOf = (text: string) => /```sh\n\s*(.*)\n\s*```/.exec(text)?.[1] ?? ''

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
  const line = blockOf(section('README.md')).replace('123456:your-token', sim.token)
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

it('both READMEs say the same commands, and the same way to start', () => {
  const [en, zh] = [section('README.md'), section('README.zh.md')]
  expect(commandsOf(en)).toEqual(expect.arrayContaining(['chats', 'link', 'recall', 'users']))
  expect(new Set(commandsOf(zh))).toEqual(new Set(commandsOf(en)))
  expect(blockOf(zh)).toBe(blockOf(en))
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

it('every command of the README is one', async () => {
  for (const name of commandsOf(section('README.md'))) {
    if (elsewhere.has(name)) continue
    const { message_id: said } = await ann.says(ann.id, `/${name}`)
    const answer = await until(
      () => answers().find(({ message_id }) => message_id > said),
      `an answer to /${name}`,
      20_000,
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
