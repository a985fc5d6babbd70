import { createServer } from 'node:net'

// Below what systems give to whoever asks for any port: there somebody else would have it before it is used.
const first = 12_000
const count = 19_000
/** Processes that run beside one another begin in different places. */
let next = Math.floor(Math.random() * count)

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    next = (next + 1) % count
    const port = first + next
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
