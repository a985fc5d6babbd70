import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeRegistration, registrationYaml } from '../../adapters/matrix/registration.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import type { MatrixUser } from '../e2e/matrix-user.ts'
import { type Synapse, startSynapse } from '../e2e/synapse.ts'
import { obtainSynapse, synapseUnavailable } from '../e2e/synapse-install.ts'
import { startBridgeProcess } from '../support/bridge-process.ts'
import { fastPace } from '../support/fast-pace.ts'
import { freePort } from '../support/free-port.ts'
import { type WatchedEvent, watchMatrix } from '../support/matrix-watch.ts'
import { until } from '../support/until.ts'
import { ownCore } from './cores.ts'
import { type Bare, openBare } from './matrix-bare.ts'
import { type Compared, summary } from './measure.ts'
import { perSecond, type Report, type Row, row, single } from './report.ts'
import type { Bench, Stage } from './stage.ts'

const chats = 50
const concurrency = 8
const greeting = 'hello from'
/** How many times slower the relay may be: with the tolerance, 90 per cent of the rate. */
const slowest = 1.01

/**
 * From WeChat (the sandbox) through the bridge into a real Synapse. The peer is that Synapse alone, with a bridge that does
 * nothing else: the same messages (all that ours have beside the text, too) into as many rooms with the same members, sent
 * with plain undici by as many ghosts at the same concurrency, and an application service that is told of them and says yes
 * at once. Both are seen by the same watch.
 */
export const matrix: Bench = async (stage): Promise<Report> => {
  await obtainSynapse()
  const why = synapseUnavailable()
  if (why) return { about: `not run: ${why}`, peer: 'Synapse alone', rows: [] }
  const count = stage.quick ? 200 : 600
  const rounds = stage.quick ? 6 : 12
  const arrivals = counter()
  const watch = await watchMatrix(arrivals.saw)
  const bare = await openBare(concurrency)
  const port = await freePort()
  const yaml = registrationYaml(makeRegistration({ url: `http://127.0.0.1:${port}` }))
  const synapse = await startSynapse({ registrations: [yaml, bare.yaml, watch.yaml] })
  const alice = await synapse.user('alice')
  const bridge = await relayed(stage, synapse, alice, { port, yaml })
  try {
    const { words } = await ownCore(synapse.pid, [bridge.pid])
    stage.say(words)
    await bare.settle(synapse, alice, chats)
    const like = await arrivals.greeted()
    let named = 0
    const timed = async (send: Bare['send']): Promise<Took> => {
      const label = `round ${++named} number `
      const texts = Array.from({ length: count }, (_, n) => `${label}${n}`)
      const took = arrivals.expect(label, count)
      const before = [await cpuOf(synapse.pid), await cpuOf(bridge.pid)]
      await send(texts, like)
      const all = await took
      const [homeserver = 0, ours = 0] = [await cpuOf(synapse.pid), await cpuOf(bridge.pid)].map(
        (now, n) => (now - (before[n] ?? 0)) / count,
      )
      return { all, homeserver, bridge: ours }
    }
    const found: Turn[] = []
    // The first warms both up. Who begins takes turns.
    for (let round = -1; round < rounds; round++) {
      const first = round % 2 === 0 ? bare : bridge
      const one = await timed(first.send)
      const other = await timed((first === bare ? bridge : bare).send)
      const turn = first === bare ? { peer: one, ours: other } : { peer: other, ours: one }
      stage.say(`${((100 * turn.peer.all) / turn.ours.all).toFixed(0)} per cent of the ceiling`)
      if (round >= 0) found.push(turn)
    }
    const relay = row('relay', compared(found, 'all'), slowest)
    return {
      about: `${count} texts from the sandbox into ${chats} rooms, ${concurrency} at once, in turns; ${words}`,
      peer: 'Synapse alone',
      rows: [
        perSecond(relay, count, '/s'),
        share(found),
        row('the homeserver computes for each', compared(found, 'homeserver')),
        single('the bridge computes for each', 'ms', compared(found, 'bridge').ours.median),
      ],
    }
  } finally {
    await bridge.close()
    await bare.close()
    await synapse.drop()
    await watch.close()
  }
}

/** In milliseconds: all messages; and what was computed for each. */
interface Took {
  readonly all: number
  readonly homeserver: number
  readonly bridge: number
}

interface Turn {
  readonly peer: Took
  readonly ours: Took
}

function compared(turns: readonly Turn[], what: keyof Took): Compared {
  return {
    peer: summary(turns.map(({ peer }) => peer[what])),
    ours: summary(turns.map(({ ours }) => ours[what])),
    ratio: summary(turns.map(({ peer, ours }) => ours[what] / peer[what])).median,
  }
}

/** What the relay reaches of the ceiling in the same turn; p95 is the slow end. */
function share(turns: readonly Turn[]): Row {
  const { median, p95, samples } = summary(turns.map(({ peer, ours }) => ours.all / peer.all))
  const ours = { median: 100 / median, p95: 100 / p95, samples }
  return { what: 'per cent of the ceiling', unit: '', ours }
}

/** Takes the time from the first to the last of a number of messages, as the homeserver tells of them. */
function counter() {
  let label = ''
  let wanted = 0
  let seen = new Set<string>()
  let first = 0
  let example: WatchedEvent['content'] | undefined
  let over: (ms: number) => void = () => undefined
  return {
    saw({ content }: WatchedEvent) {
      const body = String(content.body ?? '')
      if (body.startsWith(greeting)) example = content
      if (label === '' || !body.startsWith(label) || seen.has(body)) return
      if (seen.size === 0) first = performance.now()
      seen.add(body)
      if (seen.size === wanted) over(performance.now() - first)
    },
    /** What the bridge makes of a greeting. */
    greeted: () => until(() => example, 'a message of ours'),
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
  for (const friend of friends) await control.say(friend, `${greeting} ${friend}`)
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
  stage.say(`${chats} rooms are made`)
  return {
    pid: bridge.pid,
    async send(texts: readonly string[]) {
      for (const [n, text] of texts.entries()) await control.say(friends[n % chats] ?? '', text)
    },
    async close() {
      await bridge.stop()
      await sandbox.close()
    },
  }
}

/** What a process has computed so far, in milliseconds, where the system tells (Linux). */
async function cpuOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14)
  return (Number(user) + Number(system)) * 10
}
