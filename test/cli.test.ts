import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseRegistration } from '../adapters/matrix/registration.ts'
import { tempFolder } from './support/ports.ts'

const script = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
let folder: Awaited<ReturnType<typeof tempFolder>>
beforeAll(async () => {
  folder = await tempFolder()
})
afterAll(() => folder.drop())

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command line in the test's folder, with a temporary folder of its own to leave traces in. */
async function cli(...args: string[]): Promise<Ended & { readonly left: readonly string[] }> {
  const tmp = join(folder.path, 'tmp')
  await mkdir(tmp, { recursive: true })
  const ended = await new Promise<Ended>((resolve) => {
    const env = { PATH: process.env.PATH ?? '', TMPDIR: tmp }
    const options = { cwd: folder.path, env, timeout: 25_000 }
    execFile(process.execPath, [script, ...args], options, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out, err })
    })
  })
  return { ...ended, left: await readdir(tmp) }
}

test('a typo in a file ends with exit code 78 and words that name it', async () => {
  await writeFile(join(folder.path, 'typo.yaml'), 'wechat:\n  conector: web\n')
  const { code, err } = await cli('run', '--config', 'typo.yaml')
  expect(code).toBe(78)
  expect(err).toContain(
    'typo.yaml: wechat.conector: unknown option, did you mean wechat.connector?',
  )
  expect(err).not.toContain('    at ')
})

test('config check shows each value with its origin', async () => {
  const { code, out } = await cli('config', 'check', '--set', 'web.port=9001')
  expect(code).toBe(0)
  expect(out).toContain('web.port = 9001  (--set)')
})

test('a registration is made once, readable by its owner alone', async () => {
  const args = ['registration', '--url', 'http://127.0.0.1:29391', '--out', 'reg.yaml']
  expect((await cli(...args)).code).toBe(0)
  const file = join(folder.path, 'reg.yaml')
  expect(parseRegistration(await readFile(file, 'utf8')).url).toBe('http://127.0.0.1:29391')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const again = await cli(...args)
  expect(again.code).toBe(1)
  expect(again.err).toContain('was not written')
})

test('a wrong command or option is answered with the usage', async () => {
  expect(await cli('dance')).toMatchObject({ code: 64, err: expect.stringContaining('run') })
  expect(await cli('--bogus')).toMatchObject({ code: 64, err: expect.stringContaining('run') })
})

test('a port that is taken ends the start with words, and leaves nothing behind', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as { port: number }
    const { code, err, left } = await cli('run', '--set', `web.port=${port}`)
    expect(code).toBe(78)
    expect(err).toContain(String(port))
    expect(left).toEqual([])
  } finally {
    server.close()
  }
})

test('a data folder in use is refused, so that two bridges never share it', async () => {
  const data = join(folder.path, 'shared-data')
  const { openSqlite } = await import('../adapters/sql/open.ts')
  const { systemClock: clock } = await import('../adapters/system/clock.ts')
  await mkdir(data)
  const path = join(data, 'bridge.sqlite')
  const first = await openSqlite({ path, sealKey: new Uint8Array(32), clock })
  try {
    const sets = [`data.dir=${data}`, 'wechat.connector=web', 'web.port=0']
    const { code, err } = await cli('run', ...sets.flatMap((set) => ['--set', set]))
    expect(code).toBe(78)
    expect(err).toContain('Another bridge is using')
  } finally {
    await first.close()
  }
})
