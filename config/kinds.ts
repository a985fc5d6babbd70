import { z } from 'zod'
import { defaultsIn } from './defaults.ts'
import { base, secrets } from './schema.ts'

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
  /** The paths of all options: what is no section. */
  readonly paths: readonly string[]
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
    paths: pathsOf(schema, ''),
    secrets: [
      ...secrets,
      ...kinds.flatMap(({ name, secrets: own }) => own.map((each) => `wechat.${name}.${each}`)),
    ],
    allows,
    isMap: (path) => allows(path) instanceof z.ZodRecord,
    sections: () =>
      Object.fromEntries(kinds.map(({ name, defaults }) => [name, defaultsIn(defaults)])),
  }
}

function pathsOf(section: z.ZodObject, prefix: string): readonly string[] {
  return Object.entries(section.shape).flatMap(([name, node]) =>
    node instanceof z.ZodObject ? pathsOf(node, `${prefix}${name}.`) : [prefix + name],
  )
}

type KindMissing = (
  options: unknown,
) => readonly { readonly option: string; readonly why: string }[]

/** What these options of a kind lack for it to run: the option after the name of the section, and what was expected. */
export function missingOf(
  kind: KindOptions,
  section: unknown,
): readonly { readonly option: string; readonly why: string }[] {
  return (kind.missing as KindMissing | undefined)?.(section) ?? []
}
