import type { TelegramApi, Upload } from '../../adapters/telegram/api.ts'
import { type ClientOptions, createTelegramApi } from '../../adapters/telegram/client.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { realClock } from './ports.ts'

const secret = 'secret-secret-secret-secret'
export const token = `123456:${secret}`
export const never = new AbortController().signal

/** The client under test, on a server of the test's. */
export const clientOf = (apiRoot: string, options: Partial<ClientOptions> = {}): TelegramApi =>
  createTelegramApi({ token, apiRoot, ...options }, { clock: realClock })

/** How a call fails. Wherever its error goes, the token must not be in it. */
export async function failure(work: Promise<unknown>): Promise<BridgeError> {
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof BridgeError)) throw error
  if (`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`.includes(secret)) {
    throw new Error('There is the token in an error.')
  }
  return error
}

export const upload = (bytes: Uint8Array | AsyncIterable<Uint8Array>, name = 'a.bin'): Upload => ({
  stream: ReadableStream.from(bytes instanceof Uint8Array ? [bytes] : bytes) as ReadableStream<
    Uint8Array<ArrayBuffer>
  >,
  name,
  mime: 'application/octet-stream',
})
