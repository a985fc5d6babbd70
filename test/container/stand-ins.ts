import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { execute } from '../support/execute.ts'
import { build, cache, outcome } from './engine.ts'

// The images that the Dockerfile begins with, made from Debian's packages, the project's own Node and npm: no image is
// fetched from anywhere. They bear the names of the official ones and are NOT those: no entry point, yarn or corepack.

export const baseImage = 'docker.io/library/debian:bookworm-slim'
const nodeImage = 'docker.io/library/node:24-bookworm-slim'

const unread = ['doc', 'man', 'locale', 'info']
/** As slim as the official one: nothing to read, and not what merged `/usr`, which keeps the whole of Perl there. */
const debian = [
  ...['--quiet', '--variant=minbase', '--include=usr-is-merged'],
  ...unread.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
  '--aptopt=Acquire::Check-Valid-Until "false"',
  '--aptopt=APT::Install-Recommends "false"',
  '--customize-hook=chroot "$1" apt-get --yes purge usrmerge "perl-modules-*" > /dev/null',
  'bookworm',
]

/** Makes them, or finds them made in an earlier run. Rejects where Debian's packages cannot be had. */
export async function obtainStandIns(): Promise<void> {
  await once(baseImage, debian.join(' '), async (folder) => {
    console.error('Making a base image from Debian’s packages; this takes half a minute, once.')
    await execute('mmdebstrap', [...debian, join(folder, 'base.tar')], { maxBuffer: 1 << 26 })
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nADD base.tar /\nCMD ["bash"]\n')
  })
  const npm = await npmFolder()
  const version = JSON.parse(await readFile(join(npm, 'package.json'), 'utf8')).version
  const key = `${process.version} ${version} ${debian.join(' ')}`
  await once(nodeImage, key, async (folder) => {
    const bin = join(folder, 'usr/local/bin')
    const modules = join(folder, 'usr/local/lib/node_modules')
    await mkdir(bin, { recursive: true })
    await cp(process.execPath, join(bin, 'node'), { dereference: true })
    await cp(npm, join(modules, 'npm'), { recursive: true })
    for (const name of ['npm', 'npx']) {
      await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name))
    }
    await writeFile(join(folder, 'Dockerfile'), `FROM ${baseImage}\nCOPY usr/ /usr/\n`)
  })
}

/** Makes an image in a folder of its own, unless one of this name was made from the same. */
export async function once(
  tag: string,
  from: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const name = tag.replaceAll(/[^a-z0-9]+/g, '-')
  const mark = join(cache, `${name}.key`)
  const key = createHash('sha256').update(from).digest('hex')
  const made = existsSync(mark) && readFileSync(mark, 'utf8') === key
  if (made && (await outcome('image', 'exists', tag)).code === 0) return
  const folder = join(cache, name)
  await rm(mark, { force: true })
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await fill(folder)
  await build(folder, tag)
  await rm(folder, { recursive: true, force: true })
  await writeFile(mark, key)
}

/** The npm of this machine: the command is a link into its folder. */
async function npmFolder(): Promise<string> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  const command = folders.map((folder) => join(folder, 'npm')).find((path) => existsSync(path))
  const folder = command && dirname(dirname(await realpath(command)))
  if (!folder || !existsSync(join(folder, 'bin/npx-cli.js'))) throw new Error('npm is not found')
  return folder
}
