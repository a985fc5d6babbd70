import type { Options } from './kinds.ts'
import { distance, nearest } from './nearest.ts'
import { environmentNames } from './schema.ts'

/** What a path stands for, whatever the case of its letters. */
export type Named =
  | { readonly kind: 'option'; readonly option: string }
  /** `<secret>_file`: the file that holds the secret. */
  | { readonly kind: 'file'; readonly option: string }
  | { readonly kind: 'section' }

/** What is most like a path that stands for nothing. */
export interface Near {
  readonly name: string
  /** The option it stands for; none for a section. */
  readonly option?: string
}

export interface Names {
  find(path: string): Named | undefined
  near(path: string): Near | undefined
  /** For a path inside an option that is a map: that option. */
  mapAround(path: string): string | undefined
  /** The option that a name of the environment without the bridge's prefix stands for. */
  alias(name: string): Alias | undefined
  /** What a name that is none of the bridge's must have been meant as: a letter or two are wrong, or an underscore. */
  nearVariable(name: string): Near | undefined
}

export interface Alias {
  readonly option: string
  readonly isFile: boolean
}

const prefix = 'BRIDGE__'

/** `BRIDGE__MATRIX__LISTEN__PORT` for `matrix.listen.port`. */
export const environmentName = (path: string): string =>
  prefix + path.split('.').join('__').toUpperCase()

/** `matrix.listen.port` for `BRIDGE__MATRIX__LISTEN__PORT`, but for the case; undefined for any other name. */
export const pathOf = (name: string): string | undefined =>
  name.toUpperCase().startsWith(prefix)
    ? name.slice(prefix.length).split('__').join('.')
    : undefined

/** All names there are: options, their files, sections, and names in the environment. */
export function namesOf(options: Options): Names {
  const all = new Map<string, Named & Near>()
  const put = (name: string, named: Named) => all.set(name.toLowerCase(), { name, ...named })
  for (const path of options.paths) {
    for (let at = path.indexOf('.'); at > 0; at = path.indexOf('.', at + 1)) {
      put(path.slice(0, at), { kind: 'section' })
    }
  }
  for (const option of options.paths) put(option, { kind: 'option', option })
  for (const option of options.secrets) put(`${option}_file`, { kind: 'file', option })

  const aliases = new Map<string, Alias & Near>()
  for (const [name, option] of Object.entries(environmentNames)) {
    aliases.set(name, { name, option, isFile: false })
    if (options.secrets.includes(option)) {
      aliases.set(`${name}_FILE`, { name: `${name}_FILE`, option, isFile: true })
    }
  }

  const near = (path: string): Near | undefined => {
    const wrong = path.toLowerCase()
    // The section it stands in is there, and of no help.
    const others = [...all.values()].filter(
      ({ name }) => !wrong.startsWith(`${name.toLowerCase()}.`),
    )
    const best = nearest(
      path,
      others.map(({ name }) => name),
    )
    const isClose = best !== undefined && distance(wrong, best.toLowerCase()) <= 2
    // A name in the wrong section is nearer to its own than to what happens to be spelt alike.
    const own = isClose ? undefined : elsewhere(wrong, others)
    return own ?? (best === undefined ? undefined : all.get(best.toLowerCase()))
  }

  return {
    find: (path) => all.get(path.toLowerCase()),
    near,
    mapAround: (path) =>
      options.paths.find(
        (option) =>
          options.isMap(option) && path.toLowerCase().startsWith(`${option.toLowerCase()}.`),
      ),
    alias: (name) => aliases.get(name.toUpperCase()),
    nearVariable: (name) =>
      [...aliases.values()].find(
        (alias) => !name.startsWith(alias.name) && distance(name.toUpperCase(), alias.name) <= 2,
      ) ?? misspelt(name, all),
  }
}

/** The name of an option, but for its first word (`BRIGDE__…`) or the number of its underscores (`BRIDGE_LOG_LEVEL`). */
function misspelt(name: string, all: ReadonlyMap<string, Named & Near>): Near | undefined {
  const [first = '', ...rest] = name.toUpperCase().split('_')
  const isOurs = distance(first, 'BRIDGE') <= 2
  // Kubernetes gives everybody such names of its own, after those of services.
  if (!isOurs || (/_PORT$/.test(name) && !name.includes('__'))) return undefined
  const spelt = rest.filter(Boolean).join('_')
  const meant = [...all.values()].find(
    (each) => each.kind !== 'section' && each.name.toUpperCase().replaceAll('.', '_') === spelt,
  )
  return meant && { ...meant, name: environmentName(meant.name) }
}

/** The one option in the same first section whose name is the last of the path, or ends with it (`messageDays`). */
function elsewhere(path: string, names: readonly Near[]): Near | undefined {
  const [first, ...rest] = path.split('.')
  const last = rest.at(-1)
  if (last === undefined) return undefined
  const ending = (end: string) => {
    const alike = names.filter(({ name, option }) => {
      const own = name.toLowerCase()
      return option !== undefined && own.startsWith(`${first}.`) && own.endsWith(end)
    })
    return alike.length === 1 ? alike[0] : undefined
  }
  return ending(`.${last}`) ?? (last.length > 3 ? ending(last) : undefined)
}
