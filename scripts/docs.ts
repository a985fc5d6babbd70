// Writes the documents that are made from the code: docs/configuration.md, docs/metrics.md, docs/dependencies.md. With
// --check it writes nothing, and fails where one of them is not what it would write. Run by `npm run docs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { references } from './references/all.ts'

const root = join(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')

for (const [path, text] of references(root)) {
  const before = read(path)
  if (before === text) continue
  if (isCheck) {
    console.error(`${path} is not what the code says: run "npm run docs" and commit it.`)
    process.exitCode = 1
  } else {
    writeFileSync(join(root, path), text)
    console.log(`${path} is written.`)
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}
