import type { Fault } from './faults.ts'
import { foundWhole } from './masking.ts'
import type { Named, Names } from './names.ts'
import { isTree, type Tree } from './tree.ts'
import type { YamlText } from './yaml-text.ts'

/** What a layer says of one option. */
export interface Given {
  readonly option: string
  /** The path as it was written. */
  readonly path: string
  /** A file, `.env NAME`, `environment NAME` or `--set`. */
  readonly where: string
  readonly line?: number | undefined
  /** Plain data of a file; or text, which is yet to be read as the option means it. */
  readonly value: unknown
  readonly isText: boolean
  /** The value names a file that holds the secret. */
  readonly isFile: boolean
  /** The file it came from, for places inside a map. */
  readonly yaml?: YamlText | undefined
}

type Source = Pick<Given, 'where' | 'value' | 'isText' | 'line' | 'yaml'>
/** Where a map of plain data stands. */
export type Place = Pick<Given, 'path' | 'where' | 'yaml'>

/** How a name that is suggested is written there. */
type Spelling = (name: string) => string
const asItIs: Spelling = (name) => name

/** One layer while it is read: what it says of each option, and what is wrong with its names. */
export class Layer {
  readonly faults: Fault[] = []
  readonly names: Names
  private readonly all: Given[] = []

  constructor(names: Names) {
    this.names = names
  }

  /**
   * Takes a section with all that is in it. `prefix` goes in front of its names to make options of them, where it stands
   * in another place than those do.
   */
  putAll(section: Tree, prefix: string, place: Place, spelling = asItIs): void {
    const { where, yaml } = place
    for (const [name, value] of Object.entries(section)) {
      const path = place.path === '' ? name : `${place.path}.${name}`
      const named = this.names.find(prefix + name)
      const isSection = !named || named.kind === 'section'
      if (isSection && isTree(value) && Object.keys(value).length > 0) {
        this.putAll(value, `${prefix}${name}.`, { ...place, path }, spelling)
      } else {
        const line = yaml?.lines.get(path)
        const source = { where, line, value, isText: false, yaml }
        this.put(path, named, source, prefix + name, spelling)
      }
    }
  }

  /** Takes one value under the path it was written with, which stands for `named`. */
  put(
    path: string,
    named: Named | undefined,
    source: Source,
    name = path,
    spelling: Spelling = asItIs,
  ): void {
    const { where, line, value } = source
    if (!named) this.unknown(path, source, name, spelling)
    else if (named.kind === 'section') {
      if (value === null || isTree(value)) return
      const words = `expected a section with options; found ${foundWhole(value)}`
      this.faults.push({ where, path, line, words })
    } else {
      const isFile = named.kind === 'file'
      // A file that is not named is not there.
      if (isFile && value === null) return
      this.all.push({ option: named.option, path, isFile, ...source })
    }
  }

  private unknown(path: string, { where, line }: Source, name: string, spelling: Spelling): void {
    const map = this.names.mapAround(name)
    const near = this.names.near(name)
    const words = map
      ? `unknown option; ${spelling(map)} is given as one map, like {"name": …}`
      : `unknown option${near ? `, did you mean ${spelling(near.name)}?` : ''}`
    const option = map ?? near?.option
    this.faults.push({ where, path, line, words, ...(option && { option }) })
  }

  /** By option what is said of it, the last word where it `repeats`: elsewhere twice is once too often. */
  grouped(repeats = false): ReadonlyMap<string, Given> {
    const groups = Map.groupBy(this.all, ({ option }) => option)
    const last = new Map<string, Given>()
    for (const [option, group] of groups) {
      const latest = group.at(-1) as Given
      last.set(option, latest)
      const { where, line, path } = latest
      const other = group.find(({ isFile }) => isFile !== latest.isFile)
      const before = repeats ? undefined : group.at(-2)
      const words = other
        ? `expected either the secret itself or its file; found ${nameOf(other)} too`
        : before && `there twice, first as ${nameOf(before)}`
      if (words) this.faults.push({ where, line, path, option, words })
    }
    return last
  }
}

/** What tells it from another of the same layer. */
function nameOf({ where, path, line }: Given): string {
  const [, variable] = where.split(' ')
  return /^(\.env|environment) /.test(where)
    ? (variable ?? '')
    : `${path}${line ? ` in line ${line}` : ''}`
}

/** `bridge.yaml:3`, and of a secret the file it was read from. */
export function placeOf({ where, line, isFile, value }: Given): string {
  const place = line === undefined ? where : `${where}:${line}`
  return isFile ? `${place}, file ${value}` : place
}
