import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { allowedWords } from './allowed.ts'
import { commentsOf } from './comments.ts'
import { type KindOptions, optionsWith } from './kinds.ts'
import { environmentName } from './names.ts'
import { environmentNames } from './schema.ts'
import { valueAt } from './tree.ts'

/** One option, as a reference tells of it. */
export interface OptionReference {
  /** `matrix.listen.port` */
  readonly path: string
  /** As `default.yaml` has it: text, number, boolean, null, list or map. */
  readonly default: unknown
  /** In words: `a whole number from 0 to 65535`. */
  readonly allows: string
  /** Never printed; and may be given as `<path>_file`, and `<name>_FILE` in the environment. */
  readonly secret: boolean
  /** `BRIDGE__MATRIX__LISTEN__PORT` */
  readonly environment: string
  /** Shorter names in the environment that stand for the same. */
  readonly alsoEnvironment: readonly string[]
  /** The sentences above it in `default.yaml`, or in the `defaults.yaml` of its connector. */
  readonly comment: string
}

/** A section and the sentence above it. */
export interface SectionReference {
  readonly path: string
  readonly comment: string
}

/** Every option with those of these kinds of connectors, in the order of the files. */
export function optionsReference(kinds: readonly KindOptions[]): readonly OptionReference[] {
  const options = optionsWith(kinds)
  return sourcesOf(kinds).flatMap(({ prefix, text }) => {
    const comments = commentsOf(text)
    const defaults = parseYaml(text) as Readonly<Record<string, unknown>>
    return options.paths
      .filter((path) => path.startsWith(prefix) && comments.has(path.slice(prefix.length)))
      .map((path) => ({
        path,
        default: valueAt(defaults, path.slice(prefix.length).split('.')),
        allows: allowedWords(options.allows(path)),
        secret: options.secrets.includes(path),
        environment: environmentName(path),
        alsoEnvironment: Object.keys(environmentNames).filter(
          (name) => environmentNames[name] === path,
        ),
        comment: comments.get(path.slice(prefix.length)) ?? '',
      }))
  })
}

/** Every section, those of the connectors (`wechat.web`) and sections in sections too, in the order of the files. */
export function sectionsReference(kinds: readonly KindOptions[]): readonly SectionReference[] {
  const { paths } = optionsWith(kinds)
  return sourcesOf(kinds).flatMap(({ prefix, text }) =>
    [...commentsOf(text)]
      .map(([name, comment]) => ({ path: (prefix + name).replace(/\.$/, ''), comment }))
      .filter(({ path }) => paths.some((option) => option.startsWith(`${path}.`))),
  )
}

function sourcesOf(kinds: readonly KindOptions[]) {
  const base = new URL('./default.yaml', import.meta.url)
  const all = [
    { prefix: '', file: base },
    ...kinds.map(({ name, defaults }) => ({ prefix: `wechat.${name}.`, file: defaults })),
  ]
  return all.map(({ prefix, file }) => ({ prefix, text: readFileSync(file, 'utf8') }))
}
