import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { type Agent, get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { isAbsolute, relative } from 'node:path'
import { Readable } from 'node:stream'
import { BridgeError } from '../../src/core/errors.ts'
import type { TelegramApi } from './api.ts'
import { type Exchange, interrupted, late, refused, telegramError } from './errors.ts'

export interface FilesOptions {
  readonly token: string
  readonly apiRoot: string
  readonly agent: Agent
  /** Where a local Bot API server keeps its files. */
  readonly filesDir: string | undefined
}

/** Nothing comes for so long. */
const stallMs = 60_000
const what = 'the download of a file'

/**
 * The bytes of files people sent: from Telegram, or from the disk where a local Bot API server puts them. What is larger
 * than the server gives out is a BridgeError of code `tooLarge`.
 */
export function createFiles(options: FilesOptions, call: TelegramApi['call']): TelegramApi['file'] {
  return async (fileId, signal) => {
    const { file_path: path, file_size: bytes } = await call('getFile', { file_id: fileId }, signal)
    if (path === undefined) throw notThere()
    if (isAbsolute(path)) return fromDisk(options.filesDir, path)
    // It would be another path than that of files, with the token beside it.
    if (path.split('/').some((each) => /^\.{0,2}$/.test(each))) throw notThere()
    const stream = await fromServer(options, path, signal)
    return { stream, ...(bytes !== undefined && { bytes }) }
  }
}

/** Throws a BridgeError also for a path that leads out of the folder: it comes from outside. */
async function fromDisk(folder: string | undefined, path: string) {
  if (folder === undefined) {
    throw wrong(
      'The Bot API server keeps files on its own disk and does not send them. Set telegram.filesDir to the folder it keeps them in.',
    )
  }
  const [root, file] = await Promise.all([real(folder), real(path)])
  const inside = root && file ? relative(root, file) : '..'
  if (!root || !file || inside.startsWith('..') || isAbsolute(inside) || inside === '') {
    throw wrong(
      'A file of the local Bot API server is not in the folder that telegram.filesDir names: the server and the bridge must see it at the same place.',
    )
  }
  const found = await stat(file)
  if (!found.isFile()) throw notThere()
  const stream = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>
  return { stream, bytes: found.size }
}

const real = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined)

async function fromServer(
  { token, apiRoot, agent }: FilesOptions,
  path: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const exchange: Exchange = { method: what, delivering: false, reached: false, sent: true }
  const where = path.split('/').map(encodeURIComponent).join('/')
  const url = new URL(`/file/bot${token}/${where}`, apiRoot)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const get = url.protocol === 'https:' ? httpsGet : httpGet
    // Said here, it holds while connecting too: the agent's own is much shorter, and for what lies idle.
    const request = get(url, { agent, signal, timeout: stallMs }, resolve)
    request.on('timeout', () => request.destroy(late(exchange)))
    request.on('error', reject)
    request.on('socket', () => {
      exchange.reached = true
    })
  }).catch((error: unknown) => {
    throw signal.aborted ? interrupted(exchange) : telegramError(error, exchange)
  })
  if (answer.statusCode === 200) return throughout(answer, signal, exchange)
  answer.destroy()
  // Of a file, this says nothing about the token.
  if (answer.statusCode === 404) throw notThere()
  throw refused({ status: answer.statusCode ?? 0, description: 'no file' }, exchange)
}

/** The body; where it breaks off, its reader is told so in our own terms. */
function throughout(
  body: IncomingMessage,
  signal: AbortSignal,
  exchange: Exchange,
): ReadableStream<Uint8Array> {
  const reader = (Readable.toWeb(body) as ReadableStream<Uint8Array>).getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        controller.error(signal.aborted ? interrupted(exchange) : telegramError(error, exchange))
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

const notThere = () =>
  new BridgeError('Telegram does not have this file any more.', {
    code: 'gone',
    heal: 'never',
    certain: true,
  })

const wrong = (message: string) =>
  new BridgeError(message, { code: 'config', heal: 'never', certain: true })
