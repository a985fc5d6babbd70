/** Plain data with names: a section, or a map. */
export type Tree = Readonly<Record<string, unknown>>

export const isTree = (value: unknown): value is Tree =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** The value at a path of names; undefined: there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, name) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, name)
        ? (node as Readonly<Record<PropertyKey, unknown>>)[name]
        : undefined,
    root,
  )
}

/** Sections within sections, from the values by their paths. The paths are those of options: no stranger names them. */
export function treeOf(values: ReadonlyMap<string, unknown>): Tree {
  const root: { [name: string]: unknown } = {}
  for (const [path, value] of values) {
    const names = path.split('.')
    const last = names.pop() as string
    let node = root
    for (const name of names) {
      node[name] ??= {}
      node = node[name] as typeof root
    }
    node[last] = value
  }
  return root
}
