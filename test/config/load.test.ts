import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BridgeError } from '../../src/core/errors.ts'
import { describe as describeConfig, loadConfig } from '../support/config.ts'
import { tempFolder } from '../support/ports.ts'

const nothing = { files: [], env: {}, sets: [] }
let folder: Awaited<ReturnType<typeof tempFolder>>
beforeAll(async () => {
  folder = await tempFolder()
})
afterAll(() => folder.drop())

async function file(name: string, text: string): Promise<string> {
  const path = join(folder.path, name)
  await writeFile(path, text)
  return path
}

function faultOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(BridgeError)
    expect((error as BridgeError).failure.code).toBe('config')
    return (error as Error).message
  }
  throw new Error('expected a config error')
}

test('the defaults alone are a configuration: the sandbox and the page on loopback', () => {
  const { config } = loadConfig(nothing)
  expect(config.wechat.connector).toBe('sandbox')
  expect(config.web.host).toBe('127.0.0.1')
  expect(config.matrix.enabled).toBe(false)
})

test('later layers win: file, .env, environment, flag', async () => {
  const path = await file('a.yaml', 'web:\n  port: 1001\n  host: 127.0.0.2\nlanguage: en\n')
  const { config, origins } = loadConfig({
    files: [path],
    dotenv: 'BRIDGE__WEB__PORT=1002\nBRIDGE__LOG__LEVEL=debug\n',
    env: { BRIDGE__WEB__PORT: '1003' },
    sets: ['web.port=1004'],
  })
  expect(config.web).toMatchObject({ port: 1004, host: '127.0.0.2' })
  expect(config.log.level).toBe('debug')
  expect(origins.get('web.port')).toBe('--set')
  expect(origins.get('language')).toBe(path)
})

test('a typo names the file, the path and the nearest option', async () => {
  const path = await file('typo.yaml', 'matrix:\n  homserver:\n    url: https://a.example\n')
  const fault = faultOf(() => loadConfig({ ...nothing, files: [path] }))
  expect(fault).toContain(path)
  expect(fault).toContain('matrix.homserver.url')
  expect(fault).toContain('did you mean matrix.homeserver.url?')
})

test('a missing value is named with the reason it is needed', () => {
  const fault = faultOf(() => loadConfig({ ...nothing, sets: ['matrix.enabled=true'] }))
  for (const path of ['homeserver.url', 'homeserver.domain', 'registration', 'owner']) {
    expect(fault).toContain(`matrix.${path}: expected a value`)
  }
})

test('a wrong value names where it came from, what was expected and what was found', () => {
  const env = { BRIDGE__WEB__PORT: 'eighty' }
  const fault = faultOf(() => loadConfig({ ...nothing, env }))
  expect(fault).toMatch(
    /BRIDGE__WEB__PORT: web\.port: expected a whole number from 0 to 65535; found "eighty"/,
  )
})

test.each([
  ['not YAML', 'web: [1,'],
  ['a list', '- 1\n- 2\n'],
  ['a word', 'hello'],
  ['a section that is a number', 'web: 5\n'],
  ['a prototype', '__proto__:\n  polluted: 1\n'],
])('%s is a clear error, never a crash', async (name, text) => {
  const path = await file(`${name.replaceAll(' ', '-')}.yaml`, text)
  expect(faultOf(() => loadConfig({ ...nothing, files: [path] }))).toContain(path)
})

test('a file that is not there is a clear error', () => {
  const fault = faultOf(() => loadConfig({ ...nothing, files: [join(folder.path, 'no.yaml')] }))
  expect(fault).toContain('cannot be read (ENOENT)')
})

test('a room version may be written as a number', () => {
  const { config } = loadConfig({ ...nothing, env: { BRIDGE__MATRIX__ROOMVERSION: '11' } })
  expect(config.matrix.roomVersion).toBe('11')
})

test.each([
  ['wechat.web.clientVersion', '2.0', '2.0'],
  ['wechat.web.clientVersion', '2', '2'],
  ['wechat.web.userAgent', 'true', 'true'],
  ['data.dir', '2026', '2026'],
  ['data.dir', 'null', 'null'],
  ['matrix.roomVersion', '11', '11'],
  ['wechat.web.extspam', 'null', null],
  ['backup.everyHours', '0.5', 0.5],
  ['retention.messageDays', 'auto', 'auto'],
  ['retention.messageDays', '0.5', 0.5],
  ['wechat.pace.sameChat.ms', '10', 10],
])('%s=%s is read as the option means it', (option, text, value) => {
  const env = { [`BRIDGE__${option.replaceAll('.', '__')}`]: text }
  for (const from of [
    { sets: [`${option}=${text}`] },
    { env },
    { dotenv: `${Object.keys(env)[0]}=${text}` },
  ]) {
    const { config } = loadConfig({ ...nothing, ...from })
    const found = option
      .replace('wechat.web.', 'wechat.sections.web.')
      .split('.')
      .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], config)
    expect(found).toBe(value)
  }
})

test('a text that a file gives as a number is asked to be put in quotes', async () => {
  const path = await file('version.yaml', 'wechat:\n  web:\n    clientVersion: 2.0\n')
  const fault = faultOf(() => loadConfig({ ...nothing, files: [path] }))
  expect(fault).toMatch(
    /clientVersion: expected a text that is not empty; found 2 \(put it in quotes\)/,
  )
})

test.each([
  [
    'recall.policy=never',
    /recall\.policy: expected one of notice, redact, both, off; found "never"/,
  ],
  [
    'retention.messageDays=0',
    /retention\.messageDays: expected a number above 0, or auto; found 0/,
  ],
  ['retention.mediaHours=soon', /retention\.mediaHours: .*above 0, or auto; found "soon"/],
  [
    'retention.mediaBytes=1.5',
    /retention\.mediaBytes: expected a whole number, 1 or more; found 1\.5/,
  ],
  ['backup.keep=0', /backup\.keep: expected a whole number, 1 or more; found 0/],
  ['backup.everyHours=daily', /backup\.everyHours: expected a number, 0 or more; found "daily"/],
  [
    'wechat.pace.newcomer.share=2',
    /newcomer\.share: expected a number above 0 and at most 1; found 2/,
  ],
  ['wechat.pace.sameChat=5', /wechat\.pace\.sameChat: expected a section/],
  ['wechat.pace.perMinut=5', /did you mean wechat\.pace\.perMinute\?/],
])('%s is refused with what is allowed', (set, words) => {
  expect(faultOf(() => loadConfig({ ...nothing, sets: [set] }))).toMatch(words)
})

test('a secret can come from a file and is never printed', async () => {
  const secret = 'ab'.repeat(32)
  const path = await file('key', `${secret}\n`)
  const loaded = loadConfig({ ...nothing, sets: [`seal.key_file=${path}`] })
  expect(loaded.config.seal.key).toBe(secret)
  expect(describeConfig(loaded)).not.toContain(secret)
  const wrong = { ...nothing, env: { BRIDGE__SEAL__KEY: 'tooshort' } }
  expect(faultOf(() => loadConfig(wrong))).not.toContain('tooshort')
})

test('an origin with a path, or another scheme, is refused', () => {
  for (const bad of ['https://a.example/path', 'ftp://a.example', 'a.example']) {
    for (const option of ['wechat.web.loginBase', 'web.publicUrl', 'matrix.homeserver.url']) {
      const sets = [`${option}=${bad}`]
      expect(faultOf(() => loadConfig({ ...nothing, sets }))).toContain('expected an origin')
    }
  }
})

test('who may do what is one map, in files, in the environment and with --set', async () => {
  const path = await file(
    'p.yaml',
    'matrix:\n  permissions:\n    example.org: relay\n    "*": relay\n',
  )
  const named = '{"example.org": user, "@ann:example.org": admin}'
  const found = { 'example.org': 'user', '@ann:example.org': 'admin' }
  const permissionsOf = (sources: Partial<Parameters<typeof loadConfig>[0]>) =>
    loadConfig({ ...nothing, ...sources }).config.matrix.permissions
  expect(permissionsOf({})).toEqual({})
  expect(permissionsOf({ files: [path] })).toEqual({ 'example.org': 'relay', '*': 'relay' })
  // The later one takes the place of the whole map: nobody keeps a level by oversight.
  expect(permissionsOf({ files: [path], sets: [`matrix.permissions=${named}`] })).toEqual(found)
  expect(permissionsOf({ env: { BRIDGE__MATRIX__PERMISSIONS: named } })).toEqual(found)
  expect(permissionsOf({ dotenv: `BRIDGE__MATRIX__PERMISSIONS='${named}'` })).toEqual(found)
  expect(permissionsOf({ sets: ['matrix.permissions={example.org: user}'] })).toEqual({
    'example.org': 'user',
  })
  expect(
    describeConfig(loadConfig({ ...nothing, sets: [`matrix.permissions=${named}`] })),
  ).toContain('matrix.permissions = {"example.org":"user","@ann:example.org":"admin"}  (--set)')
  for (const wrong of [
    '{"example.org": owner}',
    '{"not a name": user}',
    'example.org',
    '[user]',
    '{',
  ]) {
    expect(faultOf(() => permissionsOf({ sets: [`matrix.permissions=${wrong}`] }))).toContain(
      'matrix.permissions',
    )
  }
})

test('a further account takes after the section of its connector, but for secrets', async () => {
  const sets = [
    'wechat.connector=web',
    'wechat.web.userAgent=X',
    'wechat.web.extspam=abc',
    'wechat.web.maxFileBytes=5',
  ]
  const own = 'wechat.doors={"second": {"connector": "web", "web": {"maxFileBytes": 7}}}'
  const { config } = loadConfig({ ...nothing, sets: [...sets, own] })
  expect(config.wechat.doors).toMatchObject({
    second: {
      connector: 'web',
      alerts: false,
      options: { userAgent: 'X', extspam: null, maxFileBytes: 7, desktop: true },
    },
  })
})

test('what is wrong with a further account is told by its name and the option', async () => {
  const doors = {
    'Second!': { connector: 'web' },
    third: { connector: 'wbe' },
    fourth: { connector: 'web', web: { userAgnet: 'X', desktop: 3 }, alert: true },
  }
  const sets = [`wechat.doors=${JSON.stringify(doors)}`]
  expect(faultOf(() => loadConfig({ ...nothing, sets }))).toContain('expected a name like second')
  const { 'Second!': _, ...rest } = doors
  const fault = faultOf(() =>
    loadConfig({ ...nothing, sets: [`wechat.doors=${JSON.stringify(rest)}`] }),
  )
  expect(fault).toContain('wechat.doors.third.connector: expected one of web')
  expect(fault).toContain('wechat.doors.fourth.alert: unknown option')
  expect(fault).toContain('wechat.doors.fourth.web.desktop')
  expect(fault).toContain('userAgnet')
})

test('secrets of further accounts are read from files and never shown', async () => {
  const secret = await file('extspam', 'S3CRET\n')
  const doors = { second: { connector: 'web', web: { extspam_file: secret } } }
  const sets = ['wechat.connector=web', `wechat.doors=${JSON.stringify(doors)}`]
  const loaded = loadConfig({ ...nothing, sets })
  expect(loaded.config.wechat.doors.second?.options).toMatchObject({ extspam: 'S3CRET' })
  expect(describeConfig(loaded)).not.toContain('S3CRET')
  expect(describeConfig(loaded)).toContain(
    `wechat.doors.second.web.extspam = (set)  (--set, file ${secret})`,
  )
})

test('a real account does not stand beside the sandbox, nor under a name that means something else', () => {
  const door = (name: string) => `wechat.doors={"${name}": {"connector": "web"}}`
  expect(faultOf(() => loadConfig({ ...nothing, sets: [door('second')] }))).toContain(
    'wechat.doors: expected none beside the sandbox',
  )
  for (const name of ['main', 'yes', 'code']) {
    const sets = ['wechat.connector=web', door(name)]
    expect(faultOf(() => loadConfig({ ...nothing, sets }))).toContain(
      'this one means something else',
    )
  }
})
