import { afterAll, beforeAll, expect, test } from 'vitest'
import { configLab, faultsOf, load, token } from './config-lab.ts'

let lab: Awaited<ReturnType<typeof configLab>>
beforeAll(async () => {
  lab = await configLab()
})
afterAll(() => lab.drop())

test.each([
  ['web.prot', 'web.port'],
  ['WEB.PROT', 'web.port'],
  ['matirx', 'matrix'],
  ['matrix.homserver', 'matrix.homeserver'],
  ['matrix.homserver.url', 'matrix.homeserver.url'],
  ['matrix.url', 'matrix.homeserver.url'],
  ['telegram.tokne', 'telegram.token'],
  ['telegram.token_fiel', 'telegram.token_file'],
  ['seal.keyfile', 'seal.key_file'],
  ['wechat.puppet.tokn_file', 'wechat.puppet.token_file'],
  ['wechat.wbe.userAgent', 'wechat.web.userAgent'],
  ['wechat.pace.same_chat.ms', 'wechat.pace.sameChat.ms'],
  ['retention.days', 'retention.messageDays'],
  ['telegram.botToken', 'telegram.token'],
  ['data.nothing', undefined],
  ['retention.xy', undefined],
  ['completely.different', undefined],
])('--set %s=… is told of with the nearest name: %s', (name, near) => {
  const words = near ? `unknown option, did you mean ${near}?` : 'unknown option'
  expect(faultsOf({ sets: [`${name}=1`] })).toEqual([`--set: ${name}: ${words}`])
})

test.each([
  ['BRIDGE__WEB__PROT', 'unknown option, did you mean BRIDGE__WEB__PORT?'],
  ['bridge__web__prot', 'unknown option, did you mean BRIDGE__WEB__PORT?'],
  ['BRIDGE__WEB_PORT', 'unknown option, did you mean BRIDGE__WEB__PORT?'],
  ['BRIDGE__TELEGRAM__TOKN_FILE', 'unknown option, did you mean BRIDGE__TELEGRAM__TOKEN_FILE?'],
  ['BRIDGE__MATRIX__URL', 'unknown option, did you mean BRIDGE__MATRIX__HOMESERVER__URL?'],
  ['BRIDGE_LOG_LEVEL', 'unknown name, did you mean BRIDGE__LOG__LEVEL?'],
  ['BRIDGE_WEB__PORT', 'unknown name, did you mean BRIDGE__WEB__PORT?'],
  ['BRIGDE__LOG__LEVEL', 'unknown name, did you mean BRIDGE__LOG__LEVEL?'],
  ['BRIDGE_SEAL_KEY_FILE', 'unknown name, did you mean BRIDGE__SEAL__KEY_FILE?'],
  ['TELEGRAM_BOT_TOKN', 'unknown name, did you mean TELEGRAM_BOT_TOKEN?'],
  ['TELEGRAM_BOT_TOKEN_FIEL', 'unknown name, did you mean TELEGRAM_BOT_TOKEN_FILE?'],
  ['BRIDGE__WEB', 'expected a section with options; found a text'],
  [
    'BRIDGE__MATRIX__PERMISSIONS__EXAMPLE',
    'unknown option; BRIDGE__MATRIX__PERMISSIONS is given as one map, like {"name": …}',
  ],
])('%s in the environment, or in .env, is told of: %s', (name, words) => {
  expect(faultsOf({ env: { [name]: 'x' } })).toEqual([`environment ${name}: ${words}`])
  expect(faultsOf({ dotenv: `${name}=x` })).toEqual([`.env ${name}: ${words}`])
  // Set to nothing, it is not there.
  expect(faultsOf({ env: { [name]: '' } })).toEqual([])
})

test.each([
  'PATH',
  'BRIDGE',
  'BRIDGE_HOME',
  // What Kubernetes gives everybody beside services of these names.
  'BRIDGE_PORT',
  'BRIDGE_WEB_PORT',
  'BRIDGE_SERVICE_HOST',
  'TELEGRAM_BOT_TOKEN_2',
  'TELEGRAM_CHAT_ID',
  'WEB__PORT',
])('%s is none of ours', (name) => {
  expect(faultsOf({ env: { [name]: 'tcp://10.0.0.1:80' } })).toEqual([])
})

test('names count in any case, in every layer', async () => {
  const file = await lab.file('WEB:\n  PORT: 1\nTelegram:\n  Token_File: x\nmatrix:\n  MPS: each\n')
  const secret = await lab.file(token, 'token')
  const { config } = load({
    files: [file],
    dotenv: 'bridge__log__level=debug',
    env: { Bridge__Web__Host: '127.0.0.9', telegram_bot_token_file: secret },
    sets: ['LANGUAGE=en'],
  })
  expect(config).toMatchObject({
    language: 'en',
    log: { level: 'debug' },
    web: { port: 1, host: '127.0.0.9' },
    telegram: { token },
    matrix: { mps: 'each' },
  })
})

test('the same option twice in the environment is told of, and twice as a flag the last one counts', () => {
  expect(faultsOf({ env: { BRIDGE__WEB__PORT: '1', bridge__web__port: '2' } })).toEqual([
    'environment bridge__web__port: web.port: there twice, first as BRIDGE__WEB__PORT',
  ])
  expect(load({ sets: ['web.port=1', 'web.port=2'] }).config.web.port).toBe(2)
})

test('the environment of the bridge wins over the shorter name', () => {
  const other = token.replace('1', '2')
  const env = { BRIDGE__TELEGRAM__TOKEN: token, TELEGRAM_BOT_TOKEN: other }
  expect(load({ env }).config.telegram.token).toBe(token)
})

test.each([
  ['web.port', 'expected section.name=value'],
  [`telegram.token:${token}`, 'expected section.name=value'],
  [`telegram.token ${token}`, 'expected section.name=value'],
  [`${token}`, 'expected section.name=value'],
  [`=${token}`, 'expected section.name=value'],
])('--set %s has no value', (set, words) => {
  const [line = ''] = faultsOf({ sets: [set] })
  expect(line).toContain(words)
  expect(line).not.toContain('AAsecret')
})

test('what is not there is not missed where its name is mistyped', () => {
  const lines = faultsOf({
    sets: ['matrix.enabled=true', 'matrix.homserver.url=https://a.example', 'matrix.owner=alice'],
  })
  expect(lines).toEqual([
    '--set: matrix.homserver.url: unknown option, did you mean matrix.homeserver.url?',
    '--set: matrix.owner: expected a Matrix user id like @alice:example.org or null; found "alice"',
    'matrix.homeserver.domain: expected a value, because matrix.enabled is true',
    'matrix.registration: expected a value, because matrix.enabled is true',
  ])
})

test('what a file that cannot be read would have said is not missed', () => {
  const lines = faultsOf({ files: [lab.path], sets: ['matrix.enabled=true', 'web.port=x'] })
  expect(lines).toEqual([
    `${lab.path}: cannot be read (EISDIR): it is a folder`,
    '--set: web.port: expected a whole number from 0 to 65535; found "x"',
  ])
})

test('the faults of all layers are told at once', async () => {
  const broken = await lab.file('web: [1,')
  const wrong = await lab.file('language: de\nlog:\n  level: loud\n')
  const lines = faultsOf({
    files: [broken, wrong],
    dotenv: 'BRIDGE__BACKUP__KEEP=0\nBRIDGE__NO__SUCH=1',
    env: { BRIDGE__WEB__PORT: 'x', BRIDGE__SEAL__KEY: 'secret' },
    sets: ['mps.digestAt=noon', 'nonsense', 'telegram.token_file=/nowhere/token'],
  })
  const wanted = [
    `${broken}: not valid YAML`,
    '.env BRIDGE__NO__SUCH: unknown option',
    '--set: nonsense: expected section.name=value',
    `${wrong}: language: expected one of zh, en; found "de" (line 1)`,
    `${wrong}: log.level: expected one of debug, info, warn, error; found "loud" (line 3)`,
    '.env BRIDGE__BACKUP__KEEP: backup.keep: expected a whole number, 1 or more; found 0',
    'environment BRIDGE__WEB__PORT: web.port: expected a whole number',
    'environment BRIDGE__SEAL__KEY: seal.key: expected 64 hexadecimal digits (32 bytes) or null; found (secret)',
    '--set: mps.digestAt: expected a time of day like 20:00; found "noon"',
    '--set: telegram.token_file: the file /nowhere/token cannot be read',
  ]
  expect(lines).toHaveLength(wanted.length)
  for (const [at, line] of lines.toSorted().entries()) {
    expect(line.startsWith(wanted.toSorted()[at] ?? '?'), line).toBe(true)
  }
})
