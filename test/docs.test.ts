import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { optionsReference } from '../config/reference.ts'
import { references } from '../scripts/references/all.ts'
import { isAllowed, productionLicences } from '../scripts/references/dependencies.ts'
import { alerts } from '../scripts/references/metrics.ts'
import { kinds } from '../src/main.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const made = references(root)

test.each([...made])('%s is what the code says; else run "npm run docs"', (path, text) => {
  expect(existsSync(join(root, path)), `${path} is not there: run "npm run docs"`).toBe(true)
  expect(read(path)).toBe(text)
})

test('every option is in the reference, with its default, its name in the environment and a sentence', () => {
  const text = made.get('docs/configuration.md') ?? ''
  const options = optionsReference(kinds)
  expect(options.length).toBeGreaterThan(100)
  for (const { path, environment, secret } of options) {
    const part = text.split(`\n### \`${path}\`\n`)
    expect(part, path).toHaveLength(2)
    const [said = ''] = part[1]?.split('\n### ') ?? []
    expect(said, path).toMatch(/^\n\S.{10,}\n\n- default `.+`\n- allowed: .+\n/)
    expect(said, path).toContain(`\`${environment}\``)
    expect(said.includes(`\`${path}_file\``), path).toBe(secret)
  }
})

test('links within the reference lead to their sections', () => {
  const text = made.get('docs/configuration.md') ?? ''
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, name = '']) =>
    name.toLowerCase().replace(/[^\w-]/g, ''),
  )
  const anchors = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
  expect(anchors.length).toBeGreaterThan(10)
  expect(anchors.filter((anchor) => !headings.includes(anchor ?? ''))).toEqual([])
})

test('the metric to alert on first is the age of what waits', () => {
  expect(alerts[0]?.metric).toBe('bridge_outbox_oldest_seconds')
})

test('everything that comes with the bridge has a licence that was agreed to', () => {
  const licences = [...productionLicences(root)]
  expect(licences.length).toBeGreaterThan(100)
  const others = licences.filter(([name, licence]) => !isAllowed(licence, plainName(name)))
  expect(others).toEqual([])
})

test.each([
  ['MIT', true],
  ['(AFL-2.1 OR BSD-3-Clause)', true],
  ['Apache-2.0 AND MIT', true],
  ['Apache-2.0 AND GPL-3.0', false],
  ['GPL-3.0-or-later', false],
  ['LGPL-3.0-or-later', false],
  ['SEE LICENSE IN LICENSE', false],
  ['', false],
])('a licence of %j is agreed to: %s', (licence, agreed) => {
  expect(isAllowed(licence, 'some-package')).toBe(agreed)
})

test('the licences of what is installed are those of the lock file', () => {
  const installed = [...productionLicences(root)].flatMap(([name, licence]) => {
    const path = join(root, 'node_modules', plainName(name), 'package.json')
    if (!existsSync(path)) return []
    const told = JSON.parse(readFileSync(path, 'utf8'))
    if (`${told.name}@${told.version}` !== name || typeof told.license !== 'string') return []
    return [[name, told.license === licence ? 'same' : `${told.license}, not ${licence}`]]
  })
  expect(installed.length).toBeGreaterThan(100)
  expect(installed.filter(([, said]) => said !== 'same')).toEqual([])
})

test('nothing that comes with the bridge runs a script of its own when it is installed', () => {
  const lock: Record<string, { hasInstallScript?: boolean; dev?: boolean; devOptional?: boolean }> =
    JSON.parse(read('package-lock.json')).packages
  const scripts = Object.entries(lock)
    .filter(([path, { hasInstallScript, dev, devOptional }]) => {
      return path.startsWith('node_modules/') && hasInstallScript && !dev && !devOptional
    })
    .map(([path]) => path)
  expect(scripts).toEqual([])
})

/** Of `@scope/name@version`, without the version. */
const plainName = (name: string): string => name.slice(0, name.lastIndexOf('@'))
