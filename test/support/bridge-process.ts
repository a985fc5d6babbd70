import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ProcessOptions } from '../crash/process.ts'

const script = fileURLToPath(new URL('../crash/process.ts', import.meta.url))

/** The real bridge in a process of its own. */
export interface BridgeProcess {
  /** Resolves when it says it is ready, or is dead already. */
  readonly ready: Promise<void>
  /** Resolves with the signal or code it ended with. */
  readonly ended: Promise<string>
  /** Asks it to stop, and waits. */
  stop(): Promise<string>
  /** Its last lines of log. */
  log(): string
}

export function startBridgeProcess(options: ProcessOptions): BridgeProcess {
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', kill)
      resolve(signal ?? `exit ${code}`)
    })
  })
  if (!child.stdout || !child.stderr) throw new Error('no pipes')
  const said = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line === 'ready') resolve()
    })
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line)
    if (lines.length > 400) lines.shift()
    if (process.env.SHOW_LOG) console.error(line)
  })
  return {
    ready: Promise.race([said, ended.then(() => undefined)]),
    ended,
    stop() {
      child.kill('SIGTERM')
      return ended
    },
    log: () => lines.join('\n'),
  }
}
