import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'

import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { MatrixUser } from './matrix-user.ts'
import { synapsePython } from './synapse-install.ts'

/** A real Synapse of one test file: `server_name` is `localhost`, everything on loopback. */
export interface Synapse {
  readonly url: string
  readonly domain: string
  /** Of its process, while it runs. */
  readonly pid: number | undefined
  /** A new user, logged in. */
  user(localpart: string): Promise<MatrixUser>
  /** Ends the server; its data stays. */
  stop(): Promise<void>
  /** Starts it again after `stop`, on the same port with the same data. */
  start(): Promise<void>
  /** Ends it and removes everything. */
  drop(): Promise<void>
}

export interface SynapseOptions {
  /** Registration files (YAML text) of application services. */
  readonly registrations: readonly string[]
  /** `raised`: never in the way. `default`: what an admin gets who changes nothing. */
  readonly limits?: 'raised' | 'default'
  readonly maxUpload?: string
}

/** Starts a Synapse. Throws where there is none: look at `synapseUnavailable` first. */
export async function startSynapse(options: SynapseOptions): Promise<Synapse> {
  const python = synapsePython()
  if (!python) throw new Error('There is no Synapse here.')
  const folder = await tempFolder()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const secret = randomBytes(16).toString('hex')
  const configFile = join(folder.path, 'homeserver.yaml')
  const registrationFiles = await Promise.all(
    options.registrations.map(async (yaml, index) => {
      const file = join(folder.path, `registration-${index}.yaml`)
      await writeFile(file, yaml)
      return file
    }),
  )
  // JSON is YAML.
  await writeFile(
    configFile,
    JSON.stringify({
      ...config(folder.path, port, secret, options),
      app_service_config_files: registrationFiles,
    }),
  )
  await writeFile(join(folder.path, 'log.yaml'), JSON.stringify(logConfig(folder.path)))
  const args = [...python.args, '-m', 'synapse.app.homeserver', '-c', configFile]
  const launch = (...more: string[]) => {
    const env = { ...process.env, ...python.env }
    const child = spawn(python.command, [...args, ...more], {
      env,
      cwd: folder.path,
      stdio: 'ignore',
    })
    const end = () => child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    return child
  }

  let server: ChildProcess | undefined
  const stop = async () => {
    const child = server
    server = undefined
    if (!child || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
  const start = async () => {
    const child = launch()
    server = child
    try {
      await until(
        async () => {
          if (child.exitCode !== null) throw new Error(`Synapse ended with ${child.exitCode}`)
          return (await fetch(`${url}/_matrix/client/versions`)).ok
        },
        'Synapse to answer',
        60_000,
      )
    } catch (error) {
      const log = await readFile(join(folder.path, 'synapse.log'), 'utf8').catch(() => '')
      throw new Error(`Synapse did not start: ${log.slice(-2000)}`, { cause: error })
    }
  }

  const keys = launch('--generate-keys')
  await new Promise((resolve) => keys.once('exit', resolve))
  await start()
  return {
    url,
    domain: 'localhost',
    get pid() {
      return server?.pid
    },
    user: (localpart) => register(url, secret, localpart),
    stop,
    start,
    async drop() {
      await stop()
      await folder.drop()
    },
  }
}

/** By the admin API with the shared secret: a nonce, and a proof over it. */
async function register(url: string, secret: string, localpart: string): Promise<MatrixUser> {
  const where = `${url}/_synapse/admin/v1/register`
  const { nonce } = (await (await fetch(where)).json()) as { nonce: string }
  const password = randomBytes(12).toString('hex')
  const mac = createHmac('sha1', secret)
    .update([nonce, localpart, password, 'notadmin'].join('\0'))
    .digest('hex')
  const body = JSON.stringify({ nonce, username: localpart, password, admin: false, mac })
  const answer = await fetch(where, { method: 'POST', body })
  const json = (await answer.json()) as { user_id: string; access_token: string }
  if (!answer.ok) throw new Error(`No user ${localpart}: ${JSON.stringify(json)}`)
  return new MatrixUser(url, json.user_id, json.access_token)
}

function config(folder: string, port: number, secret: string, options: SynapseOptions) {
  return {
    server_name: 'localhost',
    report_stats: false,
    pid_file: join(folder, 'synapse.pid'),
    signing_key_path: join(folder, 'signing.key'),
    log_config: join(folder, 'log.yaml'),
    media_store_path: join(folder, 'media'),
    database: { name: 'sqlite3', args: { database: join(folder, 'homeserver.db') } },
    listeners: [
      {
        port,
        bind_addresses: ['127.0.0.1'],
        type: 'http',
        tls: false,
        resources: [{ names: ['client', 'media'] }],
      },
    ],
    registration_shared_secret: secret,
    macaroon_secret_key: randomBytes(16).toString('hex'),
    form_secret: randomBytes(16).toString('hex'),
    trusted_key_servers: [],
    presence: { enabled: false },
    // Otherwise a first sync is answered from two minutes ago.
    caches: { sync_response_cache_duration: '0s' },
    max_upload_size: options.maxUpload ?? '50M',
    ...(options.limits === 'default' ? {} : raised()),
  }
}

function raised() {
  const much = { per_second: 100_000, burst_count: 100_000 }
  return {
    rc_message: much,
    rc_registration: much,
    rc_login: { address: much, account: much, failed_attempts: much },
    rc_admin_redaction: much,
    rc_joins: { local: much, remote: much },
    rc_joins_per_room: much,
    rc_invites: { per_room: much, per_user: much, per_issuer: much },
    rc_media_create: much,
    rc_room_creation: much,
  }
}

const logConfig = (folder: string) => ({
  version: 1,
  formatters: { plain: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
  handlers: {
    file: {
      class: 'logging.FileHandler',
      formatter: 'plain',
      filename: join(folder, 'synapse.log'),
    },
  },
  root: { level: 'WARNING', handlers: ['file'] },
  disable_existing_loggers: false,
})
