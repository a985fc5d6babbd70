import { checked } from './check.ts'
import { defaultsIn } from './defaults.ts'
import { doorOf } from './doors.ts'
import { entries, type Loaded } from './entries.ts'
import { configError, type Fault } from './faults.ts'
import { type KindOptions, missingOf, type Options, optionsWith, sandbox } from './kinds.ts'
import { type Given, placeOf } from './layer.ts'
import { layersOf, type Sources } from './layers.ts'
import { namesOf } from './names.ts'
import { type Config, type DoorConfig, missing } from './schema.ts'
import { isTree, type Tree, treeOf, valueAt } from './tree.ts'

export type { Loaded, Sources }

const defaults = new URL('./default.yaml', import.meta.url)
const doorsPath = 'wechat.doors'

/**
 * The configuration from all layers, later ones winning, with the options of these kinds of connectors. Throws a
 * BridgeError of code `config` whose message has one line for each thing that is wrong in any of them: where, what was
 * expected, what was found. A value that a later layer replaces is not looked at, nor the file of a secret that is.
 */
export function loadConfig(sources: Sources, kinds: readonly KindOptions[]): Loaded {
  const options = optionsWith(kinds)
  const names = namesOf(options)
  const layers = layersOf(sources, names)
  const faults = [...layers.faults]
  const values = defaultsOf(options)
  const origins = new Map(options.paths.map((path) => [path, 'default']))
  const places = new Map(origins)
  let givenDoors: Tree = {}
  for (const [option, given] of layers.given) {
    const result = checked(given, options)
    if ('faults' in result) faults.push(...result.faults)
    else values.set(option, result.value)
    origins.set(option, given.where)
    places.set(option, placeOf(given))
    const read = 'faults' in result ? result.read : result.value
    if (option === doorsPath && isTree(read)) givenDoors = read
  }

  const doors: Record<string, DoorConfig> = {}
  const lacking: Fault[] = []
  for (const [name, value] of Object.entries(givenDoors)) {
    const { path, where, yaml } = layers.given.get(doorsPath) as Given
    const place = { path: `${path}.${name}`, where, yaml }
    const door = doorOf(value, place, { kinds, options, names, values, places })
    faults.push(...door.faults)
    lacking.push(...door.lacking)
    if (door.config) doors[name] = door.config
    for (const [inside, from] of door.places) places.set(`${doorsPath}.${name}.${inside}`, from)
  }

  const parsed = options.schema.safeParse(treeOf(values))
  if (!parsed.success) {
    // Each option by itself is allowed or has the default: something is wrong with them together.
    const { issues } = parsed.error
    const wrong = issues.map(({ path, message }) => ({ path: path.join('.'), words: message }))
    throw configError([...faults, ...wrong])
  }
  const { wechat, ...rest } = parsed.data as Parsed
  const { connector, pace, doors: _, ...sections } = wechat
  const config: Config = { ...rest, wechat: { connector, pace, sections, doors } }
  // What a file that cannot be read would have said is not missed.
  if (layers.complete) faults.push(...together(config, kinds, givenDoors, faults), ...lacking)
  if (faults.length > 0) throw configError(faults)
  return { config, origins, places, options }
}

/** Every option with its value and origin, one a line, secrets masked. */
export function describe(loaded: Loaded): string {
  return entries(loaded)
    .map(({ path, shown, origin }) => `${path} = ${shown}  (${origin})`)
    .join('\n')
}

type Parsed = Omit<Config, 'wechat'> & {
  readonly wechat: Omit<Config['wechat'], 'sections' | 'doors'> & {
    readonly doors: unknown
    readonly [kind: string]: unknown
  }
}

function defaultsOf(options: Options): Map<string, unknown> {
  const base = defaultsIn(defaults)
  const whole = { ...base, wechat: { ...(base.wechat as Tree), ...options.sections() } }
  return new Map(options.paths.map((path) => [path, valueAt(whole, path.split('.'))]))
}

/** What lacks or does not go together, but for options of which something else has been said. */
function together(
  config: Config,
  kinds: readonly KindOptions[],
  doors: Tree,
  faults: readonly Fault[],
): readonly Fault[] {
  const { connector, sections } = config.wechat
  const kind = kinds.find(({ name }) => name === connector)
  const lacks = kind ? missingOf(kind, sections[connector]) : []
  const all = [
    ...lacks.map(({ option, why }) => ({ path: `wechat.${connector}.${option}`, why })),
    ...missing(config),
  ]
  const blamed = new Set(faults.map(({ option }) => option))
  const isAside = connector === sandbox && !blamed.has('wechat.connector')
  if (isAside && Object.keys(doors).length > 0) {
    const why = 'expected none beside the sandbox, whose data is thrown away'
    all.push({ path: doorsPath, why })
  }
  return all.filter(({ path }) => !blamed.has(path)).map(({ path, why }) => ({ path, words: why }))
}
