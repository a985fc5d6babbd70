import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import type { Tree } from './tree.ts'

const read = new Map<string, Tree>()

/** What a file of defaults says. It is read once: it belongs to the program, and nobody may change what is given. */
export function defaultsIn(file: URL): Tree {
  const known = read.get(file.href)
  if (known) return known
  const parsed = parseYaml(readFileSync(file, 'utf8')) as Tree
  read.set(file.href, parsed)
  return parsed
}
