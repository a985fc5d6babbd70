import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCode, isMarked } from '../../adapters/telegram/owning.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Where something of such a name stands beside `===`, and why that tells nobody anything. What comes from outside is compared
 * with `timingSafeEqual`, by digests.
 */
const harmless: Readonly<Record<string, string>> = {
  'adapters/matrix/puppet.ts: get === token': 'both are kept here',
  'adapters/matrix/puppet.ts: token === token': 'both are held here: is it still the same',
  'adapters/matrix/registration.ts: asToken === hsToken': 'both are of one file',
  'adapters/telegram/commands-menu.ts: get === mark': 'of the words of a menu, no secret',
  'adapters/wechat-ilink/fault.ts: ret === staleToken': 'the number of an error',
  'adapters/wechat-ilink/state.ts: text !== token': 'both are kept here',
  'adapters/wechat-ilink/credentials.ts: token === current': 'both are kept here',
  'adapters/wechat-ilink/credentials.ts: token !== token':
    'what WeChat gave at a login, with what it gave before',
  'adapters/wechat-web/evidence.ts: signature === signature': 'what people write under their name',
}

const secret = /(?:token|secret|password|signature|proof|(?<!re)mark|cookie)$/i
/** A value: names and calls with dots between them. */
const value = String.raw`[\w$.?!#]+(?:\((?:[^()\n]|\([^()\n]*\))*\)[\w$.?!#]*)*\)*`
const comparing = new RegExp(String.raw`(${value}) ([!=]==) (\(*[\w$.?!#'"\x60]+)`, 'g')

test('nothing secret is compared in a time that tells how much of it was right', () => {
  const found = new Set<string>()
  for (const folder of ['src', 'adapters', 'config']) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    for (const file of names.filter((each) => each.endsWith('.ts'))) {
      const path = join(folder, file)
      // It plays WeChat's part, to try the bridge with: it knows no secret of anybody.
      if (path.startsWith('src/sandbox/')) continue
      for (const one of secretsComparedIn(readFileSync(join(root, path), 'utf8'))) {
        found.add(`${path}: ${one}`)
      }
    }
  }
  expect([...found].filter((each) => !(each in harmless))).toEqual([])
  expect(Object.keys(harmless).filter((each) => !found.has(each))).toEqual([])
})

test.each([
  ['if (given === options.hsToken) x', 'given === hsToken'],
  ['const ok = request.headers.token !== secret', 'token !== secret'],
  ["digestOf(wordIn(said) ?? '').toString('hex') === mark", 'toString === mark'],
  ['(await vault.get(name)) === kept.secret', 'get === secret'],
])('a comparison is seen in %s', (code, seen) => {
  expect(secretsComparedIn(code)).toEqual([seen])
})

/** The names at both ends of each comparison in which one of them says that it is secret. */
function secretsComparedIn(code: string): readonly string[] {
  return [...code.matchAll(comparing)].flatMap(([, left = '', sign, right = '']) => {
    const plain = /^(?:undefined|null|true|false|\d+|['"`].*)$/
    if (plain.test(left) || plain.test(right)) return []
    const [one, other] = [nameOf(left), nameOf(right)]
    return [one, other].some((name) => secret.test(name)) ? [`${one} ${sign} ${other}`] : []
  })
}

/** The last name of a value: of `a.b(c).d`, d. */
function nameOf(text: string): string {
  let plain = text
  for (let before = ''; before !== plain; ) {
    before = plain
    plain = plain.replace(/\([^()]*\)/g, '')
  }
  return /([\w$]+)\W*$/.exec(plain)?.[1] ?? ''
}

test('the word that makes an owner is known again by its mark, whole and no other', () => {
  const code = createCode()
  expect(code.is(` ${code.word.toUpperCase()} `)).toBe(true)
  expect(isMarked(code.word, code.mark)).toBe(true)
  const other = createCode()
  for (const mark of [other.mark, '', code.mark.slice(2), `${code.mark}00`, 'not hex']) {
    expect(isMarked(code.word, mark)).toBe(false)
  }
  expect(isMarked('', code.mark)).toBe(false)
  expect(code.is(other.word)).toBe(false)
})
