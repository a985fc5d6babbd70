import { readFileSync } from 'node:fs'
import { parse as parseEnv } from 'dotenv'
import { parse as parseYaml } from 'yaml'
import { BridgeError } from '../src/core/errors.ts'
import {
  doorOf,
  isTree,
  type KindOptions,
  missingOf,
  type Options,
  optionsWith,
  sandbox,
} from './kinds.ts'
import { nearest } from './nearest.ts'
import { type Config, type DoorConfig, environmentNames, missing } from './schema.ts'

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
  readonly options: Options
}

type Tree = { [name: string]: unknown }

const defaults = new URL('./default.yaml', import.meta.url)

/**
 * The configuration from all layers, later ones winning, with the options of these kinds of connectors. Throws a BridgeError of code `config` whose message has
 * one line for each thing that is wrong: where, what was expected, what was found.
 */
export function loadConfig(sources: Sources, kinds: readonly KindOptions[]): Loaded {
  const options = optionsWith(kinds)
  const { secrets, isMap } = options
  const base = parseYaml(readFileSync(defaults, 'utf8')) as Tree
  base.wechat = { ...(base.wechat as Tree), ...options.sections() }
  const known = leaves(base, '', isMap)
  const values = new Map(known.map(([path, value]) => [path, value]))
  const origins = new Map(known.map(([path]) => [path, 'default']))
  const faults: string[] = []

  const put = (path: string, value: unknown, origin: string) => {
    const option = [...values.keys()].find((name) => name.toLowerCase() === path.toLowerCase())
    if (option) {
      values.set(option, value instanceof Typed ? value.as(option, options) : value)
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
    for (const [path, value] of fileLeaves(file, isMap, new Set(values.keys())))
      put(path, value, file)
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

  const parsed = options.schema.safeParse(tree(values))
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.join('.')
    const isName = issue.code === 'invalid_key'
    const value = isName ? issue.path.at(-1) : values.get(path)
    const found = secrets.includes(path) ? '(secret)' : JSON.stringify(value)
    // YAML reads 2.0 as a number, and what it was written like is lost.
    const quoted =
      typeof value === 'number' && options.allows(path).safeParse(String(value)).success
    faults.push(
      `${origins.get(path) ?? 'configuration'}: ${path}: ${isName ? (issue.issues[0]?.message ?? '') : issue.message}; found ${found}${quoted ? ' (put it in quotes)' : ''}`,
    )
  }
  if (!parsed.data) throw configError(faults)
  const config = complete(parsed.data as Parsed, kinds, (path, why) =>
    faults.push(`${path}: ${why}`),
  )
  if (faults.length) throw configError(faults)
  return { config, origins, options }
}

type Parsed = Omit<Config, 'wechat'> & {
  readonly wechat: Omit<Config['wechat'], 'sections' | 'doors'> & {
    readonly doors: Readonly<Record<string, Tree>>
    readonly [kind: string]: unknown
  }
}

/** What the layers came to, with each door made whole. `lacks` is told of what only makes sense together. */
function complete(
  parsed: Parsed,
  kinds: readonly KindOptions[],
  lacks: (path: string, why: string) => void,
): Config {
  const { connector, pace, doors: given, ...rest } = parsed.wechat
  const sections: Tree = rest
  const doors: Record<string, DoorConfig> = {}
  for (const [name, values] of Object.entries(given)) {
    const where = `wechat.doors.${name}`
    const read = (file: string, path: string) => readSecret(file, `${where}.${path}`, where)
    const { door, faults } = doorOf(values, sections, kinds, read)
    for (const { path, why } of faults) lacks(`${where}.${path}`, why)
    if (door) doors[name] = door
  }
  for (const { path, why } of missingOf(connector, sections[connector], kinds)) lacks(path, why)
  if (connector === sandbox && Object.keys(doors).length > 0) {
    lacks('wechat.doors', 'expected none beside the sandbox, whose data is thrown away')
  }
  const config: Config = { ...parsed, wechat: { connector, pace, sections, doors } }
  for (const { path, why } of missing(config)) lacks(path, why)
  return config
}

/** Every option with its value and origin, one a line, secrets masked. */
export function describe({ config, origins, options }: Loaded): string {
  const { sections, doors, ...wechat } = config.wechat
  const all = { ...config, wechat: { ...wechat, doors, ...sections } }
  return leaves(all as unknown as Tree, '', options.isMap)
    .map(([path, value]) => {
      const hidden = options.secrets.includes(path) && value !== null
      const shown =
        path === 'wechat.doors'
          ? doorsShown(doors, options)
          : hidden
            ? '(set)'
            : JSON.stringify(value)
      return `${path} = ${shown}  (${origins.get(path)})`
    })
    .join('\n')
}

function doorsShown(doors: Config['wechat']['doors'], { secrets }: Options): string {
  const shown = Object.entries(doors).map(([name, { connector, options, alerts }]) => {
    const values = Object.entries(isTree(options) ? options : {}).map(([option, value]) => {
      const hidden = secrets.includes(`wechat.${connector}.${option}`) && value !== null
      return [option, hidden ? '(set)' : value]
    })
    return [name, { connector, alerts, [connector]: Object.fromEntries(values) }]
  })
  return JSON.stringify(Object.fromEntries(shown))
}

function fileLeaves(
  file: string,
  isMap: Options['isMap'],
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
  return leaves(parsed as Tree, '', isMap, known)
}

/** All `path, value` pairs. A path of `known` is a leaf whatever its value. */
function leaves(
  node: Tree,
  prefix: string,
  isMap: Options['isMap'],
  known: ReadonlySet<string> = new Set(),
): readonly (readonly [string, unknown])[] {
  return Object.entries(node).flatMap(([name, value]) => {
    const path = prefix + name
    const isSection = value !== null && typeof value === 'object' && !Array.isArray(value)
    return isSection && !known.has(path) && !isMap(path)
      ? leaves(value as Tree, `${path}.`, isMap, known)
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
  as(option: string, options: Options): unknown {
    const read = options.isMap(option) ? mapOf(this.text) : scalar(this.text)
    const allowed = options.allows(option)
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
