import { execFile } from 'node:child_process'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openSqlite } from '../../adapters/sql/open.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import type { Message } from '../../src/core/message.ts'
import { randomKey } from '../backup/ground.ts'
import { crashGround, type Place, type RawGround } from '../crash/ground.ts'
import { until as untilWithin } from '../support/until.ts'

// Bridges and commands are processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 900_000 })
const until = (ask: () => unknown, what: string | (() => string)) => untilWithin(ask, what, 180_000)

const script = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const places: readonly Place[] = [
  { who: 'lin', from: 'lin' },
  { who: 'hikers', from: 'wu', group: 'hikers' },
]

let ground: RawGround
let rooms: Awaited<ReturnType<RawGround['greet']>>
/** Everything said in the sandbox, and written in the hub, in order. */
let ins: string[]
let outs: string[]

beforeEach(async () => {
  ins = []
  outs = []
  // A small gap: so there is always a line towards WeChat, and a backup finds something in it.
  const sets = ['wechat.pace.sameChat.ms=60', 'backup.everyHours=0']
  ground = await crashGround({ sets })
})
afterEach(() => ground.drop())

interface Ended {
  readonly code: number
  readonly out: string
}

function cli(...args: string[]): Promise<Ended> {
  const sets = ground.options.sets.flatMap((set) => ['--set', set])
  return new Promise((resolve) => {
    const options = { cwd: ground.folder, env: { PATH: process.env.PATH ?? '' } }
    execFile(process.execPath, [script, ...args, ...sets], options, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out: out + err })
    })
  })
}

async function done(...args: string[]): Promise<string> {
  const { code, out } = await cli(...args)
  expect(code, `${args.join(' ')}: ${out}`).toBe(0)
  return out
}

/** Both sides talk in every place until they are stopped. */
function talk(): { stop(): Promise<void> } {
  let talking = true
  const turns = (async () => {
    while (talking) {
      for (const { who, from, group } of places) {
        const n = ins.length
        ins.push(`in ${n} ${who}`)
        await ground.sandbox.control.say(from, `in ${n} ${who}`, group)
        outs.push(`out ${n} ${who}`)
        ground.hub.say(rooms.get(who) ?? '', `out ${n} ${who}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
  })()
  return {
    async stop() {
      talking = false
      await turns
    },
  }
}

const delivered = () => ground.sandbox.control.delivered().map(({ text }) => text)
/** Also those that WeChat would know again by their id, and not say twice. */
const sends = () =>
  ground.sandbox.control.requests().filter(({ url }) => url.includes('/webwxsendmsg')).length
const posted = () =>
  ground.hub.posts.flatMap(({ post: { body, speaker } }) =>
    body.kind === 'text' && speaker.type === 'contact'
      ? body.text.map(({ text }) => text).join('')
      : [],
  )

/** What the archive holds, once the bridge has stopped. */
async function archived(): Promise<readonly Message[]> {
  const database = await openSqlite({
    path: join(ground.folder, 'data', 'bridge.sqlite'),
    sealKey: Buffer.from(randomKey(), 'hex'),
    clock: systemClock,
  })
  try {
    const all: Message[] = []
    for (const { chat } of await database.archive.chats()) {
      const page = await database.archive.messages(chat.id, 100_000)
      all.push(...page.map(({ message }) => message))
    }
    return all
  } finally {
    await database.close()
  }
}

const textOf = ({ content }: Message) => (content.kind === 'text' ? content.text : '')
const twice = (list: readonly string[]) => list.filter((one, at) => list.indexOf(one) !== at)

describe('backup and restore', () => {
  test.each(['stop', 'kill'] as const)(
    'under traffic both ways: after a %s nothing is lost, and nothing is said twice',
    async (end) => {
      const { control } = ground.sandbox
      let bridge = ground.start()
      await bridge.ready
      await ground.logIn()
      rooms = await ground.greet(places)
      await deadLetter()

      const talking = talk()
      await until(() => outs.length > 20 && delivered().length > 10, 'traffic')
      // What is posted is answered late for a while, so that the copy surely finds something in line.
      ground.hub.trouble.fault({ call: 'posts', how: { delayMs: 250 }, times: 150 })
      const before = { ins: [...ins], outs: [...outs], delivered: delivered() }
      const copy = join(ground.folder, 'copy')
      const said = await done('backup', copy)
      expect(said).toContain('The key is in it')
      // What WeChat had by then the copy cannot have in line for long; so there is something after it.
      await until(() => outs.length > before.outs.length + 40, 'more traffic')
      expect(await done('status')).toMatch(/WeChat: online as .*\nIn line: \d+/)
      await talking.stop()
      await until(() => posted().length >= ins.length, 'all in the rooms')
      await (end === 'kill' ? bridge.kill() : bridge.stop())
      const { logins } = control.session()
      await rm(join(ground.folder, 'data'), { recursive: true })

      const told = await done('restore', copy)
      expect(told).toMatch(/Restored into .*\d+ in line, 1 waiting for your word/)
      const waiting = Number(/(\d+) in line/.exec(told)?.[1])
      expect(waiting, 'the copy had something in line').toBeGreaterThan(0)
      const gone = delivered()
      const tries = sends()

      bridge = ground.start()
      await bridge.ready
      await until(() => control.session().online, 'online again')
      // Traffic goes on, both ways.
      const [n, m] = [ins.length, outs.length]
      const again = talk()
      await until(() => ins.length > n + 10, 'new traffic')
      await again.stop()
      await until(() => outs.slice(m).every((text) => delivered().includes(text)), 'all sent')
      const lacking = () => ins.filter((text) => !posted().includes(text))
      await until(
        () => lacking().length === 0,
        () => `all in the rooms; of ${ins.length}, ${n} from before, these are not: ${lacking()}`,
      )
      expect(control.session().logins, 'no new code was scanned').toBe(logins)

      // What the copy had in line was sent or is asked about; nothing went to WeChat again.
      expect(twice(delivered())).toEqual([])
      expect(sends() - tries).toBe(delivered().length - gone.length)
      const letters = await done('dead', 'list', '--limit', '1000')
      expect(letters).toContain('refused at first')
      for (const text of before.outs) {
        expect(gone.includes(text) || letters.includes(`“${text}”`), `${text} in\n${letters}`).toBe(
          true,
        )
      }
      const asked = letters.split('\n').filter((line) => line.includes('may have arrived'))
      expect(asked.length).toBeGreaterThan(0)
      expect(twice(posted()), 'nothing is told twice in the rooms').toEqual([])

      // The person looks, and sends the dead one again.
      const seq = /^(\d+) .*refused at first/m.exec(letters)?.[1] ?? ''
      expect(await done('dead', 'retry', seq)).toContain('Put back in line: 1')
      await until(() => delivered().includes('refused at first'), 'the dead letter')
      await bridge.stop()

      const texts = (await archived()).map(textOf).filter((text) => /^(in|out) \d+/.test(text))
      expect(twice(texts), 'no doubles in the archive').toEqual([])
      for (const text of [...before.ins, ...before.outs]) expect(texts).toContain(text)
      // WeChat tells again what it told after the backup.
      for (const text of ins) expect(texts).toContain(text)
      expect(await readdir(join(ground.folder, 'data'))).not.toContain('control.sock')
    },
  )

  /** Something that WeChat refused, before all else. */
  async function deadLetter(): Promise<void> {
    const { control } = ground.sandbox
    control.fault({ path: 'webwxsendmsg', how: { ret: 1201 }, times: 1 })
    ground.hub.say(rooms.get('lin') ?? '', 'refused at first')
    await until(
      async () => (await done('dead', 'list')).includes('refused at first'),
      'a dead letter',
    )
  }
})
