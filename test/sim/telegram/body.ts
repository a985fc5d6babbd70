import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { ApiError, type Call } from './method.ts'
import { readForm } from './multipart.ts'

/** What a request says beside its method. */
export type Body = Pick<Call, 'params' | 'files'>

/**
 * Parameters of a request: query first, then whatever the body says by its content type; of two with one name the first
 * counts. As with the real server, JSON that cannot be read is no parameters at all.
 */
export function readBody(
  bytes: Buffer,
  headers: IncomingHttpHeaders,
  query: URLSearchParams = new URLSearchParams(),
): Body {
  const { fields, files } = contentOf(bytes, headers['content-type'] ?? '')
  const params: Record<string, unknown> = {}
  for (const [name, value] of [...query, ...fields])
    if (!Object.hasOwn(params, name)) params[name] = value
  return { params, files }
}

/** Everything a request brings. What is too long is read to its end all the same, so that its sender hears the answer. */
export async function wholeOf(stream: Readable, most: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= most) chunks.push(chunk)
  }
  if (bytes > most) throw new ApiError(413, 'Request Entity Too Large')
  return Buffer.concat(chunks)
}

interface Content {
  readonly fields: Iterable<readonly [string, unknown]>
  readonly files: Body['files']
}

function contentOf(bytes: Buffer, type: string): Content {
  const kind = type.toLowerCase()
  if (kind.includes('multipart/form-data')) return readForm(bytes, type)
  const files = new Map()
  if (kind.includes('application/json')) return { fields: fieldsOf(`${bytes}`), files }
  const isForm = kind.includes('application/x-www-form-urlencoded')
  return { fields: isForm ? new URLSearchParams(`${bytes}`) : [], files }
}

function fieldsOf(text: string): readonly [string, unknown][] {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return []
    return Object.entries(parsed).filter(([, value]) => value !== null)
  } catch {
    return []
  }
}
