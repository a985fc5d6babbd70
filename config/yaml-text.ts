import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { syntaxWords } from './yaml-words.ts'

/** What is wrong in a YAML text. Its words never hold a value. */
export interface YamlProblem {
  /** The key it is about; empty: the text as a whole. */
  readonly path: string
  readonly words: string
  /** From 1; absent where the words name it. */
  readonly line?: number
}

export interface YamlText {
  /** Plain data. Undefined: nothing could be read. */
  readonly value: unknown
  /** By the path of each key, its line (from 1). */
  readonly lines: ReadonlyMap<string, number>
  /** By the path of each key whose value is no text, what was written: `2.0` for the number 2. */
  readonly written: ReadonlyMap<string, string>
  readonly problems: readonly YamlProblem[]
}

/** More than any configuration needs, and little enough to be refused at once. */
const maxDepth = 30
const maxNodes = 100_000
/** Each of them is looked for in the whole text. */
const maxAliases = 100
const tooMuch =
  'not valid YAML: nested far too deeply, or far larger than a configuration can be (through & and *, perhaps)'
/** What YAML calls a value may be said; anything else would make it something that is no plain data. */
const tags = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/

/** Reads one YAML document as plain data, with places. Never throws, whatever the text; nothing in it runs. */
export function readYaml(text: string): YamlText {
  const problems: YamlProblem[] = []
  const lines = new Map<string, number>()
  const written = new Map<string, string>()
  const nothing = { value: undefined, lines, written, problems }
  if (isDeep(text)) {
    problems.push({ path: '', words: tooMuch })
    return nothing
  }
  const counter = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  })
  const [error] = document.errors
  // How deep the parser can go depends on the stack that is left.
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) {
    problems.push({ path: '', words: tooMuch })
    return nothing
  }
  if (error) {
    const { line, col } = counter.linePos(error.pos[0])
    const words = `not valid YAML in line ${line}, column ${col}: ${syntaxWords(error)}`
    problems.push({ path: '', words })
    return nothing
  }

  let nodes = 0
  let aliases = 0
  const lineOf = (node: Node) => counter.linePos(node.range?.[0] ?? 0).line
  const refuse = (path: string, words: string, node?: Node): undefined => {
    problems.push({ path, words, ...(node && { line: lineOf(node) }) })
  }

  const plain = (given: Node | null, path: string, depth: number): unknown => {
    if (isAlias(given) && ++aliases > maxAliases) throw new TooMuch()
    const node = isAlias(given) ? given.resolve(document) : given
    if (given && !node) return refuse(path, 'a * that names nothing before it', given)
    if (!node) return null
    if (++nodes > maxNodes || depth > maxDepth) throw new TooMuch()
    if (node.tag !== undefined && !tags.test(node.tag)) {
      return refuse(path, 'a tag (!) that means nothing here; put the value in quotes', node)
    }
    if (isSeq(node)) {
      return node.items.map((item, at) => plain(item as Node, `${path}.${at}`, depth + 1))
    }
    if (isMap(node)) {
      const map: Record<string, unknown> = {}
      const first = new Map<string, number>()
      for (const { key, value } of node.items) {
        if (!isScalar(key) || key.value === null || typeof key.value === 'object') {
          refuse(path, 'a key that is no name', isScalar(key) ? key : node)
          continue
        }
        const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
        const own = path === '' ? name : `${path}.${name}`
        const line = lineOf(key)
        const before = first.get(name)
        // It would not be a key, but what the map is made after.
        if (name === '__proto__') refuse(own, 'unknown option', key)
        else if (before !== undefined) refuse(own, `there twice, first in line ${before}`, key)
        else {
          first.set(name, line)
          lines.set(own, line)
          const inner = plain(value as Node | null, own, depth + 1)
          if (inner !== undefined) map[name] = inner
        }
      }
      return map
    }
    if (!isScalar(node)) return refuse(path, 'something that is no value', node)
    if (typeof node.value !== 'string' && node.source) written.set(path, node.source)
    return node.value
  }

  try {
    return { value: plain(document.contents, '', 0), lines, written, problems }
  } catch (thrown) {
    if (!(thrown instanceof TooMuch)) throw thrown
    refuse('', tooMuch)
    return nothing
  }
}

class TooMuch extends Error {}

/** Seen before the parser is asked, which takes seconds to find out. */
function isDeep(text: string): boolean {
  if (/^ *(?:[-?] +){30}/m.test(text)) return true
  let depth = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (bracket === '[' || bracket === '{' ? 1 : -1))
    if (depth > 10 * maxDepth) return true
  }
  return false
}
