import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { exits, misused, refused, tooOld } from './cli/refusals.ts'
import { hearSignals } from './cli/signals.ts'
import { usage } from './cli/usage.ts'

// Only what is light is imported up there: whoever asks it to stop is heard from the first moment on, and the help does
// not wait for a bridge. Each command brings along what it needs.

/** What works on the data or a running bridge: needs the Node that the bridge needs. */
const verbs = {
  run: () => import('./cli/run.ts'),
  doctor: () => import('./cli/doctor/doctor.ts'),
  status: () => import('./cli/status.ts'),
  dead: () => import('./cli/dead.ts'),
  backup: () => import('./cli/backup.ts'),
  setup: () => import('./cli/setup.ts'),
}

const { values, positionals } = readArgs()
const named = { files: values.config, sets: values.set }
const signals = hearSignals((positionals[0] ?? 'run') === 'run')

try {
  // What it has asked of others must not keep it.
  process.exit(await command(positionals))
} catch (thrown) {
  process.exit(refused(thrown))
}

async function command(words: readonly string[]): Promise<number> {
  if (values.help) {
    console.log(usage)
    return exits.fine
  }
  const [verb = 'run', word, ...rest] = words
  if (values.person !== undefined && !isPerson(verb, values.person)) {
    return misused(
      `--person: expected a Matrix user id like @alice:example.org, with dead or restore; found ${values.person}`,
    )
  }
  const takes = (most: number) => words.length <= most
  if (verb === 'run' && takes(1)) {
    const { run } = await imported('run')
    const its = await config()
    // Loading lets nobody be heard: whoever asked meanwhile is heard before anything begins.
    await turn()
    return run(its, signals)
  }
  if (verb === 'config' && word === 'check' && takes(2)) return check()
  if (verb === 'doctor' && takes(1)) {
    const patienceMs = patience()
    if (patienceMs === undefined) return impatient()
    return (await imported('doctor')).doctor(named, { json: values.json, patienceMs })
  }
  if (verb === 'setup' && takes(1)) return setup()
  if (verb === 'registration' && takes(1)) return registration()
  if (verb === 'status' && takes(1)) {
    return (await imported('status')).status(await config(), values.json)
  }
  if (verb === 'dead') return dead(word, rest)
  if (verb === 'backup' && takes(2)) {
    const { backup } = await imported('backup')
    const its = await config()
    signals.leave()
    return backup(its, word)
  }
  if (verb === 'restore' && takes(2) && word !== undefined) {
    return (await imported('backup')).restore(await config(), word, values.person)
  }
  return misused(`There is no command "${words.join(' ')}".`)
}

async function dead(what: string | undefined, rest: readonly string[]): Promise<number> {
  if (what === 'list' && rest.length === 0) {
    const limit = Number(values.limit)
    if (!/^[1-9]\d{0,6}$/.test(values.limit)) {
      return misused(`--limit: expected a number above 0; found ${values.limit}`)
    }
    return (await imported('dead')).deadList(await config(), limit, values.person)
  }
  if ((what === 'retry' || what === 'drop') && rest.length === 1) {
    const { deadDo, whichOf } = await imported('dead')
    const which = whichOf(rest[0])
    if (which !== undefined) return deadDo(await config(), what, which, values.person)
  }
  return misused('Expected: dead list, dead retry NUMBER|all, or dead drop NUMBER|all.')
}

function isPerson(verb: string, name: string): boolean {
  return (verb === 'dead' || verb === 'restore') && /^@[^:\s]+:\S+$/.test(name)
}

async function check(): Promise<number> {
  const { configCheck } = await import('./cli/config-check.ts')
  const patienceMs = patience()
  if (patienceMs === undefined) return impatient()
  return configCheck(named, { online: values.online, json: values.json, patienceMs })
}

/** How long each look may take, in milliseconds. Undefined: that is no number of seconds. */
function patience(): number | undefined {
  return /^[1-9]\d{0,3}$/.test(values.patience) ? Number(values.patience) * 1000 : undefined
}

function impatient(): number {
  return misused(`--patience: expected a number of seconds above 0; found ${values.patience}`)
}

async function registration(): Promise<number> {
  const { url, prefix, keep, out = 'registration.yaml' } = values
  if (!url || !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    return misused(
      `--url: expected where the homeserver reaches the bridge, like http://127.0.0.1:29391; found ${url ?? 'nothing'}`,
    )
  }
  const { registration } = await import('./cli/registration.ts')
  return registration({ url, prefix, out, keep })
}

async function setup(): Promise<number> {
  const { setup } = await imported('setup')
  const { load } = await import('./cli/load.ts')
  const { loaded, kinds } = await load(named)
  const talk = { input: process.stdin, output: process.stdout }
  return setup(loaded.config, kinds, values.out ?? 'bridge.yaml', talk)
}

/** Imported late: see above. */
function imported<Name extends keyof typeof verbs>(name: Name): ReturnType<(typeof verbs)[Name]> {
  const why = tooOld(process.versions.node)
  if (why !== undefined) {
    console.error(why)
    process.exit(exits.config)
  }
  return verbs[name]() as ReturnType<(typeof verbs)[Name]>
}

async function config() {
  const { load } = await import('./cli/load.ts')
  return (await load(named)).loaded.config
}

function readArgs() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        config: { type: 'string', multiple: true, default: [] },
        set: { type: 'string', multiple: true, default: [] },
        url: { type: 'string' },
        prefix: { type: 'string', default: 'wechat_' },
        out: { type: 'string' },
        keep: { type: 'boolean', default: false },
        limit: { type: 'string', default: '50' },
        person: { type: 'string' },
        online: { type: 'boolean', default: false },
        patience: { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    process.exit(misused((error as Error).message))
  }
}
