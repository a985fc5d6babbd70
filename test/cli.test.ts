import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parseRegistration } from '../adapters/matrix/registration.ts'
import { tempFolder } from './support/ports.ts'

// Each command is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000 })

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
    const options = { cwd: folder.path, env, timeout: 200_000 }
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
  const made = await readFile(file, 'utf8')
  const again = await cli(...args)
  expect(again.code).toBe(1)
  expect(again.err).toContain('reg.yaml was not written: it is there already.')
  expect(again.err).not.toContain('    at ')
  expect(await cli(...args, '--keep')).toMatchObject({
    code: 0,
    out: expect.stringContaining('reg.yaml is there already, and is kept.'),
  })
  const elsewhere = await cli(
    'registration',
    '--url',
    'http://bridge:1',
    '--out',
    'reg.yaml',
    '--keep',
  )
  expect(elsewhere.out).toContain('Its url is http://127.0.0.1:29391, not http://bridge:1')
  expect(await readFile(file, 'utf8')).toBe(made)
  await writeFile(join(folder.path, 'half.yaml'), 'id: wechat\n')
  const half = await cli('registration', '--url', 'http://bridge:1', '--out', 'half.yaml', '--keep')
  expect(half).toMatchObject({
    code: 78,
    err: expect.stringContaining('The Matrix registration file'),
  })
  const first = await cli('registration', '--url', 'http://bridge:1', '--out', 'new.yaml', '--keep')
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining('Written to new.yaml.') })
})

test('a wrong command or option is answered with the usage', async () => {
  expect(await cli('dance')).toMatchObject({ code: 64, err: expect.stringContaining('run') })
  expect(await cli('--bogus')).toMatchObject({ code: 64, err: expect.stringContaining('run') })
  expect(await cli('registration', '--url', 'ftp://x')).toMatchObject({
    code: 64,
    err: expect.stringContaining('--url: expected'),
  })
  expect(await cli('doctor', '--patience', 'x')).toMatchObject({
    code: 64,
    err: expect.stringContaining('--patience: expected a number of seconds'),
  })
})

test('the help says the exit codes, which the document explains', async () => {
  const { code, out } = await cli('--help')
  expect(code).toBe(0)
  const document = await readFile(new URL('../docs/operating.md', import.meta.url), 'utf8')
  for (const exit of ['0', '1', '64', '78']) {
    expect(out).toMatch(new RegExp(`Exit codes:[\\s\\S]*\\b${exit}\\b`))
    expect(document).toContain(`| ${exit} |`)
  }
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
