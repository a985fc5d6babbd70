import type { Options } from './kinds.ts'
import { masked, shown } from './masking.ts'
import type { Config } from './schema.ts'
import { valueAt } from './tree.ts'

/** What a configuration came to, and where each value is from. */
export interface Loaded {
  readonly config: Config
  /** For each option, where its value came from: `default`, a file, `.env NAME`, `environment NAME` or `--set`. */
  readonly origins: ReadonlyMap<string, string>
  /** The same with the line in a file (`bridge.yaml:3`) and the file of a secret; also for the options of doors. */
  readonly places: ReadonlyMap<string, string>
  readonly options: Options
}

/** One option of a configuration, for everybody's eyes. */
export interface Entry {
  /** `web.port`, or `wechat.doors.second.web.userAgent` */
  readonly path: string
  /** The value as JSON, without passwords; `(set)` for a secret that is set. */
  readonly shown: string
  readonly origin: string
  readonly secret: boolean
}

/** Every option with its value and origin; those of further accounts after all others. */
export function entries(loaded: Loaded): readonly Entry[] {
  const { config, options } = loaded
  const { sections, doors, ...wechat } = config.wechat
  const all = { ...config, wechat: { ...wechat, doors: {}, ...sections } }
  const own = options.paths
    .filter((path) => path !== 'wechat.doors' || Object.keys(doors).length === 0)
    .map((path) => entry(loaded, path, path, valueAt(all, path.split('.'))))
  return [...own, ...Object.keys(doors).flatMap((name) => doorEntries(loaded, name))]
}

function doorEntries(loaded: Loaded, name: string): readonly Entry[] {
  const door = loaded.config.wechat.doors[name]
  if (!door) return []
  const where = `wechat.doors.${name}`
  const prefix = `wechat.${door.connector}.`
  const inside = loaded.options.paths.filter((path) => path.startsWith(prefix))
  return [
    entry(loaded, `${where}.connector`, '', door.connector),
    entry(loaded, `${where}.alerts`, '', door.alerts),
    ...inside.map((option) => {
      const rest = option.slice(prefix.length)
      const value = valueAt(door.options, rest.split('.'))
      return entry(loaded, `${where}.${door.connector}.${rest}`, option, value)
    }),
  ]
}

function entry(loaded: Loaded, path: string, option: string, value: unknown): Entry {
  const secret = loaded.options.secrets.includes(option)
  return {
    path,
    shown: secret && value !== null ? masked : shown(value),
    origin: loaded.places.get(path) ?? 'default',
    secret,
  }
}
