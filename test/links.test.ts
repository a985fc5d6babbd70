import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

// Whoever reads a page of this project can follow each of its links to another one, and to the place in it that is meant.

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = markdownIn(root)
/** Where this copy of the project lies, and whoever works on it lives. */
const ownPlaces = new RegExp(
  String.raw`(?<![\w./:~-])(?:${[
    ...[dirname(resolve(root)), homedir()]
      .filter((place) => !/^\/(tmp)?$/.test(place))
      .map(escaped),
    String.raw`/(?:home|Users)/\w+`,
  ].join('|')})(?![\w-]).*`,
  'g',
)

describe.each(pages.map((page) => relative(root, page)))('%s', (page) => {
  const file = join(root, page)
  const text = readFileSync(file, 'utf8')

  test('every link and picture leads to something', () => {
    expect(targetsIn(text).flatMap((target) => brokenIn(file, target) ?? [])).toEqual([])
  })

  test('no place that only the machine of whoever wrote it has is named', () => {
    expect(text.match(ownPlaces) ?? []).toEqual([])
  })
})

test('the pages are found, and so are links, anchors and pictures in them', () => {
  const found = pages.map((page) => relative(root, page))
  expect(found).toEqual(expect.arrayContaining(['README.md', join('docs', 'matrix.md')]))
  const text = [
    '# Ways in (`web`), & more',
    'A [link](a.md#x "why"), ![a picture](b.png), [one in <angles>](<c d.md>) and [two](e.md).',
    '`[no link](f.md)`, [outside](https://example.org/h.md)',
    '```md\n[no link either](i.md)\n```',
    '<img src="j.png" width="600"> <a href="k.md">k</a>',
    '[by name]: l.md',
    '## Ways in (`web`), & more',
    'Under\n-----',
    '<a id="By-Hand"></a>',
  ].join('\n')
  expect(targetsIn(text)).toEqual([
    ...['a.md#x', 'b.png', 'c d.md', 'e.md'],
    ...['j.png', 'k.md', 'l.md'],
  ])
  expect(anchorsIn(text)).toEqual(['ways-in-web--more', 'ways-in-web--more-1', 'under', 'By-Hand'])
})

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

/** Every page that people may read, not those of other projects. */
function markdownIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isFile()) return entry.name.endsWith('.md') ? [path] : []
    const isOurs = entry.isDirectory() && !/^(node_modules|data|coverage|\.git)$/.test(entry.name)
    return isOurs ? markdownIn(path) : []
  })
}

/** What is written in code is no link. */
function withoutCode(text: string): string {
  return text
    .replace(/^( *)(`{3,}|~{3,}).*\n[\s\S]*?^ *\2.*$/gm, '')
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, (code) => code.replace(/[^\n]/g, '.'))
}

/** Where a page leads within the project, as it is written there. */
function targetsIn(text: string): string[] {
  const plain = withoutCode(text)
  const patterns = [
    /(?<!\\)\](?:\(<([^>\n]*)>\)|\(\s*([^\s()]+(?:\([^\s()]*\))*)(?:\s+["'(][^)]*)?\s*\))/g,
    /<(?:img|a)\b[^>]*?\b(?:src|href)=["']([^"']*)["']/g,
    /^ {0,3}\[[^\]]+\]:\s*(\S+)/gm,
  ]
  const found = patterns.flatMap((pattern) =>
    [...plain.matchAll(pattern)].map((match) => ({
      at: match.index,
      target: match[1] ?? match[2] ?? '',
    })),
  )
  return found
    .toSorted((one, other) => one.at - other.at)
    .map(({ target }) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
}

/** What is wrong with a link. Undefined: nothing. */
function brokenIn(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#').map(decodeURIComponent)
  const file = path === '' ? page : resolve(dirname(page), path)
  if (relative(root, file).startsWith('..')) return `${target}: leads out of the project`
  if (!existsSync(file)) return `${target}: there is no such file`
  if (anchor === undefined) return undefined
  if (statSync(file).isDirectory() || !file.endsWith('.md')) return `${target}: has no headings`
  return anchorsIn(readFileSync(file, 'utf8')).includes(anchor)
    ? undefined
    : `${target}: there is no such heading`
}

/** The names of a page's headings, as the sites that show it make them. */
function anchorsIn(text: string): string[] {
  const lines = text.replace(/^( *)(`{3,}|~{3,}).*\n[\s\S]*?^ *\2.*$/gm, '').split('\n')
  const headings = lines.flatMap((line, at) => {
    const marked = /^ {0,3}#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    const isUnderlined = /^(=+|-{3,})\s*$/.test(lines[at + 1] ?? '') && /^\w/.test(line)
    return marked ?? (isUnderlined ? line : [])
  })
  const counts = new Map<string, number>()
  const slugs = headings.map((heading) => {
    const slug = heading
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replace(/ /g, '-')
    const count = counts.get(slug) ?? 0
    counts.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
  const named = [...text.matchAll(/<a\s+(?:id|name)=["']([^"']+)["']/g)].map(([, id]) => id ?? '')
  return [...slugs, ...named]
}
