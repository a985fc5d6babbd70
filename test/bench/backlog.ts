import { join } from 'node:path'
import type { Database } from '../../adapters/sql/open.ts'
import {
  chatId,
  type Lane,
  type PortalId,
  sendKey,
  sendLine,
  weChatLane,
} from '../../src/core/ids.ts'
import type { Send } from '../../src/core/post.ts'
import type { Item, Lease } from '../../src/ports/store.ts'
import { inChild } from './child.ts'
import { compare, type Op, timed } from './measure.ts'
import { account, aliasOf, chatOf, lane, oldAliasOf, portalOf, said } from './people.ts'
import { type Report, type Row, row, single } from './report.ts'
import { openAt, type Seeded, standingClock, throughVerbs } from './seed.ts'
import type { Bench } from './stage.ts'

/** One of the two stores under measurement. */
interface Store {
  readonly database: Database
  readonly clock: ReturnType<typeof standingClock>
  readonly seeded: Seeded
  readonly lease: Lease
  readonly sends: Lease
}

const nobody: ReadonlySet<PortalId> = new Set()
/** As many as a pump asks for. */
const slots = 32

/**
 * The promise of the queue: what waits costs nothing. The same steps on a store in which only what is under way
 * waits, and on one with a million items in one chat and ten thousand other chats, in turns.
 */
export const backlog: Bench = async (stage): Promise<Report> => {
  const seeded = await stage.backlog()
  const begin = seeded.begin
  const small = join(await stage.folder('empty'), 'bridge.sqlite')
  const ours = await open(seeded)
  const peer = await open(await throughVerbs(small, { line: 1, chats: slots }, begin))
  const turns = { rounds: 9, perRound: stage.quick ? 20 : 60 }
  const measure = (op: (store: Store) => Op) => compare({ peer: op(peer), ours: op(ours) }, turns)

  stage.say('claims')
  const inLine = await measure((store) => claims(store, store.seeded.begin + 60_000, 1))
  const inTurn = await measure((store) => claims(store, store.seeded.later + 60_000, slots))
  const sends = await measure((store) => sendClaims(store))
  stage.say('lookups')
  const recalls = await measure(lookups)
  const verbs = await measure(others)
  await Promise.all([peer, ours].map(({ database }) => database.close()))

  const items = stage.quick ? 5_000 : 50_000
  stage.say(`draining ${items} items`)
  const drained = await inChild<Drained>('drain.ts', [seeded.file, String(items)]).result
  const rows: Row[] = [
    row('claim, the one long line: whole cycle', inLine.get('cycle'), 2),
    ...steps.map((step) => row(`  ${step}`, inLine.get(step))),
    row(`claim, one of many chats (up to ${slots}): whole cycle`, inTurn.get('cycle'), 2),
    ...steps.map((step) => row(`  ${step}`, inTurn.get(step))),
    row('claim of a send to WeChat: whole cycle', sends.get('cycle'), 2),
    row('enqueue, at the end of the long line', inLine.get('enqueue'), 2),
    row('enqueue, in a chat where nothing waits', inTurn.get('enqueue'), 2),
    row('recall lookup, found', recalls.get('found'), 2),
    row('recall lookup, not found', recalls.get('not found'), 2),
    ...[...verbs].map(([name, found]) => row(name, found, bounded.has(name) ? 2 : undefined)),
    single(`drain: RSS growth over ${drained.items} items`, 'MB', drained.growth, 48),
    single('drain: RSS when the store was open', 'MB', drained.opened),
    single('drain: RSS after the first 1 000 items', 'MB', drained.warm),
    single('drain: highest RSS after', 'MB', drained.highest),
    single('drain: highest RSS before collecting', 'MB', drained.untidied),
    single('drain: items per second', '/s', drained.perSecond),
  ]
  const { line, chats } = seeded
  const sizes = `${line} items in one chat, ${chats} chats with one, ${line + chats} messages`
  return { about: sizes, peer: 'empty', rows }
}

/** What `drain.ts` found; sizes in MB. */
export interface Drained {
  readonly items: number
  readonly opened: number
  readonly warm: number
  readonly highest: number
  readonly untidied: number
  readonly growth: number
  readonly perSecond: number
}

const steps = ['ready', 'markSending', 'deliver', 'nextDue'] as const

async function open(seeded: Seeded): Promise<Store> {
  const clock = standingClock(seeded.begin)
  const database = await openAt(seeded.file, clock)
  const own = async (of: Lane) => {
    const lease = await database.store.take(of, 'bench', 365 * 86_400_000)
    if (!lease) throw new Error('The lane is not free')
    return lease
  }
  return { database, clock, seeded, lease: await own(lane), sends: await own(weChatLane(account)) }
}

let minted = 100_000_000

/** All a pump does for one item, then the same amount waits again. At `now` the right lines are due. */
function claims({ database: { store }, clock, lease }: Store, now: number, limit: number): Op {
  return async () => {
    clock.at = now
    let due: readonly Item[] = []
    const ready = await timed(async () => {
      due = await store.unit((unit) => unit.ready(lease, now, limit, nobody))
    })
    const item = due[0]
    if (!item) throw new Error('Nothing was due')
    const marked = await timed(() =>
      store.unit((unit) => unit.markSending(lease, item.seq, now, item.revision)),
    )
    const receipt = { ids: [`$${item.seq}`], at: now }
    const delivered = await timed(() =>
      store.unit((unit) => unit.deliver(lease, item.seq, receipt)),
    )
    const next = await timed(() => store.unit((unit) => unit.nextDue(lease, nobody)))
    const index = Number.parseInt(item.portal.slice(1), 36)
    const { message, post } = said(++minted, index, now)
    await store.unit((unit) => unit.saveMessage(message))
    const enqueue = await timed(() => store.unit((unit) => unit.enqueue(lane, post, now)))
    const cycle = ready + marked + delivered + next
    return { cycle, ready, markSending: marked, deliver: delivered, nextDue: next, enqueue }
  }
}

/** What goes to WeChat is found again by more names, so its message is written too. */
function sendClaims({ database: { store }, clock, sends, seeded }: Store): Op {
  return async () => {
    const now = seeded.later
    clock.at = now
    const { message } = said(++minted, 0, now)
    const send: Send = {
      type: 'send',
      key: sendKey(message.id, 0),
      clientId: String(minted).padStart(17, '1'),
      portal: sendLine(message.chat),
      message: message.id,
      part: 0,
      chat: message.chat,
      body: { kind: 'text', text: `${minted}` },
    }
    await store.unit(async (unit) => {
      await unit.saveMessage(message)
      await unit.enqueue(weChatLane(account), send, now)
    })
    const cycle = await timed(async () => {
      const [item] = await store.unit((unit) => unit.ready(sends, now, slots, nobody))
      if (!item) throw new Error('Nothing was due')
      await store.unit((unit) => unit.markSending(sends, item.seq, now, item.revision))
      const receipt = { ids: [`${minted}`], at: now }
      await store.unit((unit) => unit.deliver(sends, item.seq, receipt))
      await store.unit((unit) => unit.nextDue(sends, nobody))
    })
    return { cycle }
  }
}

/** By both names a recall gives, of any message there is. */
function lookups({ database: { store }, seeded: { line, chats } }: Store): Op {
  let turn = 0
  const find = (aliases: readonly string[], index: number) =>
    store.unit((unit) => unit.messageBy(account, aliases, chatOf(index).id))
  return async () => {
    const n = (turn++ * 7_919) % (line + chats)
    const index = n < line ? 0 : n - line + 1
    const names = [`${minted}-new`, aliasOf(n)]
    const found = await timed(async () => {
      if (!(await find(names, index))) throw new Error(`Message ${n} was not found`)
    })
    const missed = await timed(() => find([`no-${n}`, oldAliasOf(-1 - n)], index))
    return { found, 'not found': missed }
  }
}

/** Which of the verbs below should not care how much waits. */
const bounded = new Set([
  'lastWaiting',
  'uncertain',
  'deadLetters(50)',
  'repeats',
  'latest',
  'depth()',
  'newest()',
])

function others({ database: { store }, lease, clock }: Store): Op {
  const unit = store.unit
  const portal = portalOf(0)
  const chat = chatOf(0).id
  const stranger = chatId(`${account}/stranger`)
  return async () => ({
    lastWaiting: await timed(() => unit((of) => of.lastWaiting(lane, portal))),
    uncertain: await timed(() => unit((of) => of.uncertain(lease))),
    'deadLetters(50)': await timed(() => unit((of) => of.deadLetters(50))),
    repeats: await timed(() => unit((of) => of.repeats(lane, 'hello', stranger, 0, 4))),
    latest: await timed(() => unit((of) => of.latest(chat, 'myself', clock.at - 180_000))),
    'depth()': await timed(() => unit((of) => of.depth())),
    'lanes()': await timed(() => unit((of) => of.lanes())),
    'newest()': await timed(() => unit((of) => of.newest())),
    'forget(messages), none old': await timed(() => unit((of) => of.forget('messages', 1, 500))),
    // Last, because it leaves much to collect.
    'lines(200, 1000)': await timed(() => unit((of) => of.lines(lane, 200, 1_000))),
  })
}
