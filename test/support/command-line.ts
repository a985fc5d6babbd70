import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** How a command is run beside its words. */
export interface Surroundings {
  readonly cwd: string
  readonly sets?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** Runs the command line as a process of its own, to its end, with an environment of its own. */
export function commandLine(
  words: readonly string[],
  { cwd, sets = [], env = {} }: Surroundings,
): Promise<Ended> {
  const args = [script, ...words, ...sets.flatMap((set) => ['--set', set])]
  const how = { cwd, env: { PATH: process.env.PATH ?? '', ...env }, timeout: 200_000 }
  return new Promise((resolve) => {
    execFile(process.execPath, args, how, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out, err })
    })
  })
}

/** Everything in a folder: names, modes, times of writing and bytes. The same twice: nothing was changed. */
export async function snapshot(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true })
  return Promise.all(
    ['.', ...names].toSorted().map(async (name) => {
      const path = join(folder, name)
      const { mode, mtimeMs, size } = await lstat(path)
      const isFile = (mode & 0o170000) === 0o100000
      const hash = isFile
        ? createHash('sha256')
            .update(await readFile(path))
            .digest('hex')
        : ''
      // What readers of a database have in common with its writers is memory, and touched by whoever looks.
      const written = name.endsWith('-shm') ? '' : mtimeMs
      return `${name} ${mode.toString(8)} ${written} ${size} ${hash}`
    }),
  )
}
