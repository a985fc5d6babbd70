import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Client, ClientError, type Refusal, type Said, type Witness } from './witness.ts'

const script = fileURLToPath(new URL('ptb.py', import.meta.url))

/** python-telegram-bot 13.15 (Bot API 6.3), in a process of its own, which does one thing at a time. */
export interface PythonWitness extends Witness {
  close(): Promise<void>
}

export const pythonLacks: Witness['lacks'] = {
  reactions: 'it hears of no reactions',
  newest: 'it knows Bot API 6.3',
}

/** `python`: one that has the library; Debian's has it by `python3-python-telegram-bot`. `limitMs`: for all it does. */
export function pythonWitness(python: string, limitMs: number): PythonWitness {
  const child = spawn(python, ['-B', '-u', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const ask = asking(child)
  let connections = 0

  return {
    name: 'python-telegram-bot',
    lacks: pythonLacks,
    unknown: ['external_reply', 'quote', 'forward_origin'],
    cut: { class: 'NetworkError' },
    sayingOf,
    async connect(apiRoot, token) {
      const at = connections++
      await ask(at, 'connect', { apiRoot, token })
      const deed = (_: object, name: string) => (how: unknown) => ask(at, name, how)
      // Not a promise, which `await` would take it for.
      const get = (target: object, name: string) =>
        name === 'then' ? undefined : deed(target, name)
      return new Proxy({}, { get } as ProxyHandler<object>) as Client
    },
    async close() {
      child.stdin?.end()
      await ended
      clearTimeout(timer)
    },
  }
}

interface Answer {
  readonly id: number
  readonly told?: unknown
  readonly said?: Said
  readonly broke?: string
}

type Ask = (at: number, deed: string, how: unknown) => Promise<unknown>

function asking(child: ChildProcess): Ask {
  const waiting = new Map<number, (answer: Answer | undefined) => void>()
  let asked = 0
  const { stdin, stdout } = child
  if (!stdin || !stdout) throw new Error('The process has no pipes')
  createInterface({ input: stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  child.once('close', () => {
    for (const tell of waiting.values()) tell(undefined)
  })
  return async (at, deed, how) => {
    const id = ++asked
    const answered = new Promise<Answer | undefined>((resolve) => waiting.set(id, resolve))
    stdin.write(`${JSON.stringify({ id, at, do: deed, how })}\n`)
    const answer = await answered
    if (!answer) throw new Error('python-telegram-bot ended, or took too long')
    if (answer.said) throw new ClientError(answer.said)
    // Not an error of the library's own: it met something that it could not parse.
    if (answer.broke !== undefined) throw new Error(`${deed}: ${answer.broke}`)
    return answer.told
  }
}

const classes: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Unauthorized',
  404: 'InvalidToken',
  409: 'Conflict',
}

/** Parameters come first; of the rest it goes by the status, and says it in its own way. */
function sayingOf({ code, description, retryAfter, movedTo }: Refusal): Said {
  if (movedTo !== undefined) return { class: 'ChatMigrated', movedTo }
  if (retryAfter !== undefined) return { class: 'RetryAfter', retryAfter }
  const name = classes[code]
  if (name === undefined) return { class: 'NetworkError' }
  if (name === 'InvalidToken') return { class: name, message: 'Invalid token' }
  const bare = description.replace(/^Bad Request: /, '')
  const isBare = bare === description
  return { class: name, message: isBare ? bare : capital(bare) }
}

/** As Python's `str.capitalize`. */
const capital = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1).toLowerCase()}`
