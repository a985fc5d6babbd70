import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BridgeError } from '../../src/core/errors.ts'

/** A server that listens: its origin, and how to end it at once. */
export interface Listening {
  readonly origin: string
  close(): Promise<void>
}

/** Longer than Synapse keeps a connection: that it ends one says something then, see `parting.ts`. */
const keptMs = 150_000

/** Listens. Throws a BridgeError (`config`) when the address cannot be had. */
export function listen(
  at: { readonly host: string; readonly port: number },
  handle: RequestListener,
): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: keptMs }, handle)
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        new BridgeError(
          `Could not listen on ${at.host}:${at.port} for the homeserver (${error.code}). ` +
            'Is another bridge running? Otherwise choose another address.',
          { code: 'config', heal: 'never', certain: true },
          { cause: error },
        ),
      ),
    )
    server.listen(at.port, at.host, () => {
      const { port } = server.address() as AddressInfo
      const host = at.host.includes(':') ? `[${at.host}]` : at.host
      resolve({
        origin: `http://${host}:${port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}
