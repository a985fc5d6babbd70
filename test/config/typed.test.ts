import { expect, test } from 'vitest'
import { nearest } from '../../config/nearest.ts'
import { optionsReference } from '../../config/reference.ts'
import { kinds } from '../support/config.ts'
import { faultsOf, load } from './config-lab.ts'

const valueFrom = (path: string, sources: Parameters<typeof load>[0]) =>
  path
    .replace(/^wechat\.(web|http|puppet|ilink)\./, 'wechat.sections.$1.')
    .split('.')
    .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], load(sources).config)

const nameOf = (path: string) => `BRIDGE__${path.toUpperCase().replaceAll('.', '__')}`

test.each([
  ['web.enabled', 'false', false],
  ['web.enabled', 'False', false],
  ['web.enabled', 'FALSE', false],
  ['matrix.space', 'True', true],
  ['telegram.enabled', 'auto', 'auto'],
  ['telegram.enabled', 'false', false],
  ['web.publicUrl', 'null', null],
  ['web.publicUrl', 'NULL', null],
  ['wechat.web.userAgent', 'TRUE', 'TRUE'],
  ['wechat.ilink.name', '007', '007'],
  ['web.port', '08', 8],
  ['wechat.pace.newcomer.share', '0.25', 0.25],
  ['matrix.provisioning.secret', '1234567890123456', '1234567890123456'],
  ['matrix.doublePuppet.token', '12', '12'],
  ['seal.key', '1'.repeat(64), '1'.repeat(64)],
  ['wechat.http.mediaHosts', '["a.example", b.example:8443]', ['a.example', 'b.example:8443']],
  ['wechat.http.mediaHosts', '[]', []],
  ['wechat.puppet.options', '{"a": {"b": [1, true]}}', { a: { b: [1, true] } }],
  ['wechat.puppet.options', '{}', {}],
  ['data.dir', 'a=b#c "d"', 'a=b#c "d"'],
])('%s=%s in the environment and as a flag is %j', (path, text, value) => {
  expect(valueFrom(path, { env: { [nameOf(path)]: text } })).toEqual(value)
  expect(valueFrom(path, { sets: [`${path}=${text}`] })).toEqual(value)
})

test('set to nothing, no name of the environment is there', () => {
  const reference = optionsReference(kinds)
  const names = reference.flatMap(({ environment, alsoEnvironment }) =>
    [environment, ...alsoEnvironment].flatMap((name) => [name, `${name}_FILE`]),
  )
  const empty = Object.fromEntries(names.map((name) => [name, '']))
  expect(load({ env: empty }).config).toEqual(load({}).config)
  expect(load({ env: { BRIDGE__WEB__PORT: undefined } }).origins.get('web.port')).toBe('default')
  const dotenv = names.map((name) => `${name}=`).join('\n')
  expect(load({ dotenv }).config).toEqual(load({}).config)
  // Nor does it hide what a layer before it said.
  const both = { dotenv: 'BRIDGE__WEB__PORT=9001', env: { BRIDGE__WEB__PORT: '' } }
  expect(load(both).config.web.port).toBe(9001)
})

test('a flag set to nothing is an empty text, refused where none is allowed', () => {
  expect(valueFrom('wechat.puppet.endpoint', { sets: ['wechat.puppet.endpoint='] })).toBe('')
  const refused = optionsReference(kinds).filter(({ path }) => path !== 'wechat.puppet.endpoint')
  const lines = faultsOf({ sets: refused.map(({ path }) => `${path}=`) })
  expect(lines.map((line) => line.split(': ')[1]).toSorted()).toEqual(
    refused.map(({ path }) => path).toSorted(),
  )
  for (const line of lines) expect(line).toMatch(/: expected .*; found (""|a text|null)$/)
})

test.each([
  ['web.port', '8e3', 'expected a whole number from 0 to 65535; found "8e3"'],
  ['web.port', '65536', 'expected a whole number from 0 to 65535; found 65536'],
  ['web.port', '-1', 'expected a whole number from 0 to 65535; found -1'],
  ['web.port', '0x50', 'expected a whole number from 0 to 65535; found "0x50"'],
  ['web.enabled', 'yes', 'expected true or false; found "yes"'],
  ['web.enabled', '1', 'expected true or false; found 1'],
  ['web.enabled', 'null', 'expected true or false; found null'],
  [
    'log.level',
    'wran',
    'expected one of debug, info, warn, error; found "wran", did you mean warn?',
  ],
  ['wechat.http.mediaHosts', '["http://a"]', 'expected host or host:port; found "http://a"'],
  ['wechat.http.mediaHosts', 'a.example', 'expected a list, each host or host:port; found a text'],
  ['wechat.puppet.options', '[', 'not valid YAML in line 1, column 2'],
])('%s=%s is refused: %s', (path, text, words) => {
  expect(faultsOf({ env: { [nameOf(path)]: text } })).toEqual([
    expect.stringContaining(`environment ${nameOf(path)}: ${path}`),
  ])
  expect(faultsOf({ sets: [`${path}=${text}`] })).toEqual([expect.stringContaining(words)])
})

test.each([
  ['prot', 'port'],
  ['prt', 'port'],
  ['poort', 'port'],
  ['wbe', 'web'],
  ['PORT', 'port'],
  ['xyz', undefined],
  ['', undefined],
])('the name nearest to %j is %s', (wrong, name) => {
  expect(nearest(wrong, ['host', 'port', 'publicUrl', 'web'])).toBe(name)
})
