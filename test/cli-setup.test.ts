import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { columns } from '../src/cli/columns.ts'
import { setup } from '../src/cli/setup.ts'
import type { ConnectorKind } from '../src/ports/connector-kind.ts'
import { kinds, loadConfig } from './support/config.ts'
import { tempFolder } from './support/ports.ts'

let folder: Awaited<ReturnType<typeof tempFolder>>
beforeAll(async () => {
  folder = await tempFolder()
})
afterAll(() => folder.drop())

const section = z.strictObject({ endpoint: z.string().startsWith('host').nullable() })

/** A way that cannot run without an address. */
const gateway: ConnectorKind = {
  ...(kinds.find(({ name }) => name === 'web') as ConnectorKind),
  name: 'gate',
  schema: section,
  missing: (options) =>
    section.parse(options).endpoint === null
      ? [{ option: 'endpoint', why: 'expected host:port' }]
      : [],
}

async function talk(answers: string, out: string, language = 'en') {
  const { config } = loadConfig({ files: [], env: {}, sets: [`language=${language}`] })
  const wechat = {
    ...config.wechat,
    sections: { ...config.wechat.sections, gate: { endpoint: null } },
  }
  const input = new PassThrough()
  input.end(answers)
  const output = new PassThrough()
  const said = text(output)
  const asked: ConnectorKind = { ...gateway, record: () => record(config) }
  const file = join(folder.path, out)
  const [code] = await Promise.all([
    setup({ ...config, wechat }, [...kinds, asked], file, { input, output }).finally(() =>
      output.end(),
    ),
  ])
  return { code, said: await said, file }
}

type Config = ReturnType<typeof loadConfig>['config']
const webSection = (config: Config) => config.wechat.sections.web as object
const record = (config: Config) =>
  (kinds.find(({ name }) => name === 'web') as ConnectorKind).record(webSection(config))

test('each way is told by what its record says, in both languages', async () => {
  const { said } = await talk('', 'none.yaml')
  for (const kind of kinds) expect(said).toContain(kind.name)
  expect(said).toMatch(/risk for the account +high: since January 2025/)
  expect(said).toMatch(/takes back what you sent +within 2 minutes/)
  const { said: zh } = await talk('', 'none.yaml', 'zh')
  expect(zh).toMatch(/账号风险 +高：/)
})

test('answers that end early write nothing', async () => {
  const { code, said, file } = await talk('web\n', 'early.yaml')
  expect(code).toBe(1)
  expect(said).toContain('Nothing was written.')
  await expect(stat(file)).rejects.toThrow('ENOENT')
})

test('what was chosen is a configuration that loads, readable by its owner alone', async () => {
  const token = `123456:${'a'.repeat(30)}`
  const { code, file } = await talk(`nothing\nweb\n${token}\n`, 'chosen.yaml')
  expect(code).toBe(0)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const { config } = loadConfig({ files: [file], env: {}, sets: [] })
  expect(config).toMatchObject({ wechat: { connector: 'web' }, telegram: { token } })
})

test('what a way lacks is asked for, until the answer fits', async () => {
  const { said, file } = await talk('gate\nnonsense\n\nhost:1\n\n', 'gate.yaml')
  expect(said).toContain('wechat.gate.endpoint (expected host:port)')
  expect(parse(await readFile(file, 'utf8'))).toEqual({
    language: 'en',
    wechat: { connector: 'gate', gate: { endpoint: 'host:1' } },
  })
})

test('a file that is there is never overwritten', async () => {
  await writeFile(join(folder.path, 'there.yaml'), 'mine')
  await expect(talk('sandbox\n\n', 'there.yaml')).rejects.toThrow('it is there already')
  expect(await readFile(join(folder.path, 'there.yaml'), 'utf8')).toBe('mine')
})

test('columns line up for Chinese too, and long cells go on below', () => {
  const shown = columns(
    [
      ['', 'one', 'two'],
      ['问题', 'a b c', '很长很长的答案'],
    ],
    8,
  )
  expect(shown.split('\n')).toEqual([
    '      one    two',
    '问题  a b c  很长很长',
    '             的答案',
  ])
})
