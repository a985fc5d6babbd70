// The project brings its own Node (docs/adr/0003): one of the packages node-<platform>-<arch>. npm puts its command
// into node_modules/.bin, where every script finds it first; npm 10 forgets to, so it is made sure of here. Runs on
// whatever Node npm itself runs on. Where the package was left out (an image with a Node of its own), nothing is done.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
const names = [
  `node-${process.platform}-${process.arch}`,
  `node-bin-${process.platform}-${process.arch}`,
]
const binary = names.map((name) => join(modules, name, 'bin/node')).find((path) => existsSync(path))
const link = join(modules, '.bin/node')

// On Windows npm writes its own small scripts.
if (binary && process.platform !== 'win32' && !existsSync(link)) {
  mkdirSync(dirname(link), { recursive: true })
  symlinkSync(relative(dirname(link), binary), link)
}
