import { execFileSync } from 'node:child_process'
import { afterAll } from 'vitest'
import { perform } from '../sim/telegram/witness/perform.ts'
import { type PythonWitness, pythonLacks, pythonWitness } from '../sim/telegram/witness/ptb.ts'
import { aptInstall } from './apt.ts'

/** Debian's own, for which it packages the library. */
const python = '/usr/bin/python3'
const name = 'python-telegram-bot'
const version = '13.15'
/** All steps together take some seconds. */
const limitMs = 60_000

const unavailable = await missing()
let witness: PythonWitness | undefined
afterAll(() => witness?.close())

perform(
  { name, lacks: pythonLacks },
  () => {
    witness ??= pythonWitness(python, limitMs)
    return witness
  },
  unavailable,
)

/** Why there is no python-telegram-bot here, once it was tried to get it. */
async function missing(): Promise<string | undefined> {
  if (installed() === version) return undefined
  if (!(await aptInstall('python3-python-telegram-bot')))
    return 'python3-python-telegram-bot is not installed and cannot be installed here'
  const found = installed()
  if (found === version) return undefined
  return `python-telegram-bot is ${found ?? 'not there'}, and ${version} is wanted`
}

function installed(): string | undefined {
  const program = 'import telegram; print(telegram.__version__)'
  try {
    const said = execFileSync(python, ['-W', 'ignore', '-c', program], { stdio: 'pipe' })
    return said.toString().trim()
  } catch {
    return undefined
  }
}
