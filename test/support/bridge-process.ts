import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ProcessOptions, ProcessOrder } from '../crash/process.ts'

const script = fileURLToPath(new URL('../crash/process.ts', import.meta.url))

/** The real bridge in a process of its own. */
export interface BridgeProcess {
  readonly pid: number | undefined
  /** Resolves when it says it is ready, or is dead already. */
  readonly ready: Promise<void>
  /** The code that makes somebody its owner on Telegram, once it says one. */
  readonly claim: Promise<string>
  /** Resolves with the signal or code it ended with. */
  readonly ended: Promise<string>
  /** Kills it, at whatever it is, and waits. */
  kill(): Promise<string>
  /** Tells it something while it runs. */
  order(order: ProcessOrder): void
  /** Asks it to stop, and waits. */
  stop(): Promise<string>
  /** Its last lines of log. */
  log(): string
}

/** `compiled`: a folder that keeps what was compiled, for the next start; a process that ends well fills it. */
export function startBridgeProcess(options: ProcessOptions, compiled?: string): BridgeProcess {
  const args = ['--disable-warning=DEP0060', script, JSON.stringify(options)]
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...(compiled && { NODE_COMPILE_CACHE: compiled }) },
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
  const said = Promise.withResolvers<void>()
  const claim = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') said.resolve()
    const [, code] = /^claim (\S+)$/.exec(line) ?? []
    if (code) claim.resolve(code)
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line)
    if (lines.length > 400) lines.shift()
    if (process.env.SHOW_LOG) console.error(line)
  })
  return {
    pid: child.pid,
    ready: Promise.race([said.promise, ended.then(() => undefined)]),
    claim: claim.promise,
    ended,
    kill() {
      child.kill('SIGKILL')
      return ended
    },
    order: (order) => void child.send(order),
    stop() {
      child.kill('SIGTERM')
      return ended
    },
    log: () => lines.join('\n'),
  }
}
