import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'

/** The path of ffmpeg, if it is installed: the first that may be run in an absolute folder of `PATH`. */
export async function findFfmpeg(
  path = process.env.PATH ?? '',
  windows = process.platform === 'win32',
): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue
    const file = join(folder, windows ? 'ffmpeg.exe' : 'ffmpeg')
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return file
  }
  return undefined
}

/**
 * Runs ffmpeg on bytes: they go in by its standard input, what it makes comes by its standard output. `tooMuch`: it makes
 * more than `most` bytes, and was stopped. Rejects when it fails, or when the signal aborts; it has ended then.
 */
export function runFfmpeg(
  file: string,
  args: readonly string[],
  input: Uint8Array,
  most: number,
  signal: AbortSignal,
): Promise<Uint8Array | 'tooMuch'> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true })
    const chunks: Uint8Array[] = []
    let size = 0
    let failure: unknown
    const stop = (why: unknown) => {
      failure ??= why
      child.stdout.destroy()
      child.kill('SIGKILL')
    }
    const aborted = () => stop(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    if (signal.aborted) aborted()
    child.on('error', stop)
    // It may have seen enough and not want the rest.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.stdout.on('data', (chunk: Uint8Array) => {
      size += chunk.byteLength
      if (size > most) stop('tooMuch')
      else chunks.push(chunk)
    })
    child.on('close', (code) => {
      signal.removeEventListener('abort', aborted)
      if (failure === 'tooMuch') resolve('tooMuch')
      else if (failure !== undefined) reject(failure)
      else if (code !== 0 || size === 0) reject(new Error(`ffmpeg ended with ${code}`))
      else resolve(Buffer.concat(chunks))
    })
  })
}
