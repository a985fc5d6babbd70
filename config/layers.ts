import { parse as parseEnv } from 'dotenv'
import type { Fault } from './faults.ts'
import { type Given, Layer } from './layer.ts'
import { onOneLine } from './masking.ts'
import { environmentName, type Named, type Names, pathOf } from './names.ts'
import { readTextFile } from './text-file.ts'
import { isTree } from './tree.ts'
import { readYaml } from './yaml-text.ts'

/** Where the layers above the defaults come from. Paths are relative to the working folder. */
export interface Sources {
  readonly files: readonly string[]
  /** Text of a `.env` file, if there is one. */
  readonly dotenv?: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** `section.name=value`, from the command line. */
  readonly sets: readonly string[]
}

export interface Layers {
  /** By the path of each option that is given anywhere: what the last layer says of it. */
  readonly given: ReadonlyMap<string, Given>
  readonly faults: readonly Fault[]
  /** False: not all of a file could be read, and nobody knows what it would have said. */
  readonly complete: boolean
}

/** More than any configuration needs. */
const maxBytes = 1024 * 1024

/** Reads all layers, later ones winning, whether they give a secret itself or the file that holds it. Never throws. */
export function layersOf(sources: Sources, names: Names): Layers {
  const given = new Map<string, Given>()
  const faults: Fault[] = []
  const complete: boolean[] = []
  const add = (layer: Layer, repeats = false) => {
    for (const [option, own] of layer.grouped(repeats)) given.set(option, own)
    faults.push(...layer.faults)
  }
  for (const file of sources.files) {
    const layer = new Layer(names)
    complete.push(readFile(file, layer))
    add(layer)
  }
  const environments = [
    ['.env', sources.dotenv === undefined ? {} : parseEnv(sources.dotenv)],
    ['environment', sources.env],
  ] as const
  for (const [origin, env] of environments) {
    // The bridge's own names win over those that are shorter.
    const aliases = new Layer(names)
    const own = new Layer(names)
    for (const [name, value] of Object.entries(env)) {
      // Set to nothing is how a container says that it has none.
      if (!value) continue
      readVariable(name, value, `${origin} ${name}`, own, aliases)
    }
    add(aliases)
    add(own)
  }
  const flags = new Layer(names)
  for (const set of sources.sets) readFlag(set, flags)
  add(flags, true)
  return { given, faults, complete: !complete.includes(false) }
}

/** False: not all of it could be read. */
function readFile(file: string, layer: Layer): boolean {
  const where = onOneLine(file)
  const read = readTextFile(file, maxBytes)
  if ('why' in read) {
    layer.faults.push({ where, path: '', words: read.why })
    return false
  }
  const yaml = readYaml(read.text)
  for (const problem of yaml.problems) layer.faults.push({ where, ...problem })
  const { value: root } = yaml
  if (root === undefined) return false
  if (root === null) return true
  if (!isTree(root)) {
    const words = `expected sections with options; found ${Array.isArray(root) ? 'a list' : 'a single value'}`
    layer.faults.push({ where, path: '', words })
    return false
  }
  layer.putAll(root, '', { path: '', where, yaml })
  return yaml.problems.length === 0
}

function readVariable(name: string, value: string, where: string, own: Layer, aliases: Layer) {
  const source = { where, value, isText: true, line: undefined, yaml: undefined }
  const path = pathOf(name)
  const alias = own.names.alias(name)
  if (path !== undefined) {
    const named = own.names.find(path)
    own.put(spelt(named) ?? '', named, source, path, environmentName)
  } else if (alias) {
    const named: Named = { kind: alias.isFile ? 'file' : 'option', option: alias.option }
    aliases.put(spelt(named) ?? '', named, source)
  } else {
    const near = own.names.nearVariable(name)
    if (!near) return
    const words = `unknown name, did you mean ${near.name}?`
    aliases.faults.push({ where, path: '', words, ...(near.option && { option: near.option }) })
  }
}

function readFlag(set: string, layer: Layer): void {
  const at = set.indexOf('=')
  const path = set.slice(0, Math.max(at, 0)).trim()
  if (path === '') {
    // What was meant as the value may be a secret: only what is surely a name is repeated.
    const name = /^[A-Za-z_.]+(?=[\s:]|$)/.exec(set)?.[0] ?? ''
    layer.faults.push({ where: '--set', path: name, words: 'expected section.name=value' })
    return
  }
  const value = set.slice(at + 1)
  const source = { where: '--set', value, isText: true, line: undefined, yaml: undefined }
  const named = layer.names.find(path)
  layer.put(spelt(named) ?? path, named, source, path)
}

/** The path of an option as it is spelt by itself, whatever the case it was given in. */
function spelt(named: Named | undefined): string | undefined {
  if (named?.kind === 'option') return named.option
  return named?.kind === 'file' ? `${named.option}_file` : undefined
}
