import type { Operator } from '../adapters/control/operator.ts'
import type { Letter, Outcome, Standing, Which } from '../adapters/control/wire.ts'
import type { Database } from '../adapters/sql/open.ts'
import type { DoorLine } from './bridge/doors-at-work.ts'
import { because } from './core/causes.ts'
import { BridgeError } from './core/errors.ts'
import { oneLine } from './core/one-line.ts'
import { roomName, words } from './core/render.ts'
import type { Language } from './core/words.ts'
import { flowOf } from './flow.ts'
import type { Clock } from './ports/clock.ts'
import type { DoorState } from './ports/doors.ts'
import type { DeadLetter, Unit } from './ports/store.ts'
import type { Login } from './ports/wechat.ts'

/** What the operator's answers are made of. What only a running bridge knows is left out for one that is stopped. */
export interface Told {
  readonly database: Pick<Database, 'store' | 'archive'>
  readonly clock: Clock
  readonly language: Language
  login?(): Login
  /** Of all doors, the first one first. */
  doors?(): readonly DoorState[]
  lines?(): readonly DoorLine[]
  fault?(): string | undefined
  copy(): Promise<Standing['copy']>
  readonly restoredAt: number | undefined
  /** Those who have an account here beside the first person. */
  readonly others?: {
    lines(): Promise<NonNullable<Standing['people']>>
    of: NonNullable<Operator['of']>
  }
}

/** Put back, or dropped, in one transaction. */
const inUnit = 50
/** No message has more parts. */
const partsAtMost = 1_000

/** Answers from the store, for the control socket and for the command line while the bridge is stopped. */
export function createOperator(told: Told): Operator {
  const { database, clock, language } = told
  const { archive, store } = database

  return {
    async standing() {
      const lanes = await archive.lanes()
      const fault = told.fault?.()
      const several = await doorsNow()
      const spent = several.length > 0 ? undefined : await allowance()
      const copy = await told.copy()
      const people = (await told.others?.lines()) ?? []
      return {
        login: loginOf(told.login?.(), language),
        lanes: lanes.map(({ lane, queued, since }) => ({ lane, waiting: queued, since })),
        dead: (await archive.depth()).dead,
        ...(several.length > 0 && { doors: several }),
        ...(spent && { allowance: spent }),
        ...(fault !== undefined && { fault: oneLine(fault, 400) }),
        ...(copy && { copy }),
        ...(told.restoredAt !== undefined && { restoredAt: told.restoredAt }),
        ...(people.length > 0 && { people }),
      }
    },
    async letters(limit, before) {
      const found = await archive.deadLetters(limit, before)
      return Promise.all(found.map(letterOf))
    },
    retry: (which) => each(which, 'requeue'),
    drop: (which) => each(which, 'drop'),
    ...(told.others && { of: told.others.of }),
  }

  async function each(which: Which, what: 'requeue' | 'drop'): Promise<Outcome> {
    if (which === 'all') return everything(what)
    const done = await store.unit(async (unit) => {
      const letter = await unit.deadLetter(which)
      return letter ? deed(unit, what, await whole(unit, letter)) : 0
    })
    if (done === 0) throw nobody(which)
    return { done, left: 0 }
  }

  /** In several transactions: others want the store too. Oldest first: what is put back keeps its order. */
  async function everything(what: 'requeue' | 'drop'): Promise<Outcome> {
    // Nothing that may have arrived, or was held back, goes out together with everything else.
    const of = what === 'requeue' ? ({ state: 'dead' } as const) : {}
    const [newest] = await store.unit((unit) => unit.deadLetters(1, of))
    let done = 0
    for (let more = newest !== undefined; more; ) {
      const hits = await store.unit(async (unit) => {
        const page = await unit.deadLetters(inUnit, { ...of, oldest: true })
        // What is given up meanwhile is not meant, and would come again and again.
        const meant = page.filter(({ seq }) => seq <= (newest?.seq ?? 0))
        return deed(unit, what, meant)
      })
      done += hits
      more = hits > 0
    }
    return { done, left: what === 'requeue' ? (await archive.depth()).dead : 0 }
  }

  async function deed(
    unit: Unit,
    what: 'requeue' | 'drop',
    letters: readonly DeadLetter[],
  ): Promise<number> {
    let hits = 0
    for (const { seq } of letters) {
      const hit = what === 'drop' ? unit.drop(seq) : unit.requeue(seq, clock.now())
      if (await hit) hits++
    }
    return hits
  }

  async function doorsNow(): Promise<NonNullable<Standing['doors']>> {
    const doors = told.doors?.() ?? []
    if (doors.length < 2) return []
    return Promise.all(
      doors.map(async ({ id, login }) => {
        const spent = await allowance(id)
        return {
          door: id,
          login: loginOf(login, language),
          ...(spent && { allowance: spent }),
        }
      }),
    )
  }

  /** Of one door, where one is named. */
  async function allowance(door?: string): Promise<Standing['allowance']> {
    const all = told.lines?.() ?? []
    const line = door === undefined ? all[0] : all.find((each) => each.door === door)
    if (!line) return undefined
    const { minute, hour, day, newcomer = false } = line.view.allowance()
    const whole = door === undefined
    return { minute, hour, day, newcomer, ...(await flowOf([line], archive, clock, whole)) }
  }

  async function letterOf({
    seq,
    lane,
    state,
    since,
    failure,
    job,
    message,
  }: DeadLetter): Promise<Letter> {
    const id = job.type === 'send' ? job.chat : message?.chat
    const chat = id && (await archive.chat(id))
    return {
      seq,
      state,
      towards: job.type === 'send' ? 'wechat' : 'hub',
      lane: oneLine(lane, 80),
      chat: oneLine(chat ? roomName(chat, language) : '?', 40),
      what: oneLine(message ? words(message.content, language) : '', 80),
      ...(failure && { why: oneLine(because(failure)[language], 200) }),
      since,
    }
  }
}

function loginOf(login: Login | undefined, language: Language): Standing['login'] {
  if (!login) return { state: 'stopped' }
  if (login.state === 'online') return { state: 'online', name: oneLine(login.me.name, 40) }
  if (login.state !== 'offline') return { state: login.state }
  const notice = { ...login, type: 'offline' as const, relogin: false }
  return { state: 'offline', why: oneLine(words({ kind: 'notice', notice }, language), 300) }
}

/** What was held back in parts was one message: it goes, or is dropped, as one. */
async function whole(unit: Unit, letter: DeadLetter): Promise<readonly DeadLetter[]> {
  const isHeldSend = ({ state, job }: DeadLetter) => state === 'held' && job.type === 'send'
  if (!isHeldSend(letter)) return [letter]
  const of = { message: letter.job.message, state: 'held', oldest: true } as const
  return (await unit.deadLetters(partsAtMost, of)).filter(isHeldSend)
}

const nobody = (seq: number): BridgeError =>
  new BridgeError(
    `There is no delivery number ${seq} that waits for a word. Nothing was changed.`,
    {
      code: 'gone',
      heal: 'never',
      certain: true,
    },
  )
