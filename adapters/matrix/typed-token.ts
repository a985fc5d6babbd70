import { htmlIn } from './html-in.ts'
import type { RoomEvent } from './ingress.ts'
import { type Json, record } from './json.ts'

/** An event without the tokens that were written in it. */
export interface Untokened {
  readonly event: RoomEvent
  /** There was one: the event has to go. */
  readonly found: boolean
}

export interface TypedTokenParts {
  readonly owner: string
  isManagement(room: string): boolean
  /** Keeps a token in memory: the name that may stand in its place. */
  offered(token: string): string
}

const mostRemembered = 50
const shortestRepeated = 16
const mostNodes = 2_000

/**
 * `!wx puppet TOKEN` (and `puppet TOKEN` in the management room) holds a key to the owner's account. It is taken out before
 * anything is told, kept or logged: out of the words, out of the HTML and the copies beside them, and out of later events
 * that repeat it (edits, answers). A token of somebody else's is taken out too, and kept nowhere.
 */
export function createTypedTokens(parts: TypedTokenParts): (event: RoomEvent) => Untokened {
  /** Tokens that were written lately, and what stands for them. In memory only. */
  const names = new Map<string, string>()

  const nameFor = (token: string, sender: string): string => {
    const known = names.get(token)
    if (known !== undefined && sender !== parts.owner) return known
    const name = sender === parts.owner ? parts.offered(token) : '…'
    // What others write, or what is short, could be in anything that is said later.
    if (sender !== parts.owner || token.length < shortestRepeated) return name
    names.delete(token)
    names.set(token, name)
    const [oldest] = names.keys()
    if (names.size > mostRemembered && oldest !== undefined) names.delete(oldest)
    return name
  }

  return (event) => {
    const said = textsIn(event.raw)
    const isManagement = parts.isManagement(event.room)
    const written = new Set(said.flatMap((text) => tokensIn(text, isManagement)))
    const repeated = [...names.keys()].filter((token) => said.some((text) => text.includes(token)))
    if (written.size === 0 && repeated.length === 0) return { event, found: false }
    const stand = new Map(
      [...written, ...repeated].map((token) => [
        token,
        written.has(token) ? nameFor(token, event.sender) : (names.get(token) ?? '…'),
      ]),
    )
    const raw = record(without(event.raw, longestFirst(stand))) ?? {}
    return { event: { ...event, raw, content: record(raw.content) ?? {} }, found: true }
  }
}

/** Words that say something else than a token would: `off`, `status`, `none`, and the `TOKEN|off` of the help. */
const isWord = (word: string): boolean => /^[\p{L}?|]{1,9}$/u.test(word)

/** In the letters of tokens, be they in full width. */
const isWritten = (word: string): boolean => /[A-Za-z0-9\uff10-\uff5a]/u.test(word)

const unquoted = (word: string): string => word.replace(/^[`"'“”‘’<]+|[`"'“”‘’>]+$/gu, '')

function tokensIn(text: string, isManagement: boolean): readonly string[] {
  const patterns = isManagement ? [prefixed, bare] : [prefixed]
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .flatMap(([, words = '']) => words.split(/\s+/u).map(unquoted).filter(isWritten))
    .filter((word, at) => !isWord(word) && (at === 0 || word.length >= 16))
}

/** Also as a keyboard in full width writes it, which is no command: what stands behind it is a token all the same. */
const prefixed = /[!！]\s?[wｗ][xｘ]\s*[pｐ][uｕ][pｐ][pｐ][eｅ][tｔ][\s:=：＝`'"“”‘’<]+([^\n]+)/giu
/** Where all is a command, whatever stands in front of it. */
const bare = /(?<![\p{L}\p{N}])puppet[\s:=：＝`'"“”‘’<]+([^\n]+)/giu

/** Every text in an event, those of HTML also as they are read. */
function textsIn(raw: Json): readonly string[] {
  const texts: string[] = []
  let left = mostNodes
  const look = (value: unknown, name: string) => {
    if (left-- <= 0) return
    if (typeof value === 'string') {
      texts.push(name === 'formatted_body' ? (readOf(value) ?? value) : value)
    } else if (typeof value === 'object' && value !== null) {
      for (const [each, inner] of Object.entries(value)) look(inner, each)
    }
  }
  look(raw.content, '')
  look(raw.unsigned, '')
  return texts
}

type Stand = readonly (readonly [token: string, name: string])[]

const longestFirst = (stand: ReadonlyMap<string, string>): Stand =>
  [...stand].sort(([one], [other]) => other.length - one.length)

/** What HTML says, with what is repeated in it of what is answered. */
const readOf = (html: string): string | undefined =>
  htmlIn(html.replaceAll('mx-reply', 'blockquote'), (_, text) => ({ text }))?.text

/** The same without the tokens. HTML, which could write them in many ways, is what it says. */
function without(value: unknown, stand: Stand): unknown {
  if (typeof value === 'string') {
    return stand.reduce((text, [token, name]) => text.replaceAll(token, name), value)
  }
  if (Array.isArray(value)) return value.map((each) => without(each, stand))
  if (typeof value !== 'object' || value === null) return value
  const { formatted_body: html } = value as Json
  const read = typeof html === 'string' ? readOf(html) : undefined
  return Object.fromEntries(
    Object.entries({ ...value, ...(read !== undefined && { body: read }) })
      .filter(([name]) => !isHtml(name))
      .map(([name, inner]) => [String(without(name, stand)), without(inner, stand)]),
  )
}

const isHtml = (name: string) =>
  [
    'format',
    'formatted_body',
    'org.matrix.msc1767.html',
    'm.html',
    'org.matrix.msc1767.message',
    'm.message',
    'm.text',
  ].includes(name)
