import { openSqlite } from '../../adapters/sql/open.ts'
import { createWeChatPace, type WeChatPace } from '../../src/bridge/allowance.ts'
import type { Parts } from '../../src/bridge/parts.ts'
import { createPump, type Pump } from '../../src/bridge/pump.ts'
import type { Pause } from '../../src/bridge/queue-view.ts'
import type { Route } from '../../src/bridge/route.ts'
import type { Failure } from '../../src/core/errors.ts'
import { hubId, hubLane, type PortalId, weChatLane } from '../../src/core/ids.ts'
import type { Job } from '../../src/core/post.ts'
import type { Receipt } from '../../src/ports/outlet.ts'
import type { Lease, Store } from '../../src/ports/store.ts'
import { friendChat } from '../core/samples.ts'
import { memoryLog } from '../support/ports.ts'
import {
  account,
  bodyOf,
  chance,
  chatOf,
  type Entry,
  type Fate,
  failed,
  hour,
  jobOf,
  type Kind,
  minute,
  receiptOf,
  rules,
  settled,
  stuckMs,
  type Try,
} from './pump-items.ts'
import { virtualClock } from './virtual.ts'

// One lane over the real store, in virtual time. The other side does what it is told, and knows what really happened.

export type PumpWorld = Awaited<ReturnType<typeof openPumpWorld>>

export interface More {
  /** Read at each start. */
  readonly parts?: Partial<Parts>
  readonly pollMs?: number
  readonly told?: (pause: Pause) => Promise<void>
  readonly route?: Partial<Route<Job>>
}

export async function openPumpWorld(
  kind: Kind,
  seed: number,
  fates: readonly Fate[],
  more: More = {},
) {
  const clock = virtualClock()
  const random = chance(seed)
  const database = await openSqlite({ path: ':memory:', sealKey: new Uint8Array(32), clock })
  const lane = kind === 'wechat' ? weChatLane(account) : hubLane(hubId('hub'))
  const concurrency = kind === 'wechat' ? 1 : 2
  const entries = new Map<string, Entry>()
  const tries: Try[] = []
  const held = new Set<PortalId>()
  const wrong: string[] = []
  const log = memoryLog()
  /** What a process that is started anew finds. */
  const gate = { open: true, logins: 0 }
  let orders = 0
  let fated = 0
  let obeys = true
  let alive = { is: true }
  let pump: Pump
  let current: Route<Job>
  let pace: WeChatPace
  let running: Promise<void>
  let stopping: AbortController
  let lease: Lease
  let onBegin: (entry: Entry, begun: Try) => void = () => undefined

  const world = {
    kind,
    clock,
    lane,
    concurrency,
    entries,
    tries,
    held,
    wrong,
    log,
    gate,
    database,
    store: database.store,
    begins: (check: typeof onBegin) => {
      onBegin = check
    },
    pass: (ms: number) => clock.pass(ms, settled),
    open: () => tries.filter((each) => each.open),
    wake: () => pump.wake(),
    view: () => ({ ...pace.view, closed: pump.closed }),
    /** Resolves when the pump has ended as it should. */
    stop() {
      stopping.abort(new Error('test over'))
      return running
    },
    nextOrder: () => ++orders,
    setGate(isOpen: boolean) {
      gate.open = isOpen
      if (isOpen) gate.logins++
      pump.gate(isOpen)
    },
    /** Whether tries end when they are told to. */
    setObeys(does: boolean) {
      obeys = does
    },
    route: () => current,
    enqueue,
    answer,
    restart,
    async close() {
      alive.is = false
      await database.close()
    },
  }
  await start()
  return world

  async function start(): Promise<void> {
    const mine = { is: true }
    alive = mine
    const dead = new Promise<never>(() => undefined)
    const living = async <T>(work: () => Promise<T>): Promise<T> => {
      if (!mine.is) return dead
      const done = await work()
      return mine.is ? done : dead
    }
    const store: Store = {
      ...database.store,
      unit: (work, how) => living(() => database.store.unit(work, how)),
    }
    const notes = database.vault('bridge')
    const parts = {
      store,
      vault: { ...notes, set: (name, text) => living(() => notes.set(name, text)) },
      clock: {
        ...clock,
        now: () => Math.floor(clock.now()),
        steady: clock.steady,
        sleep: (ms, signal) => living(() => clock.sleep(ms, signal)),
      },
      random,
      log,
      trace: () => undefined,
      pace: rules,
      ...more.parts,
    } as Partial<Parts> as Parts
    lease = (await database.store.take(lane, `${orders++}`, 1e12)) as Lease
    const options = { held: () => held, pollMs: more.pollMs ?? 10 * minute }
    pace = createWeChatPace(parts, lane, more.told)
    stopping = new AbortController()
    current = { ...route(mine), ...more.route }
    pump = createPump(parts, current, {
      ...options,
      ...(kind === 'wechat' && { pace }),
    })
    if (!gate.open) pump.gate(false)
    const { wake } = pump
    database.store.onWork(() => mine.is && wake())
    running = pump.run(lease, stopping.signal).catch((error: unknown) => {
      if (mine.is) wrong.push(`the lane broke: ${String(error)}`)
    })
    await settled()
  }

  /** The process dies where it stands, and another begins. What was under way has some fate. */
  async function restart(): Promise<void> {
    alive.is = false
    for (const each of tries) {
      if (!each.open) continue
      each.open = false
      unseen(each.key)
    }
    await database.store.release(lease)
    await start()
  }

  function route(mine: { is: boolean }): Route<Job> {
    return {
      outlet: {
        rate: { concurrency },
        bucket: (job) => job.portal,
        send: (job, _open, signal) =>
          new Promise((resolve, reject) => {
            if (mine.is) begin(job, signal, resolve, reject)
          }),
        async find(job) {
          const entry = entries.get(job.key)
          if (entry?.fate === 'present') return receiptOf(job.key)
          if (entry?.fate === 'absent' || !entry?.fate) return 'absent'
          if (kind === 'hub') entry.mayRepeat = true
          return 'unknown'
        },
      },
      open: async () => {
        throw new Error('no media here')
      },
      address: async (job) => job,
      onUncertain: kind === 'wechat' ? 'ask' : 'resend',
      giveUpMs: kind === 'wechat' ? hour : 24 * hour,
      stuckMs,
      echoMs: 30_000,
      async bury(_unit, item, error) {
        const entry = entries.get(item.job.key)
        if (entry?.end) wrong.push(`${item.job.key} ended twice`)
        if (entry) entry.end = error.failure.certain ? 'dead' : 'unknown'
      },
    }
  }

  function begin(
    job: Job,
    signal: AbortSignal,
    resolve: (receipt: Receipt) => void,
    reject: (error: Error) => void,
  ): void {
    const entry = entries.get(job.key)
    if (!entry) return void wrong.push(`unknown ${job.key}`)
    const begun: Try = {
      key: job.key,
      portal: job.portal,
      body: JSON.stringify(job.body),
      media: job.body.kind === 'media',
      at: clock.steady(),
      login: gate.logins,
      open: true,
      resolve,
      reject,
    }
    onBegin(entry, begun)
    tries.push(begun)
    const ends = obeys
    const stop = () => {
      if (!begun.open) return
      begun.open = false
      unseen(begun.key)
      if (ends) reject(failed({ code: 'timeout', heal: 'retry', certain: false }))
    }
    signal.addEventListener('abort', stop, { once: true })
  }

  function unseen(name: string, fate = fates[fated++ % fates.length]): void {
    const entry = entries.get(name)
    if (!entry) return
    entry.fate = fate
    if (fate === 'present' || fate === 'doneUnknown') entry.arrived++
  }

  /** Ends the oldest open try. `uncertain`: with the next fate. */
  async function answer(how: 'ok' | 'uncertain' | Failure): Promise<void> {
    const [first] = world.open()
    const entry = first && entries.get(first.key)
    if (!first || !entry) return
    first.open = false
    if (how === 'ok') {
      entry.arrived++
      entry.fate = 'present'
      first.resolve(receiptOf(first.key))
    } else if (how === 'uncertain') {
      unseen(first.key)
      first.reject(failed({ code: 'timeout', heal: 'retry', certain: false }))
    } else {
      if (how.heal === 'relogin' && first.login === gate.logins) gate.open = false
      entry.fate = 'absent'
      first.reject(failed(how))
    }
    await settled()
  }

  async function enqueue(chat: number, media: boolean, said = clock.now()): Promise<void> {
    const order = ++orders
    const name = `k${order}`
    const job = jobOf(kind, name, chat, bodyOf(media, `${order}`), said)
    const { portal, message } = job
    const id = chatOf(chat)
    const state = { arrived: 0, fate: undefined, mayRepeat: false, end: undefined }
    entries.set(name, { portal, order, body: JSON.stringify(job.body), media, ...state })
    await database.store.unit(async (unit) => {
      await unit.saveChats([{ ...friendChat, id, account }])
      await unit.saveMessage({
        id: message,
        aliases: [],
        account,
        chat: id,
        sender: { type: 'myself' },
        at: clock.now(),
        mentionsMe: false,
        content: { kind: 'text', text: 'x' },
      })
      await unit.enqueue(lane, job, clock.now())
    })
    await settled()
  }
}
