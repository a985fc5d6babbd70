import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, symlink, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePort } from '../support/free-port.ts'
import { blocks, guideFolder, type Replacement, replacing, run } from '../support/guide.ts'
import { until } from '../support/until.ts'
import { engineEnv, outcome, project, socket } from './engine.ts'
import { image } from './image.ts'

// The container guide as it stands, by docker-compose, which speaks with podman as with any Docker.

const guide = 'docs/guides/container.md'

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

/** A block of the guide: the one of this place under its heading. */
export function commands(heading: string, nth: number): string {
  const found = blocks(guide, 'sh').filter((each) => each.heading === heading)[nth]
  if (!found) throw new Error(`${guide} has no block ${nth} under "${heading}".`)
  return found.text
}

const older: Replacement = ['docker compose', 'docker-compose', 'Debian has the older program']

/** What a test has of its own for one of the stacks. */
export interface StackOptions {
  readonly profile: string
  /** What is in nobody's `.env`: ports, mostly. */
  readonly env?: Readonly<Record<string, string>>
  /** What the guide's blocks say differently here, beside the name of the program. */
  readonly table?: readonly Replacement[]
  readonly image?: string
}

/** One of the stacks, in a folder like the project's: a compose project of a name of its own. */
export class Stack {
  readonly name: string
  readonly folder: string
  /** The page's, on this machine. */
  readonly port: number
  readonly #drop: () => Promise<void>
  readonly #profile: string
  readonly #env: Readonly<Record<string, string>>
  readonly #words: ReturnType<typeof replacing>

  private constructor(
    folder: Awaited<ReturnType<typeof guideFolder>>,
    port: number,
    options: StackOptions,
  ) {
    this.folder = folder.path
    this.port = port
    this.#drop = folder.drop
    this.#profile = options.profile
    this.#words = replacing([...(options.table ?? []), older])
    this.name = `bridge-${options.profile}-${port}`
    const env = Object.entries(engineEnv).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    )
    this.#env = {
      ...Object.fromEntries(env),
      HOME: folder.path,
      COMPOSE_PROJECT_NAME: this.name,
      DOCKER_HOST: `unix://${socket}`,
      // The first start of a server on a busy machine takes longer than the default.
      COMPOSE_HTTP_TIMEOUT: '600',
      BRIDGE_IMAGE: options.image ?? image,
      PAGE_PORT: String(port),
      PAGE_URL: `http://127.0.0.1:${port}`,
      ...options.env,
    }
  }

  /** To be dropped. */
  static async make(options: StackOptions): Promise<Stack> {
    const folder = await guideFolder()
    await symlink(join(project, 'compose.yaml'), join(folder.path, 'compose.yaml'))
    return new Stack(folder, await freePort(), options)
  }

  /** Does a block of the guide, or a line of one. Rejects with what it said when it fails. */
  follow = (text: string, input?: string): Promise<string> =>
    run(this.#words.in(text), {
      cwd: this.folder,
      env: this.#env,
      ms: 600_000,
      ...(input !== undefined && { input }),
    })

  /** What of the table the guide did not say. */
  unused = (): readonly string[] => this.#words.unused()

  /** The same beside the guide. */
  compose = async (words: string): Promise<string> =>
    (await this.follow(`docker compose --profile ${this.#profile} ${words}`)).trim()

  /** The name of a service's container. */
  container = (service: string): Promise<string> => this.compose(`ps --quiet ${service}`)

  /** Waits until its own check says that it is well. */
  healthy = (service: string): Promise<unknown> =>
    until(
      async () => (await outcome('healthcheck', 'run', await this.container(service))).code === 0,
      `${service} to be healthy`,
      180_000,
    )

  /** Settings of a service that the test needs, in the file that compose lays over compose.yaml. */
  async set(service: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const environment = Object.fromEntries(
      Object.entries(settings).map(([path, value]) => [
        `BRIDGE__${path.toUpperCase().replaceAll('.', '__')}`,
        value,
      ]),
    )
    const text = stringify({ services: { [service]: { environment } } })
    await writeFile(join(this.folder, 'compose.override.yaml'), text)
  }

  /** Makes what the stack consists of, its network above all, and starts nothing. */
  create = (): Promise<string> => this.compose('up --no-start --no-build')

  drop = async (): Promise<void> => {
    await this.compose('down --volumes --timeout 20 --remove-orphans')
    await this.#drop()
  }
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
