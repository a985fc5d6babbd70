import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { execute } from '../support/execute.ts'
import { until } from '../support/until.ts'
import { engineEnv, outcome, podman, project, socket } from './engine.ts'
import { image } from './image.ts'

// compose.yaml as it is, by docker-compose, which speaks with podman as with any Docker.

/** podman's own API, for the time of a test file. */
export async function startApi(): Promise<{ stop(): Promise<void> }> {
  await rm(socket, { force: true })
  const args = ['system', 'service', '--time=0', `unix://${socket}`]
  const child: ChildProcess = spawn('podman', args, { env: engineEnv, stdio: 'ignore' })
  const ended = once(child, 'exit')
  await until(() => reached({ path: socket }), 'podman’s API', 60_000)
  return {
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** One of the stacks: a project of a name of its own. */
export class Stack {
  readonly #profile: string
  readonly #name: string
  readonly #env: Readonly<Record<string, string>>

  constructor(profile: string, env: Readonly<Record<string, string>>) {
    this.#profile = profile
    this.#name = `bridge-${profile}-${process.pid}`
    this.#env = env
  }

  /** Runs docker-compose. Rejects with what it said when it fails. */
  async compose(...words: readonly string[]): Promise<string> {
    const args = ['--project-name', this.#name, '--profile', this.#profile, ...words]
    const env = {
      ...engineEnv,
      DOCKER_HOST: `unix://${socket}`,
      // The first start of a server on a busy machine takes longer than the default.
      COMPOSE_HTTP_TIMEOUT: '600',
      BRIDGE_IMAGE: image,
      ...this.#env,
    }
    const { stdout } = await execute('docker-compose', args, { env, cwd: project })
    return stdout.trim()
  }

  up = (): Promise<string> => this.compose('up', '--detach', '--no-build')

  /** The name of a service's container. */
  container = (service: string): Promise<string> => this.compose('ps', '--quiet', service)

  async said(service: string): Promise<string> {
    return (await outcome('logs', await this.container(service))).said
  }

  /** Writes the volume's configuration before anything runs. */
  async configure(text: string): Promise<void> {
    await this.compose('up', '--no-start', '--no-build')
    const write = 'printf %s "$TEXT" > /data/bridge.yaml'
    const where = ['-v', `${this.#name}_data:/data`, '--network=none', '-e', `TEXT=${text}`]
    await podman('run', '--rm', ...where, '--entrypoint', 'sh', image, '-ec', write)
  }

  /** Lets what runs in the stack reach a port of this machine's loopback. Resolves with where it finds it. */
  async door(port: number): Promise<{ readonly url: string; close(): Promise<void> }> {
    const network = `${this.#name}_default`
    const [found] = JSON.parse(await podman('network', 'inspect', network))
    const host: string = found.subnets[0].gateway
    // The network is there as long as somebody is in it.
    const holds = `${this.#name}-door`
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

  drop = async (): Promise<void> =>
    void (await this.compose('down', '--volumes', '--timeout', '20', '--remove-orphans'))
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

function reached(where: { readonly path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const line = createConnection(where)
    line.once('error', () => resolve(false))
    line.once('connect', () => {
      line.destroy()
      resolve(true)
    })
  })
}
