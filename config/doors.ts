import type { z } from 'zod'
import { checked } from './check.ts'
import { defaultsIn } from './defaults.ts'
import type { Fault } from './faults.ts'
import { type KindOptions, missingOf, type Options } from './kinds.ts'
import { Layer, type Place, placeOf } from './layer.ts'
import { found, foundWhole } from './masking.ts'
import type { Names } from './names.ts'
import { nearest } from './nearest.ts'
import type { DoorConfig } from './schema.ts'
import { isTree, treeOf, valueAt } from './tree.ts'

/** What doors are made with. */
export interface Around {
  readonly kinds: readonly KindOptions[]
  readonly options: Options
  readonly names: Names
  /** The values of all options of the sections, by their paths. */
  readonly values: ReadonlyMap<string, unknown>
  /** Where those are from. */
  readonly places: ReadonlyMap<string, string>
}

export interface Door {
  /** Undefined: something is wrong with it. */
  readonly config?: DoorConfig
  readonly faults: readonly Fault[]
  /** What it lacks to run. */
  readonly lacking: readonly Fault[]
  /** Where its options are from, by their paths after its name: `connector`, `web.userAgent`. */
  readonly places: ReadonlyMap<string, string>
}

/**
 * One further account: its own values over those of its connector's section, but for secrets, which are nobody else's.
 * Never throws; its faults hold no secret.
 */
export function doorOf(given: unknown, place: Place, around: Around): Door {
  const { kinds, options, names, values } = around
  const places = new Map<string, string>()
  const faults: Fault[] = []
  const blame = (name: string, words: string) => {
    const path = name === '' ? place.path : `${place.path}.${name}`
    const line = place.yaml?.lines.get(path)
    faults.push({ where: place.where, path, line, words })
  }
  const failed = (): Door => ({ faults, lacking: [], places })
  const from = (name: string) => {
    const line = place.yaml?.lines.get(`${place.path}.${name}`)
    return line === undefined ? place.where : `${place.where}:${line}`
  }

  // Told of by the check of the whole map.
  if (!isTree(given)) return failed()
  const { connector, alerts = false, ...rest } = given
  if (typeof alerts !== 'boolean') blame('alerts', `expected true or false; found ${found(alerts)}`)
  const kind = kinds.find(({ name }) => name === connector)
  if (!kind) {
    const all = kinds.map(({ name }) => name)
    const near = typeof connector === 'string' ? nearest(connector, all) : undefined
    const words = `expected one of ${all.join(', ')}; found ${connector === undefined ? 'nothing' : found(connector)}`
    blame('connector', words + (near ? `, did you mean ${near}?` : ''))
    return failed()
  }
  for (const name of Object.keys(rest).filter((each) => each !== kind.name)) {
    const near = nearest(name, ['connector', 'alerts', kind.name])
    const words = near ? `did you mean ${near}?` : `expected connector, alerts or ${kind.name}`
    blame(name, `unknown option, ${words}`)
  }

  places.set('connector', from('connector'))
  if ('alerts' in given) places.set('alerts', from('alerts'))

  const prefix = `wechat.${kind.name}.`
  const section = rest[kind.name] ?? {}
  const layer = new Layer(names)
  if (isTree(section)) {
    const inside = { ...place, path: `${place.path}.${kind.name}` }
    layer.putAll(section, prefix, inside, (name) =>
      name.startsWith(prefix) ? `${inside.path}.${name.slice(prefix.length)}` : name,
    )
  } else blame(kind.name, `expected a section with options; found ${foundWhole(section)}`)
  const own = layer.grouped()
  faults.push(...layer.faults)

  const fresh = defaultsIn(kind.defaults)
  const whole = new Map<string, unknown>()
  for (const option of options.paths.filter((path) => path.startsWith(prefix))) {
    const name = option.slice(prefix.length)
    const isSecret = options.secrets.includes(option)
    const inherited = isSecret ? valueAt(fresh, name.split('.')) : values.get(option)
    const mine = own.get(option)
    const before = isSecret ? 'default' : (around.places.get(option) ?? 'default')
    const inheritedFrom = before === 'default' ? before : `${before}, as ${option}`
    places.set(`${kind.name}.${name}`, mine ? placeOf(mine) : inheritedFrom)
    const result = mine ? checked(mine, options) : { value: inherited }
    if ('faults' in result) faults.push(...result.faults)
    whole.set(name, 'value' in result ? result.value : inherited)
  }
  const parsed = (kind.schema as z.ZodType).safeParse(treeOf(whole))
  if (!parsed.success) {
    if (faults.length === 0) blame(kind.name, parsed.error.issues[0]?.message ?? 'not allowed')
    return failed()
  }
  const blamed = new Set(faults.map(({ option }) => option))
  const lacking = missingOf(kind, parsed.data)
    .filter(({ option }) => !blamed.has(prefix + option))
    .map(({ option, why }) => ({ path: `${place.path}.${kind.name}.${option}`, words: why }))
  if (faults.length > 0) return { faults, lacking, places }
  const config = { connector: kind.name, options: parsed.data, alerts: alerts === true }
  return { config, faults, lacking, places }
}
