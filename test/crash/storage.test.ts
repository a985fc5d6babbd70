import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { allWell, openScene } from './scene.ts'

// The real process, when its storage fails it.

const unmountable = whyNoMount()

describe.skipIf(unmountable)(
  `a full disk${unmountable ? ` (skipped: ${unmountable})` : ''}`,
  () => {
    test('nothing is confirmed that is not kept; with room again everything goes on by itself', async () => {
      await using disk = await smallDisk(24)
      await using scene = await openScene({ folder: disk.path, process: { patienceMs: 2_000 } })
      const { ground, say, settled, talk } = scene
      await say(2)
      await until(() => arrived(talk), 'the first')
      disk.fill()
      await fillWithMessages()
      const confirmed = ground.hub.said.length - ground.hub.events.waiting
      expect(confirmed).toBeLessThan(ground.hub.said.length)
      // What was confirmed before this death must come out of what is on the full disk.
      await scene.bridge().kill()
      disk.empty()
      await scene.again()
      expect(await settled()).toEqual(allWell)

      disk.fill()
      await fillWithMessages()
      const { pid } = scene.bridge()
      await realClock.sleep(1_000, new AbortController().signal)
      disk.empty()
      expect(await settled(60_000)).toEqual(allWell)
      expect(scene.bridge().pid).toBe(pid)

      /** Until the bridge takes nothing more. */
      async function fillWithMessages(): Promise<void> {
        await until(async () => {
          const before = ground.hub.events.waiting
          await say(2)
          await realClock.sleep(200, new AbortController().signal)
          return ground.hub.events.waiting >= before + 12
        }, 'a bridge that can keep nothing more')
      }
    }, 120_000)
  },
)

test('a database that another process holds for 10 s: everything waits, and then goes on', async () => {
  await using scene = await openScene()
  const { ground, say, settled, talk } = scene
  await say(1)
  await until(() => arrived(talk), 'the first')
  const held = await holdDatabase(join(ground.folder, 'data', 'bridge.sqlite'), 10_000)
  await say(2)
  await held.over
  expect(await settled()).toEqual(allWell)
}, 60_000)

test('a damaged database: the bridge does not run on it, and names the file and what to restore', async () => {
  await using scene = await openScene()
  const { ground, say, settled } = scene
  await say(3)
  expect(await settled()).toEqual(allWell)
  expect(await scene.bridge().stop()).toBe('exit 0')
  const file = join(ground.folder, 'data', 'bridge.sqlite')
  spoil(file)
  const { code, said } = await runBridge([
    ...ground.options.sets.filter((set) => !set.startsWith('web.')),
    'web.port=0',
  ])
  expect(said).toContain(file)
  expect(said).toMatch(/backup/i)
  expect(said).toMatch(/restore/i)
  expect(code).toBe(78)
}, 60_000)

function arrived(talk: Awaited<ReturnType<typeof openScene>>['talk']): boolean {
  const left = talk.books.look()
  return left.in + left.out === 0
}

/** Writes over a page in the middle, as a dying disk does. */
function spoil(file: string): void {
  const pages = Math.floor(statSync(file).size / 4_096)
  const handle = openSync(file, 'r+')
  for (let page = Math.floor(pages / 3); page < Math.ceil((pages * 2) / 3); page++) {
    writeSync(handle, Buffer.alloc(4_096, 0xa5), 0, 4_096, page * 4_096)
  }
  closeSync(handle)
}

/** The command line itself, as a supervisor runs it. */
async function runBridge(sets: readonly string[]): Promise<{ code: number; said: string }> {
  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
  const args = ['--disable-warning=DEP0060', cli, 'run', ...sets.flatMap((set) => ['--set', set])]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on('data', (chunk) => {
      said += chunk
    })
  }
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const [code] = (await once(child, 'close')) as [number]
  clearTimeout(late)
  return { code, said }
}

/** Resolves once the database is held; `over` once it is let go. */
async function holdDatabase(file: string, ms: number): Promise<{ over: Promise<unknown> }> {
  const script = `
    const db = new (require('node:sqlite').DatabaseSync)(process.argv[1], { timeout: 5000 })
    db.exec('BEGIN IMMEDIATE')
    console.log('held')
    setTimeout(() => { db.exec('COMMIT'); db.close() }, ${ms})`
  const child = spawn(process.execPath, ['-e', script, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const over = once(child, 'exit')
  await once(createInterface({ input: child.stdout }), 'line')
  return { over }
}

function whyNoMount(): string | undefined {
  if (process.platform !== 'linux') return 'a small disk is made with Linux mounts'
  const path = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'pipe' })
    execFileSync('umount', [path], { stdio: 'pipe' })
    return undefined
  } catch {
    return 'mounting a small disk is not allowed here'
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

/** A disk of so many MB, unmounted at the end whatever happens. */
async function smallDisk(megabytes: number) {
  const path = await mkdtemp(join(tmpdir(), 'small-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  const filler = join(path, 'filler')
  return {
    path,
    fill(): void {
      for (const size of [1_048_576, 65_536, 4_096, 1]) {
        try {
          for (;;) appendFileSync(filler, Buffer.alloc(size))
        } catch {}
      }
    },
    empty: () => rmSync(filler),
    async [Symbol.asyncDispose]() {
      execFileSync('umount', ['-l', path])
      await rm(path, { recursive: true })
    },
  }
}
