import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { View } from '../../adapters/web/view.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { fastPace } from '../support/fast-pace.ts'
import { Person } from '../support/person.ts'
import { realClock, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { Life } from './events.ts'

// Simulated days: `LIFE_HOURS=24 LIFE_SEED=7 npm run test:life`. The default is one hour.
const hours = Number(process.env.LIFE_HOURS ?? 1)
const speed = Number(process.env.LIFE_SPEED ?? 100)
const seed = Number(process.env.LIFE_SEED ?? 311)
const realMs = (hours * 3_600_000) / speed

test(`${hours} h at ${speed}× speed, with bursts, kicks, network drops, expiring codes and recalls, lose and double nothing`, {
  timeout: realMs * 2 + 240_000,
}, async () => {
  console.log(`seed ${seed}`)
  const folder = await tempFolder()
  const sandbox = await startSandbox({ speed, seed, holdMs: 25_000 })
  const bridge = spawnBridge([
    'language=en',
    'timezone=UTC',
    'log.level=warn',
    `data.dir=${folder.path}/data`,
    'wechat.connector=web',
    `wechat.web.loginBase=${sandbox.origin}`,
    'wechat.web.acceptRisk=true',
    ...fastPace,
    'web.port=0',
  ])
  try {
    const person = await Person.at(await bridge.page)
    const life = new Life(sandbox.control, person, seed)
    await life.logIn()
    const end = Date.now() + realMs
    while (Date.now() < end) {
      await life.minute()
      await realClock.sleep(60_000 / speed, new AbortController().signal)
      expect(bridge.dead(), bridge.errors()).toBe(false)
    }
    await life.online()
    await life.greet()
    const seen = await accounted(life, person)
    console.log({ ...life.counts(), ...seen, held: bridge.held() })
    expectFlat(bridge.held())
  } finally {
    const code = await bridge.stop()
    await sandbox.close()
    await folder.drop()
    expect(code, bridge.errors()).toBe('exit 0')
  }
})

/** Everything said is in the bridge once, everything written is in WeChat once. */
async function accounted(life: Life, person: Person) {
  const all = async () => {
    const found: View[] = []
    for (const { id } of await person.chats()) found.push(...(await person.messages(id)))
    return found
  }
  const idOf = (view: View) => view.id.split('/').at(-1) ?? ''
  let views: View[] = []
  const missing = () => {
    const here = new Set(views.map(idOf))
    return life.said.filter(({ id }) => !here.has(id))
  }
  await until(
    async () => {
      views = await all()
      return missing().length === 0
    },
    () => `everything said: ${missing().length} missing, like ${JSON.stringify(missing()[0])}`,
    60_000,
  )
  await until(
    async () => {
      views = await all()
      await life.answer()
      await life.resend(views)
      return life.undelivered(views).length === 0
    },
    () => `everything written: ${JSON.stringify(life.undelivered(views).slice(0, 3))}`,
    90_000,
  )
  const wrong = {
    doubledIn: life.said.filter(({ id }) => views.filter((view) => idOf(view) === id).length > 1),
    misplaced: life.misplaced(views),
    doubledOut: life.doubledOut(),
    unrecalled: life.unrecalled(views),
    strangers: life.strangers(views),
  }
  expect(wrong).toEqual({
    doubledIn: [],
    misplaced: [],
    doubledOut: [],
    unrecalled: [],
    strangers: [],
  })
  return { received: life.said.length, sent: life.written.length }
}

/** The last quarter of the time holds no more memory than the second, but for what lives in bounded caches. */
function expectFlat(held: readonly number[]): void {
  if (held.length < 12) return
  const quarter = Math.floor(held.length / 4)
  const least = (some: readonly number[]) => Math.min(...some)
  const early = least(held.slice(quarter, 2 * quarter))
  const late = least(held.slice(-quarter))
  expect(late).toBeLessThan(early * 1.25 + 8 * 1024 * 1024)
}

function spawnBridge(sets: readonly string[]) {
  const script = fileURLToPath(new URL('./process.ts', import.meta.url))
  const args = ['--expose-gc', '--disable-warning=DEP0060', script, JSON.stringify({ sets, speed })]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors: string[] = []
  const held: number[] = []
  const page = Promise.withResolvers<string>()
  let ended: string | undefined
  if (!child.stdout || !child.stderr) throw new Error('no pipes')
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('page ')) page.resolve(line.slice(5))
    else if (line.startsWith('held ')) held.push(Number(line.split(' ')[1]))
    else keep(line)
  })
  createInterface({ input: child.stderr }).on('line', keep)
  const over = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = signal ?? `exit ${code}`
      resolve(ended)
      page.reject(new Error(`the bridge ended: ${ended}\n${errors.join('\n')}`))
    })
  })
  return {
    page: page.promise,
    dead: () => ended !== undefined,
    errors: () => errors.join('\n'),
    held: () => held,
    stop: () => {
      child.kill('SIGTERM')
      return over
    },
  }
  function keep(line: string): void {
    if (process.env.SHOW_LOG) console.error(line)
    errors.push(line)
    if (errors.length > 60) errors.shift()
  }
}
