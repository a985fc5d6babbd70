import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { base, type DoorConfig, secrets } from './schema.ts'

/** What the configuration needs to know of a kind of connector (`src/ports/connector-kind.ts`). */
export interface KindOptions {
  readonly name: string
  readonly schema: unknown
  readonly defaults: URL
  readonly secrets: readonly string[]
  missing?(options: never): readonly { readonly option: string; readonly why: string }[]
}

/** All options there are, with those of these kinds of connectors. */
export interface Options {
  readonly schema: z.ZodObject
  readonly secrets: readonly string[]
  /** What one option allows, by its path. What is no option allows anything. */
  allows(path: string): z.ZodType
  /** Is an option a map of names to values, as a whole? */
  isMap(path: string): boolean
  /** The default sections, by the name of their kind. */
  sections(): Readonly<Record<string, unknown>>
}

/** A connector that is none of these: a made-up WeChat, in this process. */
export const sandbox = 'sandbox'

export function optionsWith(kinds: readonly KindOptions[]): Options {
  const sections = Object.fromEntries(kinds.map(({ name, schema }) => [name, schema as z.ZodType]))
  const names = [sandbox, ...Object.keys(sections)]
  const wechat = z.strictObject({
    ...base.shape.wechat.shape,
    connector: z.enum(names),
    ...sections,
  })
  const schema = z.strictObject({ ...base.shape, wechat })
  const allows = (path: string): z.ZodType => {
    let node: z.ZodType | undefined = schema
    for (const name of path.split('.')) {
      const shape: Readonly<Record<string, z.ZodType>> =
        node instanceof z.ZodObject ? node.shape : {}
      node = Object.hasOwn(shape, name) ? shape[name] : undefined
    }
    return node ?? z.unknown()
  }
  return {
    schema,
    secrets: [
      ...secrets,
      ...kinds.flatMap(({ name, secrets: own }) => own.map((each) => `wechat.${name}.${each}`)),
    ],
    allows,
    isMap: (path) => allows(path) instanceof z.ZodRecord,
    sections: () =>
      Object.fromEntries(
        kinds.map(({ name, defaults }) => [name, parseYaml(readFileSync(defaults, 'utf8'))]),
      ),
  }
}

type Tree = Readonly<Record<string, unknown>>
/** `path` is that of the option, after the name of the door. */
export interface DoorFault {
  readonly path: string
  readonly why: string
}

/**
 * One door: its own values over those of its connector's section, but for secrets, which are nobody else's. A secret `x`
 * may be given as `x_file`, which `read` reads.
 */
export function doorOf(
  given: Tree,
  sections: Tree,
  kinds: readonly KindOptions[],
  read: (file: string, path: string) => string,
): { readonly door?: DoorConfig; readonly faults: readonly DoorFault[] } {
  const { connector, alerts = false, ...rest } = given
  const kind = kinds.find(({ name }) => name === connector)
  if (!kind) {
    const names = kinds.map(({ name }) => name).join(', ')
    return { faults: [{ path: 'connector', why: `expected one of ${names}` }] }
  }
  const faults: DoorFault[] = []
  if (typeof alerts !== 'boolean') faults.push({ path: 'alerts', why: 'expected true or false' })
  for (const name of Object.keys(rest)) {
    if (name !== kind.name) {
      faults.push({ path: name, why: `unknown option; expected connector, alerts or ${kind.name}` })
    }
  }
  const own = isTree(rest[kind.name]) ? (rest[kind.name] as Tree) : {}
  const inherited = { ...(sections[kind.name] as Tree) }
  const fresh = parseYaml(readFileSync(kind.defaults, 'utf8')) as Tree
  for (const secret of kind.secrets) inherited[secret] = fresh[secret]
  const merged: Record<string, unknown> = { ...inherited, ...own }
  for (const secret of kind.secrets) {
    const file = merged[`${secret}_file`]
    if (file === undefined) continue
    delete merged[`${secret}_file`]
    merged[secret] = read(String(file), `${kind.name}.${secret}_file`)
  }
  const parsed = (kind.schema as z.ZodType).safeParse(merged)
  for (const issue of parsed.error?.issues ?? []) {
    faults.push({ path: [kind.name, ...issue.path].join('.'), why: issue.message })
  }
  if (parsed.error || faults.length > 0) return { faults }
  const lacking = (kind.missing as KindMissing | undefined)?.(parsed.data) ?? []
  const needed = lacking.map(({ option, why }) => ({ path: `${kind.name}.${option}`, why }))
  const door = { connector: kind.name, options: parsed.data, alerts: alerts === true }
  return needed.length > 0 ? { faults: needed } : { door, faults: [] }
}

type KindMissing = (
  options: unknown,
) => readonly { readonly option: string; readonly why: string }[]

/** What the section of the connector in use lacks. */
export function missingOf(
  connector: string,
  section: unknown,
  kinds: readonly KindOptions[],
): readonly DoorFault[] {
  const kind = kinds.find(({ name }) => name === connector)
  const lacking = (kind?.missing as KindMissing | undefined)?.(section) ?? []
  return lacking.map(({ option, why }) => ({ path: `wechat.${connector}.${option}`, why }))
}

export const isTree = (value: unknown): value is Tree =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
