import { createConnection, createServer, type Server } from 'node:net'
import { until } from '../support/until.ts'
import { outcome, podman } from './engine.ts'
import { image } from './image.ts'

/** Lets what runs in a network reach a port of this machine's loopback, and resolves with where it finds it. To be closed. */
export async function openDoor(
  network: string,
  port: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const [found] = JSON.parse(await podman('network', 'inspect', network))
  const host: string = found.subnets[0].gateway
  // The network is there as long as somebody is in it.
  const holds = `${network}-door-${port}`
  const idle = ['--entrypoint', 'sleep', image, 'infinity']
  await podman('run', '-d', '--name', holds, '--network', network, ...idle)
  const server = createServer((inner) => {
    const outer = createConnection(port, '127.0.0.1')
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  const at = await until(() => listening(server, host), 'the network’s own address', 60_000)
  return {
    url: `http://${host}:${at}`,
    async close() {
      server.close()
      await outcome('rm', '--force', '--time', '0', holds)
    },
  }
}

function listening(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}
