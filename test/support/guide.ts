import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tempFolder } from './ports.ts'

// What tests need that follow a guide word for word: its blocks, a folder to do them in, and a shell that does them.

const project = fileURLToPath(new URL('../..', import.meta.url))

/** A fenced block of a guide. */
export interface Block {
  /** The heading it stands under, of any level, without its `#`. */
  readonly heading: string
  /** `sh`, `yaml`…; empty where the fence names none. */
  readonly language: string
  /** Its lines, without the indentation of a list around them. */
  readonly text: string
}

/** All fenced blocks of a guide in order, or those of one language. `file` is a path within the project. */
export function blocks(file: string, language?: string): readonly Block[] {
  const found: Block[] = []
  let heading = ''
  let open: { fence: string; indent: string; language: string; lines: string[] } | undefined
  for (const line of guideText(file).split('\n')) {
    if (!open) {
      heading = /^#+ +(.*)$/.exec(line)?.[1]?.trim() ?? heading
      const [, indent = '', fence, name = ''] = /^( *)(`{3,})(\S*)/.exec(line) ?? []
      if (fence) open = { fence, indent, language: name, lines: [] }
    } else if (line.trim() === open.fence) {
      found.push({ heading, language: open.language, text: open.lines.join('\n') })
      open = undefined
    } else {
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trim())
    }
  }
  if (open) throw new Error(`${file}: a block under "${heading}" is never closed.`)
  return language === undefined ? found : found.filter((each) => each.language === language)
}

/** The text of the one block of a language under a heading. Throws where there is none, or more than one. */
export function block(file: string, heading: string, language: string): string {
  const found = blocks(file, language).filter((each) => each.heading === heading)
  const [only] = found
  if (!only || found.length > 1) {
    throw new Error(`${file}: ${found.length} ${language} blocks under "${heading}", expected one.`)
  }
  return only.text
}

/** The whole text of a guide. `file` is a path within the project. */
export function guideText(file: string): string {
  return readFileSync(join(project, file), 'utf8')
}

/** The words themselves, when the guide has them; line breaks count as spaces. Throws when it has not. */
export function says(file: string, words: string): string {
  const flat = (text: string) => text.replace(/\s+/g, ' ')
  if (!flat(guideText(file)).includes(flat(words)))
    throw new Error(`${file} does not say: ${words}`)
  return words
}

/** What is different in a test from what a guide says: `[what stands there, what it becomes, why]`. */
export type Replacement = readonly [says: string, becomes: string, why: string]

/** Applies a table of replacements, and knows which were never needed. */
export function replacing(table: readonly Replacement[]): {
  /** A block with everything replaced. */
  in(text: string): string
  /** Those that fitted nothing so far: the guide says something else by now. A test ends with none. */
  unused(): readonly string[]
} {
  const used = new Set<string>()
  return {
    in: (text) =>
      table.reduce((done, [says, becomes]) => {
        if (done.includes(says)) used.add(says)
        return done.replaceAll(says, () => becomes)
      }, text),
    unused: () => table.map(([says]) => says).filter((says) => !used.has(says)),
  }
}

/** Not linked into a folder for guides: what a run of the bridge, of its tests or of git leaves beside the sources. */
const left = /^(\..*|data|coverage|.*\.(yaml|yml|log|env))$/

/**
 * A folder that looks like the project to npm and to whoever follows a guide, by links; what the guide makes there
 * (`.env`, `bridge.yaml`, `data`) stays there. Removed by `drop`.
 */
export async function guideFolder(): Promise<{ path: string; drop: () => Promise<void> }> {
  const folder = await tempFolder()
  for (const name of readdirSync(project)) {
    if (!left.test(name)) await symlink(join(project, name), join(folder.path, name))
  }
  return folder
}

/** How and where a block is done. */
export interface Shell {
  readonly cwd: string
  /** Beside `PATH`; `HOME` is the folder. Nothing else of the tests' environment is handed on. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Does a block with `sh -e` and resolves with everything it said. Rejects with the block, its end and what it said when
 * that is a bad one, or when it takes longer than `ms`.
 */
export async function run(
  lines: string,
  { input, ms = 180_000, ...shell }: Shell & { readonly input?: string; readonly ms?: number },
): Promise<string> {
  const program = begin(lines, shell, input)
  const late = Symbol('late')
  let timer: NodeJS.Timeout | undefined
  const ended = await Promise.race([
    program.ended,
    new Promise<typeof late>((resolve) => {
      timer = setTimeout(() => resolve(late), ms)
    }),
  ])
  clearTimeout(timer)
  if (ended === 0) return program.said()
  if (ended === late) await program.stop('SIGKILL')
  const end = ended === late ? `did not end within ${ms} ms` : `ended with ${String(ended)}`
  throw new Error(`This ${end}:\n${lines}\n\nIt said:\n${program.said()}`)
}

/** A block that goes on: a bridge, a homeserver. */
export interface Program {
  readonly pid: number
  /** Everything it has said so far, on both streams. */
  said(): string
  /** Waits until it has said this in a line, from its beginning on; rejects when it ends before, or after `ms`. */
  line(what: RegExp | string, ms?: number): Promise<RegExpExecArray>
  /** Its exit code or signal, once it and everything it started have ended. */
  readonly ended: Promise<number | string>
  /** Asks it and everything it started to end, and waits until they have. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Begins a block that goes on, with `sh -e`. To be stopped. */
export function begin(lines: string, { cwd, env = {} }: Shell, input?: string): Program {
  const child: ChildProcess = spawn('sh', ['-e', '-c', lines], {
    cwd,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // A process group of its own: npm, and what npm starts, are ended together.
    detached: true,
    env: {
      PATH: process.env.PATH ?? '',
      ...{ HOME: cwd, TMPDIR: cwd, LANG: 'C.UTF-8' },
      // It would ask the network.
      npm_config_update_notifier: 'false',
      ...env,
    },
  })
  let text = ''
  let over: number | string | undefined
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const each of waiting) each()
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      wake()
    })
  }
  child.stdin?.on('error', () => undefined).end(input)
  const signalAll = (signal: NodeJS.Signals) => {
    try {
      if (child.pid && over === undefined) process.kill(-child.pid, signal)
    } catch {
      // They have ended.
    }
  }
  const kill = () => signalAll('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<number | string>((resolve) => {
    const end = (how: number | string) => {
      process.off('exit', kill)
      over = how
      wake()
      resolve(how)
    }
    child.once('error', (error) => end(error.message))
    // Not `exit`: npm may be gone while what it started still runs.
    child.once('close', (code, signal) => end(signal ?? code ?? 'nothing'))
  })
  return {
    pid: child.pid ?? 0,
    said: () => text,
    ended,
    line(what, ms = 120_000) {
      const fits = (each: string) =>
        typeof what !== 'string' ? what.exec(each) : each.includes(what) ? /.*/.exec(each) : null
      return new Promise((resolve, reject) => {
        const look = () => {
          // What comes in pieces is looked at once its line is whole.
          const whole = over === undefined ? text.slice(0, text.lastIndexOf('\n') + 1) : text
          const found = whole.split('\n').map(fits).find(Boolean)
          if (found) done(() => resolve(found))
          else if (over !== undefined) done(() => reject(missed(`ended with ${over} before`)))
        }
        const missed = (how: string) =>
          new Error(
            `This ${how} it said ${String(what)}:\n${lines}\n\nIt said:\n${text.slice(-4000)}`,
          )
        const timer = setTimeout(() => done(() => reject(missed(`had ${ms} ms before`))), ms)
        const done = (then: () => void) => {
          waiting.delete(look)
          clearTimeout(timer)
          then()
        }
        waiting.add(look)
        look()
      })
    },
    async stop(signal = 'SIGTERM') {
      signalAll(signal)
      await ended
    },
  }
}
