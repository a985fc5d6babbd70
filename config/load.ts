import { readFileSync } from 'node:fs'
import { parse as parseEnv } from 'dotenv'
import { parse as parseYaml } from 'yaml'
import { BridgeError } from '../src/core/errors.ts'
import { nearest } from './nearest.ts'
import {
  type Config,
  environmentNames,
  isMap,
  missing,
  optionSchema,
  schema,
  secrets,
} from './schema.ts'

/** Where the layers above the defaults come from. Paths are relative to the working folder. */
export interface Sources {
  readonly files: readonly string[]
  /** Text of a `.env` file, if there is one. */
  readonly dotenv?: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** `section.name=value`, from the command line. */
  readonly sets: readonly string[]
}

export interface Loaded {
  readonly config: Config
  /** For each option, where its value came from. */
  readonly origins: ReadonlyMap<string, string>
}

type Tree = { [name: string]: unknown }

const defaults = new URL('./default.yaml', import.meta.url)

/**
 * The configuration from all layers, later ones winning. Throws a BridgeError of code `config` whose message has
 * one line for each thing that is wrong: where, what was expected, what was found.
 */
export function loadConfig(sources: Sources): Loaded {
  const base = parseYaml(readFileSync(defaults, 'utf8')) as Tree
  const known = leaves(base)
  const values = new Map(known.map(([path, value]) => [path, value]))
  const origins = new Map(known.map(([path]) => [path, 'default']))
  const faults: string[] = []

  const put = (path: string, value: unknown, origin: string) => {
    const option = [...values.keys()].find((name) => name.toLowerCase() === path.toLowerCase())
    if (option) {
      values.set(option, value instanceof Typed ? value.as(option) : value)
      origins.set(option, origin)
      return
    }
    const secret = secrets.find((name) => `${name}_file`.toLowerCase() === path.toLowerCase())
    if (secret) {
      const file = value instanceof Typed ? value.text : String(value)
      values.set(secret, readSecret(file, path, origin))
      origins.set(secret, origin)
      return
    }
    if ([...values.keys()].some((name) => name.startsWith(`${path}.`))) {
      if (value !== null) faults.push(`${origin}: ${path}: expected a section with options`)
      return
    }
    const near = nearest(path, [...values.keys()])
    faults.push(`${origin}: ${path}: unknown option${near ? `, did you mean ${near}?` : ''}`)
  }

  for (const file of sources.files) {
    for (const [path, value] of fileLeaves(file, new Set(values.keys()))) put(path, value, file)
  }
  const environments = [
    ['.env', sources.dotenv === undefined ? {} : parseEnv(sources.dotenv)],
    ['environment', sources.env],
  ] as const
  for (const [origin, env] of environments) {
    for (const [name, path] of Object.entries(environmentNames)) {
      // Set to nothing is how a container says that it has none.
      if (env[name]) put(path, new Typed(env[name]), `${origin} ${name}`)
    }
    for (const [name, text] of Object.entries(env)) {
      if (!name.startsWith('BRIDGE__') || text === undefined) continue
      put(name.slice('BRIDGE__'.length).split('__').join('.'), new Typed(text), `${origin} ${name}`)
    }
  }
  for (const set of sources.sets) {
    const at = set.indexOf('=')
    if (at < 1) faults.push(`--set ${set}: expected section.name=value`)
    else put(set.slice(0, at), new Typed(set.slice(at + 1)), '--set')
  }

  const parsed = schema.safeParse(tree(values))
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.join('.')
    const value = values.get(path)
    const found = secrets.includes(path) ? '(secret)' : JSON.stringify(value)
    // YAML reads 2.0 as a number, and what it was written like is lost.
    const quoted = typeof value === 'number' && optionSchema(path).safeParse(String(value)).success
    faults.push(
      `${origins.get(path) ?? 'configuration'}: ${path}: ${issue.message}; found ${found}${quoted ? ' (put it in quotes)' : ''}`,
    )
  }
  if (parsed.data) {
    for (const { path, why } of missing(parsed.data)) faults.push(`${path}: ${why}`)
  }
  if (faults.length || !parsed.data) throw configError(faults)
  return { config: parsed.data, origins }
}

/** Every option with its value and origin, one a line, secrets masked. */
export function describe({ config, origins }: Loaded): string {
  return leaves(config as unknown as Tree)
    .map(([path, value]) => {
      const shown = secrets.includes(path) && value !== null ? '(set)' : JSON.stringify(value)
      return `${path} = ${shown}  (${origins.get(path)})`
    })
    .join('\n')
}

function fileLeaves(
  file: string,
  known: ReadonlySet<string>,
): readonly (readonly [string, unknown])[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw configError([`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`])
  }
  let parsed: unknown
  try {
    parsed = parseYaml(text)
  } catch (error) {
    throw configError([`${file}: not valid YAML: ${(error as Error).message}`])
  }
  if (parsed === null || parsed === undefined) return []
  if (typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw configError([`${file}: expected sections with options, found ${typeof parsed}`])
  }
  return leaves(parsed as Tree, '', known)
}

/** All `path, value` pairs. A path of `known` is a leaf whatever its value. */
function leaves(
  node: Tree,
  prefix = '',
  known: ReadonlySet<string> = new Set(),
): readonly (readonly [string, unknown])[] {
  return Object.entries(node).flatMap(([name, value]) => {
    const path = prefix + name
    const isSection = value !== null && typeof value === 'object' && !Array.isArray(value)
    return isSection && !known.has(path) && !isMap(path)
      ? leaves(value as Tree, `${path}.`, known)
      : [[path, value]]
  })
}

function tree(values: ReadonlyMap<string, unknown>): Tree {
  const root: Tree = {}
  for (const [path, value] of values) {
    const names = path.split('.')
    const last = names.pop() as string
    let node = root
    for (const name of names) {
      node[name] ??= {}
      node = node[name] as Tree
    }
    node[last] = value
  }
  return root
}

/** Environment and flags give text. What it means depends on the option: `2.0` is a number here, a version there. */
class Typed {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  as(option: string): unknown {
    const read = isMap(option) ? mapOf(this.text) : scalar(this.text)
    const allowed = optionSchema(option)
    return !allowed.safeParse(read).success && allowed.safeParse(this.text).success
      ? this.text
      : read
  }
}

/** A map as YAML or JSON has it in one line: `{name: value}`. */
function mapOf(text: string): unknown {
  try {
    return parseYaml(text)
  } catch {
    return text
  }
}

/** Numbers, true, false and null are read as such. */
function scalar(text: string): unknown {
  if (/^-?\d{1,15}(\.\d{1,9})?$/.test(text)) return Number(text)
  if (text === 'true' || text === 'false') return text === 'true'
  return text === 'null' ? null : text
}

function readSecret(file: string, path: string, origin: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw configError([`${origin}: ${path}: the file ${file} cannot be read (${code})`])
  }
}

function configError(faults: readonly string[]): BridgeError {
  const text = ['The configuration cannot be used:', ...faults.map((fault) => `  ${fault}`)]
  return new BridgeError(text.join('\n'), { code: 'config', heal: 'never', certain: true })
}
