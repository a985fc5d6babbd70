import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { tempFolder } from './support/ports.ts'

// Each command is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000 })

const script = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

let temp: Awaited<ReturnType<typeof tempFolder>>
let children: ChildProcess[]
beforeEach(async () => {
  temp = await tempFolder()
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await temp.drop()
})

interface Started {
  readonly child: ChildProcess
  /** Resolves with the code it ends with, or the signal that ended it. */
  readonly ended: Promise<string>
  readonly out: Promise<string>
  readonly err: Promise<string>
}

function started(words: readonly string[], nodeArgs: readonly string[] = []): Started {
  const child = spawn(process.execPath, [...nodeArgs, script, ...words], {
    cwd: temp.path,
    env: { PATH: process.env.PATH ?? '', TMPDIR: temp.path },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  children.push(child)
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? String(code)))
  })
  if (!child.stdout || !child.stderr) throw new Error('no pipes')
  return { child, ended, out: text(child.stdout), err: text(child.stderr) }
}

/** Asks its own process to stop as soon as anybody listens for that, and says what was loaded until then. */
const watcher = (signal: string) => `
import { registerHooks } from 'node:module'
const loaded = []
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
process.on('newListener', (name) => {
  if (name !== '${signal}') return
  process.send({ loaded })
  process.nextTick(() => process.kill(process.pid, name))
})
process.channel.unref()
`

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s is heard from the first moment on, and no failure of a bridge that has not begun',
  async (signal) => {
    const file = join(temp.path, 'watcher.mjs')
    await writeFile(file, watcher(signal))
    const { child, ended, out, err } = started(
      ['run', '--set', 'web.port=0'],
      ['--import', pathToFileURL(file).href],
    )
    const { loaded } = await new Promise<{ loaded: string[] }>((resolve) =>
      child.once('message', (message) => resolve(message as { loaded: string[] })),
    )
    expect(await ended, await err).toBe('0')
    expect(await err).toBe('')
    // It never was a bridge.
    expect(await out).toBe('')
    const ours = loaded.map((url) => url.replace(/^.*\/src\//, 'src/'))
    expect(ours).toContain('src/cli.ts')
    expect(
      loaded.filter((url) => /node_modules|\/adapters\/|main\.ts|\/config\//.test(url)),
    ).toEqual([])
  },
)

test('a bridge that runs ends with 0 when it is asked to', async () => {
  const { child, ended, out } = started(['run', '--set', 'web.port=0', '--set', 'language=en'])
  await new Promise<void>((resolve) => {
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Open the page')) resolve()
    })
  })
  child.kill('SIGTERM')
  expect(await ended).toBe('0')
  expect(await out).toContain('This is a sandbox')
})

test('a command that is interrupted ends at once, with what a shell would say', async () => {
  const asked = Promise.withResolvers<void>()
  // It never answers.
  const server = createServer(() => asked.resolve())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const sets = ['wechat.connector=web', `wechat.web.loginBase=http://127.0.0.1:${port}`]
    const words = ['config', 'check', '--online', '--patience', '200']
    const { child, ended } = started([...words, ...sets.flatMap((set) => ['--set', set])])
    await asked.promise
    child.kill('SIGINT')
    expect(await ended).toBe('130')
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
