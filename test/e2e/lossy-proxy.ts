import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy on loopback that passes everything on, notes it, and loses the answers to the requests that `lose` names. */
export async function lossyProxy(
  target: string,
  lose: (pathAndQuery: string) => boolean,
): Promise<{ url: string; requests: string[]; close(): Promise<void> }> {
  const requests: string[] = []
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = '/' } = incoming
    requests.push(`${method} ${url}`)
    const passed = request(new URL(url, target), { method, headers }, (answer) => {
      if (lose(url) && answer.statusCode === 200) {
        answer.resume().once('end', () => outgoing.destroy())
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.once('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
