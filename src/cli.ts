import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Claim } from '../adapters/telegram/options.ts'
import { describe, type Loaded, loadConfig } from '../config/load.ts'
import { toBridgeError } from './core/errors.ts'

const usage = `wechat-bridge: your WeChat, in Matrix, Telegram or on a local page, with nothing lost.

  npm start                             run the bridge (without configuration: a sandbox and the local page;
                                        with TELEGRAM_BOT_TOKEN set: in Telegram too)
  npm run bridge -- setup [--out bridge.yaml]
                                        what each way into WeChat can do, costs and risks; asks, and writes a
                                        configuration
  npm run bridge -- config check        show every option with its value and where it came from
  npm run bridge -- status              the login, what is in line, the storage, and who else has an account
                                        here
  npm run bridge -- dead list [--limit N]
                                        what was not delivered and waits for your word
  npm run bridge -- dead retry NUMBER|all
                                        put it back in line ("all": what surely did not arrive)
  npm run bridge -- dead drop NUMBER|all
                                        forget it
                                        for "dead": --person @user:server for one of the others who have an
                                        account here; without it the owner
  npm run bridge -- backup [FOLDER]     a whole copy of the data, also while the bridge runs
  npm run bridge -- restore FOLDER|FILE.sqlite [--person @user:server]
                                        put a backup in the place of the data, which goes aside; a folder is
                                        everybody's, a file is one person's (without --person the owner's)
  npm run bridge -- registration --url URL [--prefix wechat_] [--out registration.yaml]
                                        make the file that tells a Matrix homeserver about the bridge;
                                        URL is where the homeserver reaches the bridge

In an image the same words stand behind "node src/cli.ts": run, status, dead list, backup…

Options, after a "--": --config FILE (may be repeated), --set section.name=value (may be repeated)
`

/** EX_CONFIG of sysexits: a supervisor should not start it again before somebody changed something. */
const configExit = 78

/** What works on the data or a running bridge. */
const verbs = {
  status: () => import('./cli/status.ts'),
  dead: () => import('./cli/dead.ts'),
  backup: () => import('./cli/backup.ts'),
  setup: () => import('./cli/setup.ts'),
}

const { values, positionals } = readArgs()

try {
  process.exitCode = await command(positionals)
} catch (thrown) {
  const error = toBridgeError(thrown)
  console.error(error.failure.code === 'bug' ? thrown : error.message)
  process.exit(error.failure.code === 'config' ? configExit : 1)
}

async function command(words: readonly string[]): Promise<number> {
  if (values.help) {
    console.log(usage)
    return 0
  }
  const [verb = 'run', word, ...rest] = words
  if (values.person !== undefined && !isPerson(verb, values.person)) {
    return misused(
      `--person: expected a Matrix user id like @alice:example.org, with dead or restore; found ${values.person}`,
    )
  }
  const takes = (most: number) => words.length <= most
  if (verb === 'run' && takes(1)) return run()
  if (verb === 'config' && word === 'check' && takes(2)) {
    console.log(describe(await load()))
    return 0
  }
  if (verb === 'setup' && takes(1)) return setup()
  if (verb === 'registration' && takes(1)) return registration()
  if (verb === 'status' && takes(1)) return (await imported('status')).status((await load()).config)
  if (verb === 'dead') return dead(word, rest)
  if (verb === 'backup' && takes(2))
    return (await imported('backup')).backup((await load()).config, word)
  if (verb === 'restore' && takes(2) && word !== undefined) {
    return (await imported('backup')).restore((await load()).config, word, values.person)
  }
  return misused(`There is no command "${words.join(' ')}".`)
}

async function dead(what: string | undefined, rest: readonly string[]): Promise<number> {
  if (what === 'list' && rest.length === 0) {
    const limit = Number(values.limit)
    if (!/^[1-9]\d{0,6}$/.test(values.limit)) {
      return misused(`--limit: expected a number above 0; found ${values.limit}`)
    }
    return (await imported('dead')).deadList((await load()).config, limit, values.person)
  }
  if ((what === 'retry' || what === 'drop') && rest.length === 1) {
    const { deadDo, whichOf } = await imported('dead')
    const which = whichOf(rest[0])
    if (which !== undefined) return deadDo((await load()).config, what, which, values.person)
  }
  return misused('Expected: dead list, dead retry NUMBER|all, or dead drop NUMBER|all.')
}

function isPerson(verb: string, name: string): boolean {
  return (verb === 'dead' || verb === 'restore') && /^@[^:\s]+:\S+$/.test(name)
}

/** Imported late, so that the other commands answer at once and without a Node that is new enough. */
function imported<Name extends keyof typeof verbs>(name: Name): ReturnType<(typeof verbs)[Name]> {
  needNode24()
  return verbs[name]() as ReturnType<(typeof verbs)[Name]>
}

function misused(why: string): number {
  console.error(`${why}\n\n${usage}`)
  return 64
}

async function run(): Promise<number> {
  needNode24()
  const { config } = await load()
  // Imported late, so that the commands above answer at once and without a Node that is new enough.
  const { start } = await import('./main.ts')
  // Whoever asks to stop while it is starting is heard when it has started.
  const asked = Promise.withResolvers<void>()
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      asked.resolve()
    })
  }
  const running = await start(config)
  const zh = config.language === 'zh'
  const lines: string[] = []
  if (config.wechat.connector === 'sandbox') {
    lines.push(
      zh
        ? '这是沙盒：一个虚构的微信，里面的人都是编出来的。要接入真正的微信，请看 README.zh.md 的“配置”。'
        : 'This is a sandbox: a made-up WeChat with invented people. To use the real one, see "Configure" in README.md.',
    )
  }
  if (running.page) lines.push(zh ? `打开页面：${running.page}` : `Open the page: ${running.page}`)
  console.log(lines.join('\n'))
  void running.claim.then((claim) => claim && console.log(claimWords(claim, zh)))

  asked.promise.then(() => running.stop()).catch(() => undefined)
  await running.done
  process.exit(0)
}

/** How to become the owner on Telegram. Whoever sends it first is: so it is for this terminal only. */
function claimWords({ bot, code, url }: Claim, zh: boolean): string {
  return zh
    ? `Telegram：打开 ${url} 并点“开始”，或私聊 @${bot} 发送 ${code}，你就是这个桥的主人。`
    : `Telegram: open ${url} and press Start, or send ${code} to @${bot} in private, and the bridge is yours.`
}

async function registration(): Promise<number> {
  const url = values.url
  if (!url || !URL.canParse(url)) {
    console.error(
      `--url: expected where the homeserver reaches the bridge, like http://127.0.0.1:29391; found ${url ?? 'nothing'}`,
    )
    return 64
  }
  const { makeRegistration, registrationYaml } = await import('../adapters/matrix/registration.ts')
  const text = registrationYaml(makeRegistration({ url, prefix: values.prefix }))
  const out = values.out ?? 'registration.yaml'
  // It holds the tokens of both sides: only its owner may read it, and an old one is never overwritten.
  await writeFile(out, text, { mode: 0o600, flag: 'wx' }).catch((error: Error) => {
    throw new Error(`${out} was not written: ${error.message}`)
  })
  console.log(
    `Written to ${out}. Name it in app_service_config_files of the homeserver and in matrix.registration of the bridge.`,
  )
  return 0
}

async function setup(): Promise<number> {
  const { kinds } = await import('./main.ts')
  const { config } = await load()
  const out = values.out ?? 'bridge.yaml'
  return (await imported('setup')).setup(config, kinds, out, {
    input: process.stdin,
    output: process.stdout,
  })
}

async function load(): Promise<Loaded> {
  const { kinds } = await import('./main.ts')
  const dotenv = existsSync('.env') ? readFileSync('.env', 'utf8') : undefined
  const sources = {
    files: values.config,
    ...(dotenv !== undefined && { dotenv }),
    env: process.env,
    sets: values.set,
  }
  return loadConfig(sources, kinds)
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
        limit: { type: 'string', default: '50' },
        person: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exit(64)
  }
}

function needNode24(): void {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= 24) return
  console.error(
    `Node ${process.versions.node} is too old: 24 or newer is needed. "npm ci" brings one along; run the bridge with "npm start".`,
  )
  process.exit(configExit)
}
