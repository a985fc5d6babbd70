import { bad, type Uploaded } from './method.ts'

/** What a multipart body says. */
export interface Form {
  /** In their order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** By the name of their part; of two with one name the first. */
  readonly files: ReadonlyMap<string, Uploaded>
}

/**
 * A multipart body as Telegram's own server reads it (its `HttpReader`), which is simpler than the standard and
 * than any library at hand: a part is a file if it has a file name, and only then; a value ends at the next semicolon,
 * quoted or not; nothing within quotes is escaped. Names that get by here get by there.
 */
export function readForm(bytes: Buffer, type: string): Form {
  const fields: [string, string][] = []
  const files = new Map<string, Uploaded>()
  for (const { head, content } of partsOf(bytes, boundaryOf(type))) {
    const headers = headersOf(head)
    const { name: field, filename } = disposition(headers.get('content-disposition') ?? '')
    if (!field) throw bad('field name in multipart/form-data not found')
    if (filename === undefined) fields.push([field, content.toString('utf8')])
    else if (!files.has(field)) {
      const name = filename.split(/[\\/]/).at(-1) ?? ''
      const mime = headers.get('content-type') ?? 'application/octet-stream'
      files.set(field, { field, name, mime, bytes: content })
    }
  }
  return { fields, files }
}

function boundaryOf(type: string): string {
  const value = /boundary\s*=\s*([^;]+)/i.exec(type)?.[1]?.trim()
  if (!value) throw bad('boundary not found')
  return unquoted(value)
}

interface Part {
  readonly head: string
  readonly content: Buffer
}

function partsOf(bytes: Buffer, boundary: string): readonly Part[] {
  const parts: Part[] = []
  const delimiter = `\r\n--${boundary}`
  let at = indexOf(bytes, delimiter.slice(2), 0) + delimiter.length - 2
  while (bytes.toString('latin1', at, at + 2) !== '--') {
    const headEnd = indexOf(bytes, '\r\n\r\n', at)
    const end = indexOf(bytes, delimiter, headEnd + 4)
    parts.push({
      head: bytes.toString('utf8', at + 2, headEnd),
      content: bytes.subarray(headEnd + 4, end),
    })
    at = end + delimiter.length
  }
  return parts
}

function indexOf(bytes: Buffer, text: string, from: number): number {
  const at = bytes.indexOf(text, from)
  if (at < 0) throw bad("can't parse form data")
  return at
}

const headersOf = (head: string): ReadonlyMap<string, string> =>
  new Map(
    head.split('\r\n').map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, Math.max(0, at)).trim().toLowerCase(), line.slice(at + 1).trim()]
    }),
  )

function disposition(header: string): Readonly<Record<string, string>> {
  if (!header.startsWith('form-data;')) throw bad('expected form-data content disposition')
  const values = header.split(';').slice(1)
  return Object.fromEntries(
    values.map((each) => {
      const at = each.indexOf('=')
      return [each.slice(0, Math.max(0, at)).trim(), unquoted(each.slice(at + 1).trim())]
    }),
  )
}

const unquoted = (value: string): string =>
  value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
