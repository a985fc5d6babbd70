import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A script of this folder in a process of its own, with a memory and a start of its own. */
export interface Child<Result> {
  /** When it began, by `performance.now()`. */
  readonly begun: number
  /** Resolves with when it printed this line. */
  said(line: string): Promise<number>
  /** The last line it printed, as JSON. Rejects if it fails. */
  readonly result: Promise<Result>
  /** Resolves when it is over, well or not. */
  readonly ended: Promise<unknown>
}

export function inChild<Result>(script: string, args: readonly string[]): Child<Result> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const begun = performance.now()
  const child = spawn(process.execPath, [...flags, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: longestMs,
  })
  const heard = new Map<string, number>()
  const waiting = new Map<string, (at: number) => void>()
  let last = ''
  createInterface({ input: child.stdout }).on('line', (line) => {
    const at = performance.now()
    heard.set(line, at)
    waiting.get(line)?.(at)
    last = line
  })
  const result = new Promise<Result>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(JSON.parse(last))
      reject(new Error(`bench/${script} ended with ${signal ?? code}.`))
    })
  })
  // Whoever waits for a line hears of a failure as well.
  const ended = result.catch(() => undefined)
  const said = (line: string) =>
    Promise.race([
      new Promise<number>((resolve) => {
        const at = heard.get(line)
        if (at === undefined) waiting.set(line, resolve)
        else resolve(at)
      }),
      result.then(() => {
        const at = heard.get(line)
        if (at === undefined) throw new Error(`bench/${script} never said "${line}".`)
        return at
      }),
    ])
  return { begun, said, result, ended }
}

/** Something is wrong with what takes longer. */
const longestMs = 1_200_000

const flags = ['--disable-warning=DEP0060', '--max-semi-space-size=4', '--expose-gc']
