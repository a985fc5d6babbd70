import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const text = readFileSync(join(root, 'docs/security.md'), 'utf8')

/** Rows of the tables: what is promised, and the file and title of its test. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:promise|---)/.test(line))
  .map((line) => {
    const [promise = '', where = ''] = line.replace(/^\| | \|$/g, '').split(' | ')
    const [file = '', title = ''] = where.split(' › ')
    return { promise, file, title }
  })

test('there are promises, each once', () => {
  expect(rows.length).toBeGreaterThan(40)
  const promises = rows.map(({ promise }) => promise)
  expect(promises.filter((each, at) => promises.indexOf(each) !== at)).toEqual([])
})

test.each(rows)('“$promise” has its test', ({ file, title }) => {
  expect(file).toMatch(/^test\/[\w./-]+\.test\.ts$/)
  expect(existsSync(join(root, file)), `${file} is not there`).toBe(true)
  expect(titlesIn(readFileSync(join(root, file), 'utf8'))).toContain(title)
})

test('titles are read as they are written', () => {
  expect(
    titlesIn("it('a', () => {})\n  test.each([1])(\n'b %s', x)\ndescribe.each(s)(`c`, x)"),
  ).toEqual(['a', 'b %s', 'c'])
})

test('what is promised of every kind of attacker is said', () => {
  const topics = ['CSRF', 'CSP', 'DNS rebinding', 'hs_token', 'webhook', 'sealed', '0600', 'XML']
  const more = ['HTML', 'redirect', 'stranger', 'compared', 'path', 'log', 'dependencies.md']
  for (const topic of [...topics, ...more]) expect(text).toContain(topic)
})

test('links lead to files that are there', () => {
  const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = '']) => path)
  expect(links.filter((path) => !existsSync(join(root, 'docs', path)))).toEqual([])
})

/** The titles of tests and of groups of them. */
function titlesIn(code: string): readonly string[] {
  const pattern =
    /\b(?:it|test|describe)(?:\.\w+)*(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?\(\s*(['"`])((?:(?!\1).)+)\1/g
  return [...code.matchAll(pattern)].map(([, , title = '']) => title)
}
