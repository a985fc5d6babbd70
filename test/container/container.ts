import { randomBytes } from 'node:crypto'
import { Person } from '../support/person.ts'
import { until } from '../support/until.ts'
import { outcome, podman } from './engine.ts'
import { image } from './image.ts'

/** As the guide says to start it: nothing can be written but the volume and `/tmp`, and nothing more may be done. */
const hardened = [
  ...['--read-only', '--tmpfs', '/tmp', '--cap-drop=all'],
  '--security-opt=no-new-privileges',
]

/** A volume of one test. */
export interface Volume {
  readonly name: string
  /** Removes it, and every container on it. */
  drop(): Promise<void>
}

export async function makeVolume(): Promise<Volume> {
  const name = `bridge-${randomBytes(4).toString('hex')}`
  await podman('volume', 'create', name)
  return {
    name,
    drop: async () => void (await podman('volume', 'rm', '--force', name)),
  }
}

/** One container of the project's image. */
export class Container {
  readonly name = `bridge-${randomBytes(4).toString('hex')}`

  /** Starts it on a volume, in the machine's own network, so that it meets what tests run there. */
  async run(volume: Volume, settings: readonly string[]): Promise<void> {
    const env = settings.flatMap((setting) => ['-e', environmentOf(setting)])
    const where = ['--name', this.name, '--network=host', '-v', `${volume.name}:/data`]
    await podman('run', '-d', ...where, ...hardened, ...env, image)
  }

  start = (): Promise<string> => podman('start', this.name)

  /** All it printed and logged. */
  async said(): Promise<string> {
    const { said } = await outcome('logs', this.name)
    return said
  }

  /** Does its own check say that it is well? */
  async healthy(): Promise<boolean> {
    return (await outcome('healthcheck', 'run', this.name)).code === 0
  }

  /** Waits until it is. */
  untilHealthy(): Promise<unknown> {
    return until(
      async () => {
        if (await this.healthy()) return true
        throw new Error((await this.said()).slice(-2000))
      },
      'a healthy container',
      180_000,
    )
  }

  /** Somebody at its page, by the newest address that it printed. */
  person(): Promise<Person> {
    const newest = async () => [...(await this.said()).matchAll(/http:\S+login\?token=\S+/g)].at(-1)
    return until(
      async () => {
        const [address] = (await newest()) ?? []
        return address ? await Person.at(address) : undefined
      },
      'the address of the page',
      120_000,
    )
  }

  /** Runs the image's command beside it. */
  bridge = (...words: readonly string[]) => outcome('exec', this.name, 'bridge', ...words)

  /** The process of the bridge, as this machine numbers it. */
  async process(): Promise<number> {
    const listed = await podman('top', this.name, 'hpid', 'args')
    const line = listed.split('\n').find((each) => /^\d+\s+node .*cli\.ts/.test(each))
    if (!line) throw new Error(`There is no bridge among ${listed}`)
    return Number.parseInt(line, 10)
  }

  /** Asks it to stop, kills it after `seconds`, and tells what it ended with: 137 where it had to be killed. */
  async stop(seconds: number): Promise<number> {
    await podman('stop', '--time', String(seconds), this.name)
    return Number(await podman('inspect', '--format', '{{.State.ExitCode}}', this.name))
  }

  drop = (): Promise<unknown> => outcome('rm', '--force', '--time', '0', this.name)
}

/** `section.name=value` as the environment says it. */
function environmentOf(setting: string): string {
  const at = setting.indexOf('=')
  const path = setting.slice(0, at).toUpperCase().replaceAll('.', '__')
  return `BRIDGE__${path}${setting.slice(at)}`
}
