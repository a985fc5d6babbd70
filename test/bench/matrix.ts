import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Pool } from 'undici'
import { makeRegistration, registrationYaml } from '../../adapters/matrix/registration.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import type { MatrixUser } from '../e2e/matrix-user.ts'
import { freePort, type Synapse, startSynapse } from '../e2e/synapse.ts'
import { obtainSynapse, synapseUnavailable } from '../e2e/synapse-install.ts'
import { startBridgeProcess } from '../support/bridge-process.ts'
import { fastPace } from '../support/fast-pace.ts'
import { type WatchedEvent, watchMatrix } from '../support/matrix-watch.ts'
import { until } from '../support/until.ts'
import { compare } from './measure.ts'
import { perSecond, type Report, row, single } from './report.ts'
import type { Bench, Stage } from './stage.ts'

const chats = 50
const concurrency = 8
/** How many times slower the relay may be: with the tolerance, 90 per cent of the rate. */
const slowest = 1.01

/**
 * From WeChat (the sandbox) through the bridge into a real Synapse. The peer is that Synapse alone: the same number of
 * messages into as many rooms with the same members, sent with plain undici by as many ghosts at the same concurrency. Both are seen by the
 * same watch, and both have an application service that is told of them.
 */
export const matrix: Bench = async (stage): Promise<Report> => {
  await obtainSynapse()
  const why = synapseUnavailable()
  if (why) return { about: `not run: ${why}`, peer: 'Synapse alone', rows: [] }
  const count = stage.quick ? 300 : 1_000
  const arrivals = counter()
  const watch = await watchMatrix(arrivals.saw)
  const idle = await watchMatrix(() => undefined)
  const port = await freePort()
  const ours = makeRegistration({ url: `http://127.0.0.1:${port}` })
  const raw = { ...makeRegistration({ url: 'http://127.0.0.1:9', id: 'raw', prefix: 'raw_' }) }
  const listening = { ...raw, senderLocalpart: 'rawbot', url: urlOf(idle.yaml) }
  const yaml = registrationYaml(ours)
  const synapse = await startSynapse({
    registrations: [yaml, registrationYaml(listening), watch.yaml],
  })
  const alice = await synapse.user('alice')
  const bridge = await relayed(stage, synapse, alice, { port, yaml })
  const bare = await alone(synapse, alice, raw.asToken)
  try {
    let round = 0
    const timed = (send: (label: string) => Promise<void>) => async () => {
      const label = `round ${++round} number `
      const took = arrivals.expect(label, count)
      const before = await cpuOf(synapse.pid)
      await send(label)
      const all = await took
      return { all, homeserver: ((await cpuOf(synapse.pid)) - before) / count }
    }
    const found = await compare(
      {
        peer: timed((label) => bare.send(label, count)),
        ours: timed((label) => bridge.send(label, count)),
      },
      { rounds: stage.quick ? 2 : 5, perRound: 1 },
    )
    const cpu = await bridge.cpu()
    const relay = perSecond(row('relay', found.get('all'), slowest), count, '/s')
    return {
      about: `${count} texts from the sandbox into ${chats} rooms, ${concurrency} at once`,
      peer: 'Synapse alone',
      rows: [
        relay,
        single('per cent of the ceiling', '', 100 / (relay.ratio ?? Number.NaN)),
        row('the homeserver computes for each', found.get('homeserver')),
        single('the bridge computes for each', 'ms', cpu),
      ],
    }
  } finally {
    await bridge.close()
    await bare.close()
    await synapse.drop()
    await watch.close()
    await idle.close()
  }
}

/** Takes the time from the first to the last of a number of messages, as the homeserver tells of them. */
function counter() {
  let label = ''
  let wanted = 0
  let seen = new Set<string>()
  let first = 0
  let over: (ms: number) => void = () => undefined
  return {
    saw({ content }: WatchedEvent) {
      const body = String(content.body ?? '')
      if (label === '' || !body.startsWith(label) || seen.has(body)) return
      if (seen.size === 0) first = performance.now()
      seen.add(body)
      if (seen.size === wanted) over(performance.now() - first)
    },
    expect(beginning: string, count: number): Promise<number> {
      label = beginning
      wanted = count
      seen = new Set()
      return new Promise((resolve) => {
        over = resolve
      })
    },
  }
}

async function relayed(
  stage: Stage,
  synapse: Synapse,
  alice: MatrixUser,
  { port, yaml }: { readonly port: number; readonly yaml: string },
) {
  const folder = await stage.folder('matrix')
  const file = join(folder, 'registration.yaml')
  await writeFile(file, yaml)
  const sandbox = await startSandbox({ holdMs: 25_000 })
  const { control } = sandbox
  const { friends } = await control.populate({ friends: chats, groups: 0 })
  const bridge = startBridgeProcess({
    sets: [
      'language=en',
      'timezone=UTC',
      'log.level=warn',
      `data.dir=${join(folder, 'data')}`,
      'wechat.connector=web',
      `wechat.web.loginBase=${sandbox.origin}`,
      'wechat.web.acceptRisk=true',
      ...fastPace,
      'web.enabled=false',
      'matrix.enabled=true',
      `matrix.homeserver.url=${synapse.url}`,
      `matrix.homeserver.domain=${synapse.domain}`,
      `matrix.registration=${file}`,
      `matrix.owner=${alice.id}`,
      `matrix.listen.port=${port}`,
      `matrix.rate.concurrency=${concurrency}`,
    ],
  })
  await control.code()
  await control.scan()
  await control.confirm()
  await control.settled()
  stage.say(`${chats} rooms are made`)
  for (const friend of friends) await control.say(friend, `hello from ${friend}`)
  await until(
    async () => {
      const rooms = await alice.invitations()
      for (const room of rooms) await alice.join(room)
      const { joined_rooms } = (await alice.call('GET', '/joined_rooms')) as {
        joined_rooms: string[]
      }
      return joined_rooms.length >= chats
    },
    'a room for each chat',
    120_000,
  )
  const before = await cpuOf(bridge.pid)
  let sent = 0
  return {
    async send(label: string, count: number) {
      sent += count
      for (let n = 0; n < count; n++) {
        await control.say(friends[n % chats] ?? '', `${label}${n}`)
      }
    },
    /** How long the bridge has computed for each message, in milliseconds. */
    cpu: async () => ((await cpuOf(bridge.pid)) - before) / sent,
    async close() {
      await bridge.stop()
      await sandbox.close()
    },
  }
}

async function alone(synapse: Synapse, alice: MatrixUser, token: string) {
  const pool = new Pool(synapse.url, { connections: concurrency })
  const call = async (method: 'POST' | 'PUT', path: string, body: object) => {
    const answer = await pool.request({
      method,
      path,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const json = (await answer.body.json()) as Record<string, string>
    if (answer.statusCode !== 200) throw new Error(JSON.stringify(json))
    return json
  }
  const rooms: { readonly room: string; readonly ghost: string }[] = []
  for (let n = 0; n < chats; n++) {
    const username = `raw_${n}`
    const type = 'm.login.application_service'
    await call('POST', '/_matrix/client/v3/register', { type, username, inhibit_login: true })
    const ghost = encodeURIComponent(`@${username}:${synapse.domain}`)
    // As the bridge's: its bot, the ghost, and the person.
    const made = await call('POST', '/_matrix/client/v3/createRoom', {
      invite: [alice.id, `@${username}:${synapse.domain}`],
      preset: 'private_chat',
    })
    const room = made.room_id ?? ''
    await call('POST', `/_matrix/client/v3/join/${encodeURIComponent(room)}?user_id=${ghost}`, {})
    await alice.join(room)
    rooms.push({ room: encodeURIComponent(room), ghost })
  }
  return {
    async send(label: string, count: number) {
      let next = 0
      const worker = async () => {
        for (let n = next++; n < count; n = next++) {
          const { room, ghost } = rooms[n % chats] ?? { room: '', ghost: '' }
          const where = `/_matrix/client/v3/rooms/${room}/send/m.room.message/${encodeURIComponent(label)}${n}`
          const at = `user_id=${ghost}&ts=${Date.now()}`
          await call('PUT', `${where}?${at}`, { msgtype: 'm.text', body: `${label}${n}` })
        }
      }
      await Promise.all(Array.from({ length: concurrency }, worker))
    },
    close: () => pool.close(),
  }
}

/** What a process has computed so far, in milliseconds, where the system tells (Linux). */
async function cpuOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14)
  return (Number(user) + Number(system)) * 10
}

const urlOf = (yaml: string): string => (JSON.parse(yaml) as { readonly url: string }).url
