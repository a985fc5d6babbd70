import { expect, test } from 'vitest'
import { z } from 'zod'
import { allowedWords } from '../../config/allowed.ts'
import { commentsOf } from '../../config/comments.ts'
import { optionsReference, sectionsReference } from '../../config/reference.ts'
import { describe as describeConfig, kinds, loadConfig } from '../support/config.ts'

const reference = optionsReference(kinds)
const byPath = (path: string) => reference.find((option) => option.path === path)

test('every option and every section has a sentence directly above it', () => {
  const mute = [...reference, ...sectionsReference(kinds)].filter(
    ({ comment }) => !/^\S.{3,}[.)…]$/s.test(comment),
  )
  expect(mute.map(({ path }) => path)).toEqual([])
})

test('no two options of one section share their sentence', () => {
  const seen = new Set<string>()
  const twice = reference.filter(({ path, comment }) => {
    const key = `${path.slice(0, path.lastIndexOf('.'))}: ${comment}`
    const isKnown = seen.has(key)
    seen.add(key)
    return isKnown
  })
  expect(twice).toEqual([])
})

test('the reference and the configuration know the same options', () => {
  const loaded = loadConfig({ files: [], env: {}, sets: [] })
  const shown = describeConfig(loaded).split('\n')
  const paths = reference.map(({ path }) => path)
  expect(paths.toSorted()).toEqual(shown.map((line) => line.split(' = ')[0]).toSorted())
  expect(new Set(paths).size).toBe(paths.length)
})

test('every default is allowed, and every option can be given its own default in the environment', () => {
  const env = Object.fromEntries(
    reference.map((option) => [
      option.environment,
      typeof option.default === 'string' ? option.default : JSON.stringify(option.default),
    ]),
  )
  const plain = loadConfig({ files: [], env: {}, sets: [] })
  const given = loadConfig({ files: [], env, sets: [] })
  expect(given.config).toEqual(plain.config)
  for (const { path, environment } of reference) {
    expect(given.origins.get(path)).toBe(`environment ${environment}`)
  }
})

test('an option is told of whole', () => {
  expect(byPath('telegram.token')).toEqual({
    path: 'telegram.token',
    default: null,
    allows: 'a bot token like 123456:ABC-DEF… or null',
    secret: true,
    environment: 'BRIDGE__TELEGRAM__TOKEN',
    alsoEnvironment: ['TELEGRAM_BOT_TOKEN'],
    comment: expect.stringContaining('from @BotFather'),
  })
  expect(byPath('wechat.ilink.pace.sameChat.ms')).toMatchObject({
    default: 1500,
    secret: false,
    environment: 'BRIDGE__WECHAT__ILINK__PACE__SAMECHAT__MS',
  })
})

test.each([
  ['language', 'one of zh, en'],
  ['web.port', 'a whole number from 0 to 65535'],
  ['wechat.pace.perMinute', 'a whole number, 1 or more'],
  ['wechat.pace.newcomer.share', 'a number above 0 and at most 1'],
  ['retention.messageDays', 'a number above 0, or auto'],
  ['backup.everyHours', 'a number, 0 or more'],
  ['data.dir', 'a text that is not empty'],
  ['web.publicUrl', 'an origin like https://host:port, without a path, or null'],
  ['matrix.provisioning.secret', 'a text of at least 16 characters or null'],
  ['matrix.roomVersion', 'a text that is not empty or a whole number or null'],
  ['telegram.enabled', 'true, false or auto'],
  ['web.enabled', 'true or false'],
  ['wechat.connector', 'one of sandbox, web, puppet, http, ilink'],
  ['wechat.ilink.name', 'a text of 1 to 100 characters'],
  ['wechat.http.mediaHosts', 'a list, each host or host:port'],
  ['wechat.puppet.options', 'a map of names, each to any value'],
  [
    'matrix.permissions',
    'a map: *, a domain like example.org or a user id like @alice:example.org; each to one of relay, user, admin',
  ],
])('%s allows %s', (path, words) => {
  expect(byPath(path)?.allows).toBe(words)
})

test.each([
  [z.number(), 'a number'],
  [z.number().max(3), 'a number, at most 3'],
  [z.number().lt(3), 'a number, below 3'],
  [z.number().gt(0).lt(3), 'a number above 0 and below 3'],
  [z.union([z.number().int(), z.literal('off')]), 'a whole number or off'],
  [z.enum(['a', 'b']).nullable(), 'one of a, b, or null'],
  [z.strictObject({ a: z.number() }), 'a section with options'],
])('%o in words', (schema, words) => {
  expect(allowedWords(schema)).toBe(words)
})

test('a comment is what stands directly above, on lines of its own', () => {
  const text =
    '# Head.\n# More.\n\n# Gone.\n\na: 1 # beside\n# Of b,\n# long.\nb:\n  # Of c.\n  c: { d: 1 }\n'
  expect(Object.fromEntries(commentsOf(text))).toEqual({
    '': 'Head. More.',
    a: '',
    b: 'Of b, long.',
    'b.c': 'Of c.',
    'b.c.d': '',
  })
})

test('sections come with theirs, those of connectors from the head of their file', () => {
  const sections = sectionsReference(kinds)
  const comment = (path: string) => sections.find((each) => each.path === path)?.comment
  expect(comment('wechat.pace.sameChat')).toBe('Between two messages to the same chat.')
  expect(comment('wechat.http')).toContain('A gateway of your own')
  expect(comment('wechat.ilink.pace')).toContain('through the bot')
  expect(sections.map(({ path }) => path)).not.toContain('wechat.doors')
})
