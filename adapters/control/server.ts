import { chmod, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { toBridgeError } from '../../src/core/errors.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Operator } from './operator.ts'
import { pageSize, which } from './wire.ts'

export interface Control {
  close(): Promise<void>
}

/** Longest address of a Unix socket, in bytes without the closing zero. */
const longest = process.platform === 'linux' ? 107 : 103
/** More than any request has, in bytes. */
const largestBody = 1024

/**
 * Answers the operator on a Unix socket that only this user can open; whatever is at `path` is replaced, so the
 * caller must own the folder. Where there can be no socket the bridge goes on without, and says so in the log.
 */
export async function openControl(path: string, operator: Operator, log: Log): Promise<Control> {
  const without = (why: string): Control => {
    log.warn({ path, why }, 'no control socket: the command line works while the bridge is stopped')
    return { close: async () => undefined }
  }
  if (process.platform === 'win32') return without('this platform has none')
  if (Buffer.byteLength(path) > longest) return without(`its path is longer than ${longest} bytes`)
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 8 * 1024 },
    (request, answer) => void handle(operator, request, answer, log),
  )
  server.maxConnections = 16
  try {
    await rm(path, { force: true })
    await listen(server, path)
    await chmod(path, 0o600)
  } catch (error) {
    server.close()
    return without(String(error))
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function handle(
  operator: Operator,
  request: IncomingMessage,
  answer: ServerResponse,
  log: Log,
): Promise<void> {
  const { status, body } = await answered(operator, request).catch((thrown: unknown) => {
    const { message, failure } = toBridgeError(thrown)
    if (failure.code === 'bug') log.error({ err: thrown }, 'the control socket met a fault')
    const known = failure.code === 'gone' || failure.code === 'server'
    return { status: known ? 409 : 500, body: { message, code: known ? failure.code : 'bug' } }
  })
  answer.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' })
  answer.end(JSON.stringify(body))
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

const refused = (status: number, message: string): Answer => ({
  status,
  body: { message, code: 'refused' },
})

async function answered(operator: Operator, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '', 'http://bridge')
  const { method, path, person } = askedOf(request.method, url)
  const found = async (body: Promise<unknown>): Promise<Answer> => ({
    status: 200,
    body: await body,
  })
  if (method === 'GET' && path === '/status' && person === undefined) {
    return found(operator.standing())
  }
  if (person !== undefined && !operator.of) return refused(404, unknown)
  const about = async () => (person === undefined ? operator : await operator.of?.(person))!
  switch (`${method} ${path}`) {
    case 'GET /dead': {
      const limit = wholeNumber(url.searchParams.get('limit')) ?? pageSize
      const before = wholeNumber(url.searchParams.get('before'))
      const { letters } = await about()
      return found(letters(Math.min(limit, pageSize), before))
    }
    case 'POST /retry':
    case 'POST /drop': {
      const asked = which.safeParse(await jsonOf(request))
      if (!asked.success) return refused(400, 'This is neither a number nor "all".')
      const whose = await about()
      return found(whose[path === '/retry' ? 'retry' : 'drop'](asked.data))
    }
    default:
      return refused(404, unknown)
  }
}

const unknown = 'The running bridge does not know this command.'

/** `/people/<user id>/…` is about one of the others who have an account here. */
function askedOf(method: string | undefined, { pathname }: URL) {
  const [, name, path] = /^\/people\/([^/]+)(\/.*)$/.exec(pathname) ?? []
  if (name === undefined || path === undefined) return { method, path: pathname }
  try {
    return { method, path, person: decodeURIComponent(name) }
  } catch {
    return { method, path: '' }
  }
}

const wholeNumber = (text: string | null): number | undefined =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined

/** Undefined for what is not JSON, or too much of it. */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).byteLength
    if (bytes > largestBody) return undefined
    chunks.push(chunk as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}
