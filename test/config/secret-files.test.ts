import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { optionsReference } from '../../config/reference.ts'
import { describe as describeConfig, kinds } from '../support/config.ts'
import { configLab, faultsOf, key, load, token } from './config-lab.ts'

let lab: Awaited<ReturnType<typeof configLab>>
beforeAll(async () => {
  lab = await configLab()
})
afterAll(() => lab.drop())

const other = token.replace('1', '2')
/** A value that each secret allows. */
const fitting: Readonly<Record<string, string>> = {
  'seal.key': key,
  'telegram.token': token,
  'telegram.proxy': 'socks5://me:AAsecret@10.0.0.1:1080',
}
const secrets = optionsReference(kinds).filter(({ secret }) => secret)

test('the secrets are those we know of', () => {
  expect(secrets.map(({ path }) => path)).toEqual([
    'seal.key',
    'matrix.doublePuppet.token',
    'matrix.provisioning.secret',
    'telegram.token',
    'telegram.proxy',
    'wechat.web.extspam',
    'wechat.puppet.token',
    'wechat.http.secret',
  ])
})

test.each(
  secrets.map(
    ({ path, environment, alsoEnvironment }) => [path, environment, alsoEnvironment] as const,
  ),
)('%s may be read from a file, named in every layer', async (path, environment, also) => {
  const value = fitting[path] ?? 'AAsecret-0123456789'
  const file = await lab.file(`${value}\n`, path)
  const names = path.split('.')
  const yaml = names
    .reduceRight(
      (inner, name, at) =>
        `${'  '.repeat(at)}${name}${at === names.length - 1 ? '_file' : ''}:${inner}`,
      ` ${file}`,
    )
    .replace(/:( *)(?=\S+:)/g, ':\n$1')
  const layers = [
    { files: [await lab.file(yaml)] },
    { dotenv: `${environment}_FILE=${file}` },
    { env: { [`${environment}_FILE`]: file } },
    ...also.map((name) => ({ env: { [`${name}_FILE`]: file } })),
    { sets: [`${path}_file=${file}`] },
  ]
  for (const layer of layers) {
    const loaded = load(layer)
    const shown = describeConfig(loaded)
    expect(shown.split('\n').find((line) => line.startsWith(`${path} =`))).toMatch(
      new RegExp(`^${path} = \\(set\\) {2}\\(.*, file ${file}\\)$`),
    )
    expect(shown).not.toContain('AAsecret')
    const found = path
      .replace(/^wechat\./, 'wechat.sections.')
      .split('.')
      .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], loaded.config)
    expect(found).toBe(value)
  }
})

test('a later layer wins, whichever of both it uses', async () => {
  const inFile = await lab.file(`${other}\r\n`)
  const gives = await lab.file(`telegram:\n  token: "${token}"\n`)
  const names = await lab.file(`telegram:\n  token_file: ${inFile}\n`)
  const tokenOf = (sources: Parameters<typeof load>[0]) => load(sources).config.telegram.token
  expect(tokenOf({ files: [gives, names] })).toBe(other)
  expect(tokenOf({ files: [names, gives] })).toBe(token)
  expect(tokenOf({ files: [gives], env: { TELEGRAM_BOT_TOKEN_FILE: inFile } })).toBe(other)
  expect(tokenOf({ files: [names], env: { TELEGRAM_BOT_TOKEN: token } })).toBe(token)
  expect(
    tokenOf({ dotenv: `TELEGRAM_BOT_TOKEN_FILE=${inFile}`, env: { TELEGRAM_BOT_TOKEN: token } }),
  ).toBe(token)
  expect(
    tokenOf({ env: { TELEGRAM_BOT_TOKEN: token }, sets: [`telegram.token_file=${inFile}`] }),
  ).toBe(other)
  expect(tokenOf({ files: [names], sets: ['telegram.token=null'] })).toBe(null)
  // A file that nobody needs any more may be gone.
  expect(
    tokenOf({ sets: [`telegram.token=${token}`], env: { TELEGRAM_BOT_TOKEN_FILE: '/nowhere' } }),
  ).toBe(token)
  // Set to nothing, it is not there.
  expect(
    tokenOf({ files: [gives], env: { TELEGRAM_BOT_TOKEN_FILE: '', BRIDGE__TELEGRAM__TOKEN: '' } }),
  ).toBe(token)
  expect(
    tokenOf({ files: [await lab.file(`telegram:\n  token: "${token}"\n  token_file:\n`)] }),
  ).toBe(token)
})

test('both in one layer are one too many', async () => {
  const file = await lab.file(token)
  const both = await lab.file(`telegram:\n  token: "${token}"\n  token_file: ${file}\n`)
  const says = 'telegram.token_file: expected either the secret itself or its file; found'
  expect(faultsOf({ files: [both] })).toEqual([
    `${both}: ${says} telegram.token in line 2 too (line 3)`,
  ])
  expect(faultsOf({ env: { TELEGRAM_BOT_TOKEN: token, TELEGRAM_BOT_TOKEN_FILE: file } })).toEqual([
    `environment TELEGRAM_BOT_TOKEN_FILE: ${says} TELEGRAM_BOT_TOKEN too`,
  ])
  const own = { BRIDGE__TELEGRAM__TOKEN: token, BRIDGE__TELEGRAM__TOKEN_FILE: file }
  expect(faultsOf({ env: own })).toEqual([
    `environment BRIDGE__TELEGRAM__TOKEN_FILE: ${says} BRIDGE__TELEGRAM__TOKEN too`,
  ])
  expect(faultsOf({ sets: [`telegram.token=${token}`, `telegram.token_file=${file}`] })).toEqual([
    `--set: ${says} telegram.token too`,
  ])
})

test('what is wrong with the file is told by its name, never by what is in it', async () => {
  const loop = join(lab.path, 'loop')
  await symlink(loop, loop)
  const empty = await lab.file(' \n\n', 'empty')
  const wrong = await lab.file('AAsecret', 'wrong')
  const two = await lab.file(`${token}\n${token}\n`, 'two')
  const large = await lab.file('7'.repeat(65_537), 'large')
  const bytes = await lab.file(Uint8Array.of(0xff, 0xfe), 'bytes')
  const cases = [
    ['/nowhere/key', 'the file /nowhere/key cannot be read (ENOENT): there is no such file'],
    ['key', 'the file key cannot be read (ENOENT): there is no such file'],
    [lab.path, `the file ${lab.path} cannot be read (EISDIR): it is a folder`],
    [`${wrong}/key`, `the file ${wrong}/key cannot be read (ENOTDIR): there is no such file`],
    [loop, `the file ${loop} cannot be read (ELOOP): it is a link that leads to itself`],
    [empty, `the file ${empty} is empty`],
    [large, `the file ${large} is larger than 64 KiB`],
    [bytes, `the file ${bytes} is no text in UTF-8`],
    [wrong, `the file ${wrong}: expected a bot token like 123456:ABC-DEF…; found (secret)`],
    [two, `the file ${two}: expected a bot token like 123456:ABC-DEF…; found (secret)`],
    ['', 'expected the name of a file'],
  ] as const
  for (const [file, words] of cases) {
    expect(faultsOf({ sets: [`telegram.token_file=${file}`] })).toEqual([
      `--set: telegram.token_file: ${words}`,
    ])
  }
  const yaml = await lab.file('telegram:\n  token_file: [a]\n')
  expect(faultsOf({ files: [yaml] })).toEqual([
    `${yaml}: telegram.token_file: expected the name of a file (line 2)`,
  ])
})

test.skipIf(process.platform === 'win32')(
  'a file without end is read as far as a secret goes',
  () => {
    expect(faultsOf({ sets: ['seal.key_file=/dev/zero'] })).toEqual([
      '--set: seal.key_file: the file /dev/zero is larger than 64 KiB',
    ])
  },
)

test.each([token, key, 'AAsecretAAsecretAAsecret', 'AAsecret/AAsecret+AAsecret=='])(
  'a secret where its file was to be named is not shown: %s',
  (value) => {
    for (const option of ['telegram.token', 'seal.key', 'matrix.provisioning.secret']) {
      const [line, ...more] = faultsOf({ sets: [`${option}_file=${value}`] })
      expect(line).toContain('not shown, since it may be the secret itself')
      expect(line).not.toContain(value)
      expect(more).toEqual([])
    }
  },
)

/** Everywhere a secret may end up by a slip, and is told of without it. */
const slips: readonly (readonly [string, string])[] = [
  ['telegram.token', 'AAsecret'],
  ['telegram.token', ` ${token}x `],
  ['telegram.tokne', token],
  ['telegram.token.x', token],
  ['telegram', token],
  ['matrix.provisioning.secret', 'AAsecret'],
  ['matrix.provisioning', 'AAsecret'],
  ['seal.key', 'AAsecret'],
  ['telegram.apiRoot', token],
  ['telegram.apiRoot', `https://api.telegram.org/bot${token}`],
  ['telegram.apiRoot', 'https://me:AAsecret@api.example'],
  ['telegram.proxy', 'nonsense://me:AAsecret@10.0.0.1'],
  ['telegram.webhook.url', 'ftp://me:AAsecret@example.org/path'],
  ['telegram.webhook.url', 'http://example.org/?token=AAsecret'],
  ['matrix.homeserver.url', 'me:AAsecret@example.org'],
  ['matrix.homeserver.url', 'https://me:AAs@secret@example.org'],
  ['log.level', key],
  ['web.port', 'AAsecret0123456789AAsecret'],
  ['matrix.permissions', 'AAsecret'],
  ['matrix.permissions', '{"example.org": AAsecret0123456789AAsecret}'],
  ['wechat.http.mediaHosts', 'AAsecret'],
  ['wechat.puppet.options', 'AAsecret'],
  ['wechat.puppet.options', '{"token": "AAsecret"'],
  ['wechat.doors', 'AAsecret'],
  ['wechat.doors', '{"second": AAsecret0123456789AAsecret}'],
  ['wechat.doors', '{"second": {"connector": "http", "http": {"secret": "AAsecret"}}}'],
  ['wechat.doors', '{"second": {"connector": "http", "http": {"secrte": "AAsecret"}}}'],
  ['wechat.doors', '{"second": {"connector": "http", "http": "AAsecret"}}'],
  ['wechat.doors', '{"second": {"connector": "http", "secret": "AAsecret"}}'],
  ['wechat.doors', '{"second": {"connector": "http", "http": {"secret": ["AAsecret"]}}}'],
  ['wechat.doors', `{"second": {"connector": "http", "http": {"secret_file": "${token}"}}}`],
  [
    'wechat.doors',
    '{"second": {"connector": "http", "http": {"gateway": "http://me:AAsecret@a"}}}',
  ],
  ['wechat.doors', '{"second": {"connector": "http", "http": {"secret": "AAsecret"'],
]

test.each(slips)('a secret given as %s is told of without it: %s', async (path, value) => {
  const environment = `BRIDGE__${path.split('.').join('__')}`
  const quoted = value.startsWith('{') ? value : JSON.stringify(value)
  const names = path.split('.')
  const yaml = names.map((name, at) => `${'  '.repeat(at)}${name}:`).join('\n')
  const layers = [
    { sets: [`${path}=${value}`] },
    { env: { [environment]: value } },
    { files: [await lab.file(`${yaml} ${quoted}\n`)] },
  ]
  for (const layer of layers) {
    const lines = faultsOf(layer)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('\n')).not.toContain('AAs')
    expect(lines.join('\n')).not.toContain(key)
  }
})
