import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Who may import whom (architecture §2). A layer not named here may import nothing of ours. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'src/core': ['src/core'],
  'src/ports': ['src/core', 'src/ports'],
  'src/bridge': ['src/core', 'src/ports', 'src/bridge'],
  'src/sandbox': ['src/sandbox'],
  config: ['config', 'src/core'],
  adapters: ['src/core', 'src/ports'],
}

/** The composition root, the command line and what they are made of may name everything. */
const everything =
  /^src\/((main|cli|data-folder|rules|operator|beside|flow|health|monitor|readings|seats|storage|we-chat|persons?[a-z-]*)\.ts$|(cli|backup)\/)/

/** Packages that a layer may use; adapters may use any, each its own. */
const packages: Readonly<Record<string, RegExp>> = {
  'src/core': /^$/,
  'src/ports': /^$/,
  'src/bridge': /^p-queue$/,
  'src/sandbox': /^(node:.*|qrcode)$/,
  config: /^(node:.*|zod|yaml|dotenv)$/,
  adapters: /./,
}

/** Vendor packages and the one folder whose code may know them. */
const homes: Readonly<Record<string, string>> = {
  'matrix-bot-sdk': 'adapters/matrix',
  kysely: 'adapters/sql',
  'node:sqlite': 'adapters/sql',
  pino: 'adapters/telemetry',
  'prom-client': 'adapters/telemetry',
  hono: 'adapters/web',
  '@hono/node-server': 'adapters/web',
  'fast-xml-parser': 'adapters/wechat-web',
  'p-queue': 'src/bridge',
  telegraf: 'adapters/telegram',
  sharp: 'adapters/convert',
  'https-proxy-agent': 'adapters/telegram',
  'socks-proxy-agent': 'adapters/telegram',
  'ogg-opus-decoder': 'adapters/convert',
  'wasm-media-encoders': 'adapters/convert',
  htmlparser2: 'adapters/matrix',
  unhomoglyph: 'adapters/matrix',
  '@grammyjs/types': 'adapters/telegram',
}

interface Import {
  readonly from: string
  readonly to: string
}

test('every import follows an arrow of the architecture', () => {
  const wrong = imports().filter((arrow) => !isAllowed(arrow))
  expect(wrong).toEqual([])
})

test('vendor packages stay in their folder', () => {
  const strays = imports().filter(({ from, to }) => {
    const vendor = Object.keys(homes).find((name) => to === name || to.startsWith(`${name}/`))
    return vendor && !from.startsWith(`${homes[vendor]}/`)
  })
  expect(strays).toEqual([])
})

test('the reader sees every source file', () => {
  const files = sources()
  for (const file of ['src/main.ts', 'src/core/fit.ts', 'adapters/matrix/hub.ts']) {
    expect(files).toContain(file)
  }
  expect(imports().length).toBeGreaterThan(200)
})

test('core has no clock, randomness or Node globals', () => {
  for (const file of sources().filter((name) => name.startsWith('src/core/'))) {
    const text = readFileSync(join(root, file), 'utf8')
    expect(text, file).not.toMatch(
      /Date\.now|new Date\(\)|Math\.random|process\.|Buffer\b|setTimeout/,
    )
  }
})

function isAllowed({ from, to }: Import): boolean {
  if (everything.test(from)) return true
  const layer = layerOf(from)
  if (!to.startsWith('./')) return packages[layer]?.test(to) ?? false
  const target = to.slice(2)
  // An adapter sees itself, core and ports, and the tools all may use: never another adapter.
  if (layer === 'adapters' && adapterOf(target) !== undefined) {
    return adapterOf(from) === adapterOf(target) || adapterOf(target) === toolbox
  }
  return arrows[layer]?.includes(layerOf(target)) ?? false
}

/** No adapter, but what several of them convert media with. */
const toolbox = 'convert'

const adapterOf = (file: string) => /^adapters\/([^/]+)\//.exec(file)?.[1]

function layerOf(file: string): string {
  return /^(src\/[^/]+(?=\/)|adapters(?=\/)|config(?=\/))/.exec(file)?.[1] ?? file
}

/** All static and dynamic imports of literal names; those of our own files as `./<path from the root>`. */
function imports(): readonly Import[] {
  const pattern = /\bfrom\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm
  return sources().flatMap((from) => {
    const text = readFileSync(join(root, from), 'utf8')
    return [...text.matchAll(pattern)].map((match) => {
      const name = (match[1] ?? match[2] ?? match[3]) as string
      const isOwn = name.startsWith('.')
      const to = isOwn ? `./${relative(root, resolve(root, dirname(from), name))}` : name
      return { from, to }
    })
  })
}

function sources(): readonly string[] {
  return ['src', 'adapters', 'config'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  )
}
