import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

// Inside the project, so that a small suite of its own finds vitest.
const cache = resolve(import.meta.dirname, '../.cache')
const script = resolve(import.meta.dirname, '../scripts/test.ts')
const reporter = resolve(import.meta.dirname, 'support/counts-reporter.ts')
let folder: string

beforeEach(async () => {
  await mkdir(cache, { recursive: true })
  folder = await mkdtemp(join(cache, 'suite-'))
  await writeFile(
    join(folder, 'vitest.config.ts'),
    `export default { test: { reporters: [${JSON.stringify(reporter)}], include: ['*.test.ts'], projects: [{ extends: true, test: { name: 'small' } }] } }`,
  )
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs the small suite as `npm test` runs the large one. */
async function suite(files: Readonly<Record<string, string>>) {
  for (const [name, body] of Object.entries(files)) {
    const head = `import { existsSync, writeFileSync } from 'node:fs'\nimport { expect, test } from 'vitest'\n`
    await writeFile(join(folder, `${name}.test.ts`), head + body)
  }
  const child = spawn(process.execPath, [script], {
    cwd: folder,
    env: { ...process.env, VITEST: undefined, VITEST_POOL_ID: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    out += data
  })
  const code = await new Promise((over) => child.once('close', over))
  return { code, out, counts: await readFile(join(folder, '.cache/counts'), 'utf8') }
}

const good = `test('good', () => {})\ntest.skip('left out', () => {})\n`
const flaky = `test('now and then', () => {
  const was = existsSync('was')
  writeFileSync('was', '')
  expect(was).toBe(true)
})\n`
const bad = `test('bad', () => expect(1).toBe(2))\n`

test('what passes passes, once', async () => {
  const { code, out, counts } = await suite({ good })
  expect({ code, counts }).toEqual({ code: 0, counts: '1 passed, 0 failed, 1 skipped\n' })
  expect(out).not.toContain('Once more')
})

test('a file with an accident runs again alone; it is named, and counted once', async () => {
  const { code, out, counts } = await suite({ good, flaky: good + flaky })
  expect({ code, counts }).toEqual({ code: 0, counts: '3 passed, 0 failed, 2 skipped\n' })
  expect(out).toContain('Failed at first, and passed alone:\n  small: flaky.test.ts')
  expect(out).toContain('now and then')
})

test('what is broken fails', async () => {
  const { code, out, counts } = await suite({ good, bad })
  expect({ code, counts }).toEqual({ code: 1, counts: '1 passed, 1 failed, 1 skipped\n' })
  expect(out).toContain('Failed at first:\n  small: bad.test.ts')
})

test('many files at once are no accident', async () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const { code, out, counts } = await suite(Object.fromEntries(names.map((name) => [name, bad])))
  expect({ code, counts }).toEqual({ code: 1, counts: '0 passed, 5 failed, 0 skipped\n' })
  expect(out).not.toContain('Once more')
})

test('what happens outside of tests is no accident', async () => {
  const stray = `test('leaves something behind', () => void Promise.reject(new Error('stray')))\n`
  const { code, out } = await suite({ good, stray })
  expect(code).toBe(1)
  expect(out).not.toContain('Once more')
})
