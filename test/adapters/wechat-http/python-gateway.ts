import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../../../docs/examples/http-gateway.py', import.meta.url))

/** Why the gateway in Python cannot run here. Undefined: it can. */
export function noPython(): string | undefined {
  try {
    const version = execFileSync('python3', ['--version'], { encoding: 'utf8' })
    const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? []
    const fits = Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 10)
    return fits ? undefined : `${version.trim()} is older than 3.10`
  } catch {
    return 'there is no python3'
  }
}

export interface Asked {
  readonly do: string
  readonly [name: string]: unknown
}

/** `docs/examples/http-gateway.py` in a process of its own. It is what it was after a restart over the same file. */
export class PythonGateway {
  readonly #at: { readonly file: string; readonly secret: string; readonly bridge: string }
  #port = 0
  #child: ChildProcess | undefined
  #lines: Interface | undefined
  #answers: ((line: string) => void)[] = []
  errors = ''

  constructor(at: { readonly file: string; readonly secret: string; readonly bridge: string }) {
    this.#at = at
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  async start(): Promise<void> {
    const { file, secret, bridge } = this.#at
    const env = { ...process.env, SECRET: secret, BRIDGE: bridge, PYTHONDONTWRITEBYTECODE: '1' }
    const child = spawn('python3', [script, String(this.#port), file], { env })
    this.#child = child
    child.stderr?.on('data', (piece: Buffer) => {
      this.errors += piece.toString()
    })
    this.#lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })
    this.#lines.on('line', (line) => this.#answers.shift()?.(line))
    child.on('exit', (code) => {
      for (const answer of this.#answers.splice(0)) answer(`"exit ${code}: ${this.errors}"`)
    })
    const { port } = JSON.parse(await this.#line()) as { port: number }
    this.#port = port
  }

  async ask(asked: Asked): Promise<unknown> {
    const line = this.#line()
    this.#child?.stdin?.write(`${JSON.stringify(asked)}\n`)
    return JSON.parse(await line)
  }

  /** As a crash: nothing is said to it before. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  #line(): Promise<string> {
    return new Promise((resolve) => this.#answers.push(resolve))
  }
}
