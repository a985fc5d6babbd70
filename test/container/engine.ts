import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execute } from '../support/execute.ts'

// podman and buildah with a storage, networks and volumes of this project's own: nothing of the machine is touched.

/** The project. */
export const project = fileURLToPath(new URL('../..', import.meta.url))
/** What is kept between runs: the images and what they are made of. */
export const cache = join(project, '.cache/container')

// Short, since sockets live here; gone after a reboot, as podman expects it of what runs.
const running = `/run/bridge-${createHash('sha256').update(project).digest('hex').slice(0, 8)}`

const storage = `[storage]
driver = "overlay"
graphroot = "${cache}/storage"
runroot = "${running}"
`
// runc, and limits of one's own: crun and the defaults ask for more than small virtual machines give. Both halves of a
// limit are the same: podman's API exchanges them.
const containers = `[containers]
default_ulimits = ["nofile=8192:8192", "nproc=4096:4096"]
log_driver = "k8s-file"
[network]
network_backend = "netavark"
network_config_dir = "${cache}/networks"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
static_dir = "${cache}/storage/libpod"
volume_path = "${cache}/storage/volumes"
tmp_dir = "${running}/libpod"
`

/** The environment that podman, buildah and whoever starts them need. */
export const engineEnv = {
  ...process.env,
  CONTAINERS_CONF: join(cache, 'containers.conf'),
  CONTAINERS_STORAGE_CONF: join(cache, 'storage.conf'),
  REGISTRY_AUTH_FILE: join(cache, 'no-registry.json'),
}

/** Where the engine's own socket may be. */
export const socket = join(running, 'api.sock')

/** Writes the engine's configuration. */
export async function configureEngine(): Promise<void> {
  await mkdir(join(cache, 'networks'), { recursive: true })
  await mkdir(running, { recursive: true })
  await writeFile(join(cache, 'storage.conf'), storage)
  await writeFile(join(cache, 'containers.conf'), containers)
  await writeFile(join(cache, 'no-registry.json'), '{}')
}

const options = { env: engineEnv, cwd: project, maxBuffer: 64 * 1024 * 1024 }

/** Runs podman. Rejects with what it said when it fails. */
export const podman = async (...args: readonly string[]): Promise<string> =>
  (await execute('podman', args, options)).stdout.trim()

/** Builds an image from a folder. Rejects with what was said on the way when that fails. */
export async function build(folder: string, tag: string, ...more: string[]): Promise<string> {
  const args = ['bud', '--isolation=chroot', '--network=host', '--pull-never', '--layers']
  // The other format has no health check.
  const all = [...args, '--format=docker', ...more, '-t', tag, folder]
  const { stdout, stderr } = await execute('buildah', all, options)
  return `${stdout}\n${stderr}`
}

/** The code podman ended with, and all that was said. Never rejects for a bad one. */
export const outcome = (
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly said: string }> =>
  new Promise((resolve, reject) => {
    execFile('podman', args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
      const code = error ? error.code : 0
      if (typeof code === 'number') resolve({ code, said: stdout + stderr })
      else reject(error)
    })
  })
