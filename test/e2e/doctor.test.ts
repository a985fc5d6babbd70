import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  makeRegistration,
  type Registration,
  registrationYaml,
} from '../../adapters/matrix/registration.ts'
import { start } from '../../src/main.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { commandLine, type Ended, snapshot } from '../support/command-line.ts'
import { loadConfig } from '../support/config.ts'
import { freePort } from '../support/free-port.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { onSynapse } from './on-synapse.ts'
import { type Synapse, startSynapse } from './synapse.ts'

// Each look is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 })

/** On a machine that may be busy. */
const patient = ['--patience', '150']

onSynapse('doctor on a real homeserver', () => {
  let synapse: Synapse
  let temp: Awaited<ReturnType<typeof tempFolder>>
  let port: number
  /** What the homeserver knows: where the bridge listens, and one that leads to where nobody is. */
  let right: Registration
  let astray: Registration
  let strayPort: number

  beforeAll(async () => {
    temp = await tempFolder()
    port = await freePort()
    strayPort = await freePort()
    right = makeRegistration({ url: `http://127.0.0.1:${port}` })
    const other = { id: 'astray', senderLocalpart: 'straybot', prefix: 'stray_' }
    astray = makeRegistration({ url: `http://127.0.0.1:${strayPort}`, ...other })
    synapse = await startSynapse({ registrations: [right, astray].map(registrationYaml) })
    await synapse.user('alice')
  })
  afterAll(async () => {
    await synapse?.drop()
    await temp?.drop()
  })

  const setsOf = (...more: readonly string[]) => [
    `data.dir=${join(temp.path, 'data')}`,
    'language=en',
    'timezone=UTC',
    'web.enabled=false',
    'matrix.enabled=true',
    `matrix.homeserver.url=${synapse.url}`,
    `matrix.homeserver.domain=${synapse.domain}`,
    'matrix.owner=@alice:localhost',
    `matrix.listen.port=${port}`,
    ...more,
  ]

  /** With a registration file of its own, looked at; nothing is changed. */
  async function look(registration: Registration, ...more: readonly string[]): Promise<Ended> {
    const file = join(temp.path, 'registration.yaml')
    await writeFile(file, registrationYaml(registration), { mode: 0o600 })
    const before = await snapshot(temp.path)
    const sets = setsOf(`matrix.registration=${file}`, ...more)
    const ended = await commandLine(['config', 'check', '--online', ...patient], {
      cwd: temp.path,
      sets,
    })
    expect(await snapshot(temp.path)).toEqual(before)
    for (const secret of [registration.asToken, registration.hsToken]) {
      expect(ended.out + ended.err).not.toContain(secret)
    }
    return ended
  }

  test('a bridge that was never started, and is set up well, is found so', async () => {
    const { code, out } = await look(right)
    expect(out).toContain(`✓ Matrix: the homeserver ${synapse.url} is there`)
    expect(out).toContain('✓ Matrix: it knows the bridge, as @wechatbot:localhost')
    expect(out).toContain('✓ Matrix: it reaches the bridge, too')
    expect(out).toContain('✓ The clock is right')
    expect(code).toBe(0)
  })

  test('a token that the homeserver does not know is told', async () => {
    const { code, out } = await look(makeRegistration({ url: right.url }))
    expect(out).toContain('✗ Matrix: the homeserver does not know the as_token')
    expect(out).toContain('→ Name this very file in app_service_config_files')
    expect(code).toBe(1)
  })

  test('another hs_token is told', async () => {
    const { code, out } = await look({ ...right, hsToken: 'x'.repeat(40) })
    expect(out).toContain('✗ Matrix: the homeserver reaches the bridge, but with another hs_token')
    expect(code).toBe(1)
  })

  test('another domain is told with the right one', async () => {
    const { code, out } = await look(right, 'matrix.homeserver.domain=example.org')
    expect(out).toContain('✗ Matrix: the users of this homeserver are of localhost')
    expect(out).toContain('→ Set matrix.homeserver.domain: localhost')
    expect(code).toBe(1)
  })

  test('an owner and a token for their own voice that nobody knows are told', async () => {
    const { code, out } = await look(
      right,
      'matrix.owner=@nobody:localhost',
      'matrix.doublePuppet.token=not-a-token-of-anybody',
    )
    expect(out).toContain('✗ Matrix: there is no user @nobody:localhost (matrix.owner)')
    expect(out).toContain('✗ Matrix: the homeserver does not take matrix.doublePuppet.token')
    expect(out).toContain('✓ Matrix: it reaches the bridge, too')
    expect(code).toBe(1)
  })

  test('a homeserver that cannot reach the bridge is told with the address it uses', async () => {
    const { code, out } = await look(astray)
    expect(out).toContain('✓ Matrix: it knows the bridge, as @straybot:localhost')
    expect(out).toContain(
      `✗ Matrix: the homeserver cannot reach the bridge (it uses the url of the registration: ${astray.url}).`,
    )
    expect(code).toBe(1)
    const somebody = createServer((_, response) => response.writeHead(404).end())
    await new Promise<void>((resolve) => somebody.listen(strayPort, '127.0.0.1', resolve))
    try {
      const met = await look(astray)
      expect(met.out).toContain(`(${astray.url}) the homeserver meets somebody else`)
      expect(met.code).toBe(1)
    } finally {
      somebody.closeAllConnections()
      somebody.close()
    }
  })

  test('a registration file that is not there, or is none, is told', async () => {
    const missing = await commandLine(['doctor', ...patient], {
      cwd: temp.path,
      sets: setsOf('matrix.registration=nowhere.yaml'),
    })
    expect(missing.out).toContain(
      '✗ Matrix: matrix.registration: the file nowhere.yaml cannot be read (ENOENT).',
    )
    expect(missing.code).toBe(1)
    await writeFile(join(temp.path, 'none.yaml'), 'id: wechat\n', { mode: 0o600 })
    const none = await commandLine(['doctor', ...patient], {
      cwd: temp.path,
      sets: setsOf('matrix.registration=none.yaml'),
    })
    expect(none.out).toContain('✗ Matrix: The Matrix registration file')
    expect(none.code).toBe(1)
  })

  test('a bridge that runs answers for itself', async () => {
    const sandbox = await startSandbox({ seed: 1 })
    const file = join(temp.path, 'running.yaml')
    await writeFile(file, registrationYaml(right), { mode: 0o600 })
    const sets = setsOf(
      `matrix.registration=${file}`,
      'wechat.connector=web',
      `wechat.web.loginBase=${sandbox.origin}`,
      'wechat.web.acceptRisk=true',
    )
    const bridge = await start(loadConfig({ files: [], env: {}, sets }).config, {
      log: memoryLog(),
    })
    try {
      await until(() => fetch(right.url), 'the bridge to listen', 90_000)
      const { err, out } = await commandLine(['doctor', ...patient], { cwd: temp.path, sets })
      expect(err).toBe('')
      expect(out).toContain('✓ The bridge is running')
      expect(out).toContain(`✓ Port ${port} (matrix.listen.port): the bridge has it`)
      expect(out).toContain('✓ Matrix: it reaches the bridge, too')
    } finally {
      await bridge.stop()
      await sandbox.close()
    }
  })

  test('a homeserver that is down is told, and that no other answers in its place', async () => {
    const down = `http://127.0.0.1:${await freePort()}`
    const { code, out } = await look(right, `matrix.homeserver.url=${down}`)
    expect(out).toContain(`✗ Matrix: the homeserver ${down} cannot be reached (ECONNREFUSED).`)
    expect(code).toBe(1)
    const page = createServer((_, response) => response.end('welcome'))
    const at = await freePort()
    await new Promise<void>((resolve) => page.listen(at, '127.0.0.1', resolve))
    try {
      const { out: other } = await look(right, `matrix.homeserver.url=http://127.0.0.1:${at}`)
      expect(other).toContain('is no Matrix homeserver (HTTP 200).')
    } finally {
      page.closeAllConnections()
      page.close()
    }
  })
})
