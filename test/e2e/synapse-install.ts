import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { aptInstall } from './apt.ts'

// Synapse from Debian sid, extracted beside the project and run with its own loader: no service, no container, no
// root rights to run it (real-parts §1). The archive is kept, so only the first run on a machine downloads.

const cache = fileURLToPath(new URL('../../.cache/synapse/', import.meta.url))
const root = join(cache, 'root')
const archive = join(cache, 'synapse.tar.zst')
const reasonFile = join(cache, 'unavailable.txt')

const platforms: Readonly<Record<string, { loader: string; libraries: string } | undefined>> = {
  x64: { loader: 'usr/lib64/ld-linux-x86-64.so.2', libraries: 'usr/lib/x86_64-linux-gnu' },
  arm64: { loader: 'usr/lib/ld-linux-aarch64.so.1', libraries: 'usr/lib/aarch64-linux-gnu' },
}

/** How to start Synapse's Python on this machine. */
export interface Python {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** The installed Synapse, if there is one. */
export function synapsePython(): Python | undefined {
  const platform = platforms[process.arch]
  if (process.platform !== 'linux' || !platform) return undefined
  if (!existsSync(join(root, 'usr/bin/python3'))) return undefined
  return {
    command: join(root, platform.loader),
    args: ['--library-path', join(root, platform.libraries), join(root, 'usr/bin/python3')],
    env: { PYTHONHOME: join(root, 'usr') },
  }
}

/** Why there is no Synapse here; undefined when there is one. For titles of skipped suites. */
export function synapseUnavailable(): string | undefined {
  if (synapsePython()) return undefined
  return existsSync(reasonFile)
    ? readFileSync(reasonFile, 'utf8').trim()
    : 'Synapse has not been fetched; run the e2e project of vitest'
}

/** Fetches Synapse if it is not here. Never throws: what is wrong is written down and says why suites skip. */
export async function obtainSynapse(): Promise<void> {
  if (synapsePython()) return
  await mkdir(cache, { recursive: true })
  try {
    if (process.platform !== 'linux' || !platforms[process.arch]) {
      throw new Error(`no Synapse for ${process.platform} ${process.arch}`)
    }
    for (const tool of ['mmdebstrap', 'zstd']) await needTool(tool)
    if (!existsSync(archive)) await download()
    await unpack()
    await rm(reasonFile, { force: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    console.error(`Synapse cannot be had: ${reason}`)
    await writeFile(reasonFile, `${reason.split('\n')[0]}\n`)
  }
}

async function needTool(tool: string): Promise<void> {
  if (existsSync(`/usr/bin/${tool}`)) return
  if (!(await aptInstall(tool)) || !existsSync(`/usr/bin/${tool}`)) {
    throw new Error(`${tool} is not installed and cannot be installed here`)
  }
}

async function download(): Promise<void> {
  console.error('Fetching Synapse from Debian sid; this takes about half a minute, once.')
  const part = `${archive}.${process.pid}.part`
  const command = [
    'mmdebstrap --quiet --variant=extract --include=matrix-synapse',
    // sid's release file is often older than it says it may be; signatures are still checked.
    `--aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"'`,
    "--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*'",
    "--dpkgopt='path-exclude=/usr/share/locale/*'",
    'sid - | zstd -q -T2 -f -o "$PART"',
  ].join(' ')
  await shell(command, { PART: part }, 'mmdebstrap could not fetch Synapse from Debian sid')
  await rename(part, archive)
}

/** Unpacked aside and moved into place, so that two runs at once or a cut-off one leave no half tree. */
async function unpack(): Promise<void> {
  const part = `${root}.${process.pid}.part`
  await mkdir(part, { recursive: true })
  const command = 'tar --zstd -xf "$ARCHIVE" -C "$PART"'
  try {
    await shell(command, { ARCHIVE: archive, PART: part }, 'the fetched Synapse cannot be unpacked')
  } catch (error) {
    // Fetched again next time.
    await rm(archive, { force: true })
    await rm(part, { recursive: true, force: true })
    throw error
  }
  const packages = await readdir(join(part, 'usr/lib/python3/dist-packages'))
  const version = packages.find((name) => /^matrix_synapse-.*\.dist-info$/.test(name))
  await writeFile(join(cache, 'version.txt'), `${version ?? 'unknown'}\n`)
  await rename(part, root).catch(async (error: unknown) => {
    await rm(part, { recursive: true, force: true })
    if (!synapsePython()) throw error
  })
}

function shell(command: string, env: Record<string, string>, failed: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000)
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) return resolve()
      console.error(said)
      reject(new Error(`${failed} (exit ${code})`))
    })
  })
}
