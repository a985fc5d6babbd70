import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readYaml } from '../../config/yaml-text.ts'
import { configLab, faultsOf, load, token } from './config-lab.ts'

let lab: Awaited<ReturnType<typeof configLab>>
beforeAll(async () => {
  lab = await configLab()
})
afterAll(() => lab.drop())

async function told(text: string | Uint8Array): Promise<readonly string[]> {
  const file = await lab.file(text)
  return faultsOf({ files: [file] }).map((line) => {
    expect(line.startsWith(`${file}: `), line).toBe(true)
    return line.slice(file.length + 2)
  })
}

test.each([
  [
    'web: [1,',
    'not valid YAML in line 1, column 9: it is not indented like its neighbours, or a [ or { is not closed',
  ],
  [
    'web:\n\tport: 1\n',
    'not valid YAML in line 2, column 1: a tab stands where only spaces may; indent with spaces',
  ],
  [
    'web:\n  port: 1\n host: a\n',
    'not valid YAML in line 3, column 1: it is not indented like its neighbours, or a [ or { is not closed',
  ],
  [
    'web: port: 1\n',
    'not valid YAML in line 1, column 6: a second "name:" in one line; put it on a line of its own, or the value in quotes',
  ],
  [
    'web:\n  port:1\n  host: a\n',
    'not valid YAML in line 2, column 3: no "name: value" (is the colon missing, or the space after it?)',
  ],
  [
    'language: "en\n',
    'not valid YAML in line 2, column 1: a closing quotation mark, a closing bracket or a comma is missing',
  ],
  [
    'language: @en\n',
    'not valid YAML in line 1, column 11: a value may not begin with @ or `; put it in quotes',
  ],
  [
    'language: "\\q"\n',
    'not valid YAML in line 1, column 12: a backslash that means nothing between " and "; use single quotes',
  ],
  [
    'language: "en" zh\n',
    'not valid YAML in line 1, column 16: something that does not belong here; put the value in quotes',
  ],
  [
    'language: en\n---\nlanguage: zh\n',
    'not valid YAML in line 2, column 1: a second document (---) begins; there may be one',
  ],
  ['- 1\n- 2\n', 'expected sections with options; found a list'],
  ['hello', 'expected sections with options; found a single value'],
  ['web:\n  port: 1\n  port: 2\n', 'web.port: there twice, first in line 2 (line 3)'],
  ['web:\n  port: 1\nweb:\n  host: a\n', 'web: there twice, first in line 1 (line 3)'],
  ['web:\n  port: 1\n  Port: 2\n', 'web.Port: there twice, first as web.port in line 2 (line 3)'],
  [
    'matrix:\n  permissions:\n    a.org: user\n    a.org: admin\n',
    'matrix.permissions.a.org: there twice, first in line 3 (line 4)',
  ],
  ['language: *x\n', 'language: a * that names nothing before it (line 1)'],
  [
    'language: !!js/function x\n',
    'language: a tag (!) that means nothing here; put the value in quotes (line 1)',
  ],
  [
    'language: !!binary aGVsbG8=\n',
    'language: a tag (!) that means nothing here; put the value in quotes (line 1)',
  ],
  ['? [a]\n: 1\n', ': a key that is no name (line 1)'],
  ['web: 5\n', 'web: expected a section with options; found 5 (line 1)'],
  [
    'web:\n  port:\n    - 1\n',
    'web.port: expected a whole number from 0 to 65535; found a list (line 2)',
  ],
  [
    'web:\n  port: {a: 1}\n',
    'web.port: expected a whole number from 0 to 65535; found a map (line 2)',
  ],
  ['web:\n  port:\n', 'web.port: expected a whole number from 0 to 65535; found null (line 2)'],
])('%j is told of with its place', async (text, words) => {
  expect(await told(text)).toEqual([words.replace(/^: /, '')])
})

test.each([
  ['nothing', ''],
  ['comments', '# Later.\n'],
  ['a document mark', '---\n'],
  ['null', 'null\n'],
  ['a section without options', 'web:\nmatrix: {}\n'],
  ['a mark of the byte order', '\ufeffweb:\r\n  host: 127.0.0.1\r\n'],
])('%s is fine', async (_, text) => {
  const file = await lab.file(text)
  expect(load({ files: [file] }).config).toEqual(load({}).config)
})

test('a file that is a folder, is not there or is no text is told of by its name', async () => {
  const file = await lab.file(Uint8Array.of(0x77, 0xff, 0xfe))
  expect(faultsOf({ files: [lab.path, `${file}/x`, file] })).toEqual([
    `${lab.path}: cannot be read (EISDIR): it is a folder`,
    `${file}/x: cannot be read (ENOTDIR): there is no such file`,
    `${file}: is no text in UTF-8`,
  ])
})

test('one value may be named and used again', async () => {
  const file = await lab.file(
    'wechat:\n  pace:\n    sameChat: &gap {ms: 1, jitterMs: 2}\n    media: *gap\n',
  )
  const { pace } = load({ files: [file] }).config.wechat
  expect([pace.sameChat, pace.media]).toEqual([
    { ms: 1, jitterMs: 2 },
    { ms: 1, jitterMs: 2 },
  ])
})

const names = [...'abcdefghijkl']
const bomb = names
  .map((name, at) => `${name}: &${name} [${Array(9).fill(at ? `*${names[at - 1]}` : 'x')}]`)
  .join('\n')

test.each([
  ['a bomb of names', bomb],
  ['a thousand uses of a name', `a: &a x\nb: [${Array(1_000).fill('*a')}]`],
  ['a circle', 'web: &web\n  web: *web\n'],
  ['brackets without end', `web: ${'['.repeat(100_000)}`],
  ['lists in lists', `${'- '.repeat(50_000)}a`],
  ['sections in sections', Array.from({ length: 60 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
])('%s is refused, not expanded', async (_, text) => {
  const [line, ...more] = await told(text)
  expect(line).toMatch(/^not valid YAML: nested far too deeply, or far larger/)
  expect(more).toEqual([])
})

test('a file larger than any configuration is refused', async () => {
  expect(await told(`# ${'x'.repeat(1_048_576)}`)).toEqual(['is larger than 1024 KiB'])
})

test('names that every object has are unknown options, and change none', async () => {
  const text =
    '__proto__:\n  polluted: 1\nconstructor:\n  prototype:\n    polluted: 1\nweb:\n  __proto__:\n    polluted: 1\n' +
    'matrix:\n  permissions:\n    __proto__: user\nwechat:\n  connector: web\n  doors:\n    __proto__:\n      connector: web\n'
  expect(await told(text)).toEqual([
    '__proto__: unknown option (line 1)',
    'web.__proto__: unknown option (line 7)',
    'matrix.permissions.__proto__: unknown option (line 11)',
    'wechat.doors.__proto__: unknown option (line 15)',
    'constructor.prototype.polluted: unknown option (line 5)',
  ])
  const sets = [
    '__proto__.polluted=1',
    'web.__proto__.polluted=1',
    'toString=1',
    'web.constructor=1',
  ]
  expect(faultsOf({ sets })).toHaveLength(4)
  expect(faultsOf({ sets: ['matrix.permissions={"__proto__": "user"}'] })).toHaveLength(1)
  expect(faultsOf({ env: { BRIDGE____PROTO____POLLUTED: '1' } })).toHaveLength(1)
  const door = 'wechat.doors={"constructor": {"connector": "web"}}'
  expect(faultsOf({ sets: ['wechat.connector=web', door] })).toHaveLength(1)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test.each([
  `telegram:\n  token ${token}\n`,
  `telegram:\n  token ${token}\n  enabled: true\n`,
  `telegram:\n  token: "${token}\n`,
  `telegram:\n  token: "${token}" ${token}\n`,
  `telegram:\n  token: @${token}\n`,
  `telegram:\n  token: *${token}\n`,
  `telegram:\n  token: !${token} x\n`,
  `telegram:\n  token: ["${token}"]\n`,
  `telegram:\n  token: {a: "${token}"\n`,
  `telegram:\n  token: x: ${token}\n`,
  `telegram:\n  "${token}": x\n`,
  `telegram: "${token}"\n`,
  `telegram: ["${token}"]\n`,
  `- "${token}"\n`,
  `"${token}"\n`,
  `%${token}\n`,
  `telegram:\n\ttoken: "${token}"\n`,
  `wechat:\n  doors: "${token}"\n`,
  `wechat:\n  doors:\n    - "${token}"\n`,
])('what is wrong in %j is told without what stands there', async (text) => {
  const lines = await told(text)
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.join('\n')).not.toContain('AAsecret')
})

test('whatever the text, it is read or refused', () => {
  const piece = fc.constantFrom(
    ...['web:', '\n', '\n  ', '\t', '- ', '? ', ': ', '&a ', '*a', '!!x ', '{', '}', '[', ']', ','],
    ...[
      '"',
      "'",
      '|\n',
      '>\n',
      '%',
      '@',
      '#',
      '---\n',
      '...\n',
      '<<: ',
      '__proto__: ',
      '\0',
      '\ufeff',
      '1',
    ],
  )
  const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 40 })
  fc.assert(
    fc.property(text, (pieces) => {
      const { value, problems } = readYaml(pieces.join(''))
      expect(value !== undefined || problems.length > 0).toBe(true)
      expect(({} as { web?: unknown }).web).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})

test('a key of digits alone, which YAML reads as a number, is asked to be put in quotes', async () => {
  expect(await told(`seal:\n  key: ${'1'.repeat(64)}\n`)).toEqual([
    'seal.key: expected 64 hexadecimal digits (32 bytes) or null; found (secret) (put it in quotes) (line 2)',
  ])
})

test('what is wrong inside a list or a map is told of with its place', async () => {
  const lists = 'wechat:\n  http:\n    mediaHosts:\n      - a.example\n      - http://b.example\n'
  expect(await told(lists)).toEqual([
    'wechat.http.mediaHosts.1: expected host or host:port; found "http://b.example" (line 3)',
  ])
  const maps = 'matrix:\n  permissions:\n    a.org: user\n    b.org: amdin\n'
  expect(await told(maps)).toEqual([
    'matrix.permissions.b.org: expected one of relay, user, admin; found "amdin", did you mean admin? (line 4)',
  ])
})

test('what is deeper than the parser can go is refused in the same words', async () => {
  const text = Array.from({ length: 1_300 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')
  expect(await told(text)).toEqual([
    expect.stringMatching(/^not valid YAML: nested far too deeply/),
  ])
})
