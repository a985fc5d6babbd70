import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/server.ts'
import { freePort } from '../support/free-port.ts'
import { begin, block, guideFolder, replacing, run, says } from '../support/guide.ts'
import { until } from '../support/until.ts'
import type { ClientEvent } from './matrix-user.ts'
import { MatrixUser } from './matrix-user.ts'
import { onSynapse } from './on-synapse.ts'
import { readsAs } from './qr-reader.ts'
import { synapsePython } from './synapse-install.ts'

// docs/guides/matrix.md, done by somebody who does what it says and nothing else, with a real Synapse.

const guide = 'docs/guides/matrix.md'
const reference = 'docs/matrix.md'
const waitMs = 120_000
const password = 'a-long-password'

onSynapse('the guide for Matrix', () => {
  test('leads from nothing to a chat that goes both ways, word for word', async () => {
    const folder = await guideFolder()
    onTestFinished(folder.drop)
    const sandbox = await startSandbox({ holdMs: 400 })
    onTestFinished(sandbox.close)
    const [synapsePort, bridgePort, pagePort] = [
      await freePort(),
      await freePort(),
      await freePort(),
    ]
    // Everything that is not as the guide has it.
    const words = replacing([
      ['sudo apt-get update', ':', 'download: Synapse is here already'],
      ['sudo apt-get install -y python3-venv', ':', 'download'],
      ['python3 -m venv ~/synapse/env', ':', 'download: its place is taken by `env` below'],
      ['~/synapse/env/bin/pip install matrix-synapse', ':', 'download'],
      ['npm ci', ':', 'download: the packages are here already'],
      ['mum', '老周', 'the name of a friend'],
      ['127.0.0.1:8008', `127.0.0.1:${synapsePort}`, 'port'],
      ['127.0.0.1:29391', `127.0.0.1:${bridgePort}`, 'port'],
    ])
    const environment = {
      // Ports, and the address of WeChat.
      BRIDGE__MATRIX__LISTEN__PORT: String(bridgePort),
      BRIDGE__WEB__PORT: String(pagePort),
      BRIDGE__WECHAT__WEB__LOGINBASE: sandbox.origin,
    }
    const shell = { cwd: folder.path, env: environment }
    const does = (heading: string, input?: string) =>
      run(words.in(block(guide, heading, 'sh')), { ...shell, ...(input && { input }) })
    const begins = (heading: string) => {
      const program = begin(words.in(block(guide, heading, 'sh')), shell)
      onTestFinished(() => program.stop('SIGKILL'))
      return program
    }
    const home = join(folder.path, 'synapse')
    const homeserver = join(home, 'homeserver.yaml')
    const url = `http://localhost:${synapsePort}`
    const startSynapse = async () => {
      const program = begins('Start Synapse')
      let over: unknown
      void program.ended.then((how) => {
        over = how
      })
      const answers = async () => (await fetch(`${url}/_matrix/client/versions`)).ok
      await until(() => over !== undefined || answers(), 'Synapse', waitMs)
      if (over !== undefined) throw new Error(`Synapse ended with ${over}: ${program.said()}`)
      return program
    }
    const startBridge = async () => {
      const program = begins('Start the bridge')
      await program.line(/page.*http:/)
      await program.line(says(guide, 'The homeserver and the bridge reach each other.'))
      return program
    }

    // A homeserver.
    await does('Install Synapse')
    await installed(join(home, 'env/bin'))
    await does('Make its configuration')
    await edits(homeserver, 'port: 8008', `port: ${synapsePort}`)
    // What the guide says of machines without IPv6.
    if (!hasIpv6) await edits(homeserver, says(guide, `'::1', `), '')
    let synapse = await startSynapse()
    await does('Make yourself a user', `${password}\n${password}\n`)

    // The bridge.
    await does('Get the bridge')
    await does('Tell the homeserver of the bridge')
    await appendFile(homeserver, `\n${block(guide, 'Tell the homeserver of the bridge', 'yaml')}\n`)
    await synapse.stop()
    synapse = await startSynapse()
    const config = join(folder.path, 'bridge.yaml')
    const settings = words.in(block(guide, 'Tell the bridge of the homeserver', 'yaml'))
    await writeFile(config, `${settings}\n`)
    let bridge = await startBridge()

    // What else the machine may lack is not asked here: only what the guide has set up.
    const checks = block(guide, says(guide, 'When it does not work'), 'sh')
    await until(
      async () => /✓ Matrix/.test(await run(`${checks} || true`, shell)),
      'the command that looks for what is wrong to find Matrix well',
      2 * waitMs,
    )

    // The first evening.
    const alice = await logsIn(url, 'alice', password)
    expect(alice.user.id).toBe('@alice:example.org')
    const room = await alice.room(says(guide, 'WeChat bridge'))
    await alice.sees(room, /Web login is risky/)
    await alice.writes(room, '!wx login')
    await alice.sees(room, /say !wx login yes/, 2)
    await alice.writes(room, says(guide, '!wx login yes'))
    const code = await alice.sees(
      room,
      says(guide, 'Scan this code with WeChat on your phone to log in.'),
    )
    const qr = `${sandbox.origin}/l/${await sandbox.control.code()}`
    const picture = await alice.user.download(String(code.content.url))
    expect(readsAs(picture, qr)).toBe(true)
    await sandbox.control.scan()
    await sandbox.control.confirm()
    await alice.sees(room, says(guide, 'WeChat is online as'))
    await sandbox.control.settled(waitMs)

    const said = await sandbox.control.say('lin', '你到家了吗？')
    const lin = await alice.room('林小满')
    await alice.sees(lin, '你到家了吗？')
    await alice.room(says(guide, '**WeChat**').replaceAll('*', ''))
    await alice.writes(lin, '刚到')
    const sent = await sandbox.control.waitDelivered(({ text }) => text === '刚到', waitMs)
    expect(sent.to).toBe('lin')
    await sandbox.control.recall(said)
    await alice.sees(lin, /recalled a message[\s\S]*你到家了吗？/)

    // What she deletes is recalled; silent chats are found and opened; the commands the guide names are there.
    const events = await alice.user.events(lin)
    const own = events.find(({ content }) => content.body === '刚到')
    await alice.user.redact(lin, String(own?.event_id))
    await until(() => sent.recalled, 'the recall in WeChat', waitMs)
    await alice.writes(room, words.in(says(guide, '!wx chats mum')))
    await alice.sees(room, /^Chats[\s\S]*\n1\. 老周（木工）/)
    await alice.writes(room, says(guide, '!wx open 1'))
    await alice.room('老周（木工）')
    for (const command of ['status', 'help']) {
      await alice.writes(room, says(guide, `!wx ${command}`))
    }
    await alice.sees(room, /WeChat: online/)
    await alice.sees(room, /^Commands:/)

    // What she types on the phone is her own, once the bridge has a token of hers.
    const { user: other } = await logsIn(url, 'alice', password)
    const token = await alice.writes(room, `${says(guide, '!wx puppet')} ${other.token}`)
    await alice.sees(room, /what you write on the phone is your own here/)
    await until(
      async () =>
        (await alice.user.events(room)).some(
          ({ event_id: id, unsigned }) => id === token && unsigned?.redacted_because,
        ),
      'the message with the token to be gone',
      waitMs,
    )
    await sandbox.control.phoneSay('lin', '在手机上写的')
    await alice.says(lin, '在手机上写的')

    // The same for everybody, by a second application service.
    await alice.writes(room, says(guide, '!wx puppet off'))
    await alice.sees(room, /has forgotten your token/)
    const everybody = says(reference, 'What you type on the phone, as yourself')
    await run(block(reference, everybody, 'sh'), shell)
    const file = join(folder.path, says(reference, 'puppets.yaml'))
    await edits(homeserver, '- wechat-registration.yaml', `- wechat-registration.yaml\n  - ${file}`)
    const [section = '', ...lines] = block(reference, everybody, 'yaml').split('\n')
    await edits(config, section, [section, ...lines].join('\n'))
    await synapse.stop()
    await startSynapse()

    // Somebody else on the same bridge, which goes on where it was.
    await run(
      words
        .in(block(guide, 'Make yourself a user', 'sh'))
        .replace('-u alice', says(guide, '-u bob')),
      { ...shell, input: `${password}\n${password}\n` },
    )
    await appendFile(config, block(guide, 'Others on the same bridge', 'yaml'))
    await bridge.stop()
    bridge = await startBridge()
    const bob = await logsIn(url, 'bob', password)
    await bob.user.createRoom({ invite: [says(guide, '@wechatbot:example.org')] })
    const theirs = await bob.room('WeChat bridge')
    await bob.writes(theirs, '!wx login')
    await bob.sees(theirs, /say !wx login yes/)
    await sandbox.control.say('lin', '早点休息')
    await alice.sees(lin, '早点休息')
    await sandbox.control.phoneSay('lin', '你也是')
    await alice.says(lin, '你也是')
    expect(sandbox.control.session().logins).toBe(1)

    expect(words.unused()).toEqual([])
  }, 900_000)
})

/** What pip would have put there: Synapse's Python, and its command for making users. */
async function installed(folder: string): Promise<void> {
  const python = synapsePython()
  if (!python) throw new Error('There is no Synapse here.')
  const quoted = [python.command, ...python.args].map((word) => `'${word}'`).join(' ')
  const env = Object.entries(python.env).map(([name, value]) => `export ${name}='${value}'`)
  const script = (then: string) =>
    ['#!/bin/sh', ...env, `exec ${quoted} ${then}"$@"`, ''].join('\n')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'python'), script(''), { mode: 0o755 })
  const registers = script('-m synapse._scripts.register_new_matrix_user ')
  await writeFile(join(folder, 'register_new_matrix_user'), registers, { mode: 0o755 })
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)

/** In an editor: one place of a file. */
async function edits(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  if (!text.includes(from)) throw new Error(`There is no ${from} in:\n${text}`)
  await writeFile(
    file,
    text.replace(from, () => to),
  )
}

/** Somebody with a client: accepts invitations, and reads. */
async function logsIn(url: string, name: string, password: string) {
  const answer = await fetch(`${url}/_matrix/client/v3/login`, {
    method: 'POST',
    body: JSON.stringify({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: name },
      password,
    }),
  })
  const { user_id, access_token } = (await answer.json()) as Record<string, string>
  const user = new MatrixUser(url, String(user_id), String(access_token))
  let since = ''
  const joined = new Map<string, string>()
  const entered = async () => {
    const sync = (await user.call('GET', `/sync?timeout=0${since}`)) as {
      next_batch: string
      rooms?: { invite?: Record<string, unknown> }
    }
    for (const room of Object.keys(sync.rooms?.invite ?? {})) {
      await user.join(room)
      joined.set(room, '')
    }
    since = `&since=${sync.next_batch}`
    for (const [room, before] of joined) {
      if (before) continue
      const { name: now = '' } = await user.state(room, 'm.room.name').catch(() => ({ name: '' }))
      joined.set(room, String(now))
    }
  }
  return {
    user,
    /** The room whose name begins so, once she is invited there and in it. */
    room: (begins: string): Promise<string> =>
      until(
        async () => {
          await entered()
          return [...joined].find(([, called]) => called.startsWith(begins))?.[0]
        },
        () => `a room ${begins}; there are ${[...joined.values()].join(', ')}`,
        waitMs,
      ),
    /** As clients do it: later, where the homeserver asks for a slower pace. */
    writes: (room: string, words: string): Promise<string> =>
      until(() => user.say(room, words), `"${words}" to be taken`, waitMs),
    /** Waits until this is said there by somebody else, so many times. */
    sees: (room: string, what: RegExp | string, times = 1): Promise<ClientEvent> =>
      said(room, what, times, (sender) => sender !== user.id),
    /** Waits until it is there as her own. */
    says: (room: string, what: string): Promise<ClientEvent> =>
      said(room, what, 1, (sender) => sender === user.id),
  }

  function said(
    room: string,
    what: RegExp | string,
    times: number,
    isBy: (sender: string) => boolean,
  ): Promise<ClientEvent> {
    let last: readonly string[] = []
    return until(
      async () => {
        const events = (await user.events(room)).filter(
          ({ type, sender }) => type === 'm.room.message' && isBy(sender),
        )
        last = events.map(({ content }) => String(content.body))
        return events.filter((_, at) => {
          const body = last[at] ?? ''
          return typeof what === 'string' ? body.includes(what) : what.test(body)
        })[times - 1]
      },
      () => `${what}; there is ${last.join(' | ')}`,
      waitMs,
    )
  }
}
