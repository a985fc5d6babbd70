import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from 'vitest'
import { aptInstall } from '../e2e/apt.ts'
import { build, cache, configureEngine } from './engine.ts'
import { baseImage, obtainStandIns } from './stand-ins.ts'

// What builds and runs containers, from Debian (real root rights are needed for both). Where that is not to be had, the
// suites skip with the reason.

const reasonFile = join(cache, 'unavailable.txt')

const tools = ['podman', 'buildah', 'runc', 'iptables', 'mmdebstrap', 'docker-compose']
const packages = [...tools, 'netavark', 'aardvark-dns', 'uidmap']
const places = ['/usr/bin', '/usr/sbin']

/** Why no container can be built and run here; undefined where they can. */
export function containersUnavailable(): string | undefined {
  return existsSync(reasonFile) ? readFileSync(reasonFile, 'utf8').trim() : undefined
}

/** Tests that need containers: where there can be none they are skipped, and say why. */
export function onContainers(what: string, tests: () => void): void {
  const why = containersUnavailable()
  describe.skipIf(why !== undefined)(why === undefined ? what : `${what} (skipped: ${why})`, tests)
}

/** Vitest's global setup. Never throws: what is wrong is written down and says why suites skip. */
export async function setup(): Promise<void> {
  await mkdir(cache, { recursive: true })
  await rm(reasonFile, { force: true })
  try {
    await obtain()
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
    console.error(`No container can be built or run here: ${reason}`)
    await writeFile(reasonFile, `${reason}\n`)
  }
}

async function obtain(): Promise<void> {
  if (process.platform !== 'linux') throw new Error(`no Linux (${process.platform})`)
  if (process.getuid?.() !== 0) throw new Error('not root')
  const has = (tool: string) => places.some((place) => existsSync(join(place, tool)))
  const lacks = [...tools, 'netavark', 'aardvark-dns'].filter(
    (tool) => !has(tool) && !existsSync(join('/usr/lib/podman', tool)),
  )
  if (lacks.length > 0 && !(await aptInstall(...packages))) {
    throw new Error(`${lacks.join(', ')}: not installed, and cannot be installed here`)
  }
  await configureEngine()
  await obtainStandIns()
  await tryBuild()
}

/** A machine can have all tools and still not let them work: inside another container, say. */
async function tryBuild(): Promise<void> {
  const folder = join(cache, 'trial')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'Dockerfile'), `FROM ${baseImage}\nRUN true\n`)
  await build(folder, 'localhost/wechat-bridge-trial').catch((error: Error) => {
    throw new Error(`buildah cannot build here: ${error.message.trim().split('\n').at(-1)}`)
  })
}
