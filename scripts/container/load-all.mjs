// Loads every module of the project and every package it depends on, in the image as it is built: one that is missing or
// broken there fails the build. Usage: node load-all.mjs FOLDER [start]; with "start" only what a start of the bridge loads,
// whatever is configured: Node keeps what it compiled on the way.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = process.argv[2] ?? '.'
/** The command line, which acts when it is loaded; what only a thread and what only browsers load. */
const others = ['src/cli.ts', 'adapters/wechat-puppet/host/entry.ts', 'adapters/web/page/']

/** Made-up worlds, and what loads its part at its first use. */
const atStart =
  /^(src\/(main|cli\/)|config\/load|adapters\/[a-z-]+\/(hub|appservice|connector|server|open)\.ts)/
const isStart = process.argv[3] === 'start'

const modules = ['config', 'adapters', 'src']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`),
  )
  .filter((name) => name.endsWith('.ts') && !others.some((other) => name.startsWith(other)))
  .filter((name) => !isStart || atStart.test(name))
for (const name of modules) await import(pathToFileURL(join(root, name)).href)

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { resolve } = createRequire(pathToFileURL(join(root, 'src/cli.ts')))
const packages = isStart ? [] : Object.keys(dependencies)
for (const name of packages) await import(pathToFileURL(resolve(name)).href)

console.log(`${modules.length} modules and ${packages.length} packages load.`)

// This one acts: asked for its usage, it ends the process.
process.argv = [process.argv[0], join(root, 'src/cli.ts'), '--help']
await import(pathToFileURL(join(root, 'src/cli.ts')).href)
