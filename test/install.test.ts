import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Entry {
  readonly engines?: unknown
  readonly hasInstallScript?: boolean
  readonly resolved?: string
}

const json = (name: string) =>
  JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
const manifest = json('package.json')
const lock: Readonly<Record<string, Entry>> = json('package-lock.json').packages
const others = Object.entries(lock).filter(([where]) => where !== '')

// npm compares them with the Node it runs on itself, and leaves out what is optional without a word: on Debian's Node
// that was what converts pictures. `node scripts/free-lock.mjs` takes them out.
test('no package in the lock file asks for a Node: npm would ask its own', () => {
  expect(others.filter(([, { engines }]) => engines !== undefined).map(([where]) => where)).toEqual(
    [],
  )
})

test('the lock file names no registry', () => {
  const strange = others.filter(([, { resolved }]) => /^https?:/.test(resolved ?? ''))
  expect(strange.map(([where]) => where)).toEqual([])
})

test('whether a package may run something while it is installed was decided for each', () => {
  const asking = others
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([where]) => where.slice(where.lastIndexOf('node_modules/') + 'node_modules/'.length))
  const undecided = [...new Set(asking)].filter((name) => !(name in manifest.allowScripts))
  expect(undecided).toEqual([])
})
