import type { MatrixAppservice } from '../adapters/matrix/appservice.ts'
import { type Level, mayLive } from '../adapters/matrix/permissions.ts'
import type { Config } from '../config/schema.ts'
import { finishSwap } from './backup/swap.ts'
import type { Resident, Seat } from './bridge/parts.ts'
import { BridgeError, toBridgeError } from './core/errors.ts'
import { hubId } from './core/ids.ts'
import { oneLine } from './core/one-line.ts'
import type { DataFolder } from './data-folder.ts'
import { type Housed, type Person, type PersonGround, startPerson } from './person.ts'
import { logFor } from './person-log.ts'
import { configFor, enrol, type Known, peopleIn } from './persons-folder.ts'
import type { Provisioning } from './ports/provisioning.ts'
import type { Tools } from './seats.ts'
import { mainKind } from './we-chat.ts'

export interface PersonsGround {
  readonly config: Config
  readonly tools: Tools
  readonly kinds: PersonGround['kinds']
  /** The data folder; the others live in a folder of it, and what they seal is sealed with its key. */
  readonly folder: Pick<DataFolder, 'path' | 'sealKey'>
  /** The first person, who is no matter of this, by the Matrix user. */
  readonly first: string
  levelOf(user: string): Level | undefined
  readonly house: Pick<MatrixAppservice, 'expect' | 'dismiss'>
  seat(who: Known, config: Config, tools: Tools, housed: Housed): Promise<Seat>
  residents(): readonly Resident[]
  /** Where a login of theirs begins, where it is not as configured. */
  loginBase?(user: string): string
  readonly timings?: PersonGround['timings']
  readonly echoMs?: PersonGround['echoMs']
  readonly meter?: PersonGround['meter']
}

/** One of the others. Without `person` their part does not run, and `why` says why. */
export interface Other {
  readonly user: string
  readonly person?: Person
  readonly why?: string
}

/** Everybody but the first person who has an account here: each with a bridge of their own. */
export interface Persons {
  /**
   * Finds those who have data here, and tells the application service of all whom it is to expect. Before anybody comes in:
   * what is told to somebody who is still starting is kept for them.
   */
  prepare(): Promise<void>
  /** Starts them, a few at a time. Resolves when each of them runs or has failed. */
  start(): Promise<void>
  /**
   * Starts the part of someone who may have one, if it does not run: made where there is none. False: they may not, or it
   * cannot run now. Why, is in the log, and not for them. Rejects with a sentence for them where no others can have one.
   */
  newcomer(user: string): Promise<boolean>
  /** Undefined: nobody of this name runs here. */
  provisioning(user: string): Provisioning | undefined
  all(): readonly Other[]
  /** Stops them, the last that came first. What is being started is waited for. */
  stop(): Promise<void>
}

interface Slot {
  readonly known: Known
  starting?: Promise<void> | undefined
  lives?: Lives | undefined
  why?: string | undefined
  /** How often it failed since it last ran, and whether another try is coming. */
  failures: number
  again?: Promise<void> | undefined
}

interface Lives {
  readonly person: Person
  /** It has failed, and is being cleared away. */
  over?: true
  /** Resolves when nothing of it is left. */
  end(): Promise<void>
}

/** How many start at the same time. */
const atOnce = 4
/** After a failure it is tried again, in milliseconds: each time later, as a person may have to do something. */
const firstAgain = 60_000
const slowestAgain = 3_600_000

export function createPersons(ground: PersonsGround): Persons {
  const { config, folder, first, house, levelOf } = ground
  const { clock, log } = ground.tools
  /** In the order in which they came. */
  const slots = new Map<string, Slot>()
  const stopping = new AbortController()
  const isSingle = ground.kinds.some(({ name, single }) => name === mainKind(config) && single)

  return {
    async prepare() {
      house.expect(first)
      for (const each of await known()) {
        if (await isMeant(each)) slotOf(each)
      }
    },

    async start() {
      const waiting = [...slots.values()].values()
      const some = async () => {
        for (const slot of waiting) await begin(slot).catch(() => undefined)
      }
      await Promise.all(Array.from({ length: atOnce }, some))
    },

    async newcomer(user) {
      if (user === first) return true
      if (!mayLive(levelOf(user))) return false
      if (isSingle) throw refused(noneForOthers)
      try {
        await begin(slots.get(user) ?? (await moveIn(user)))
        return true
      } catch {
        return false
      }
    },

    provisioning: (user) =>
      alive(slots.get(user)?.lives)?.person.bridge().provisioning(hubId('matrix')),

    all: () =>
      [...slots.values()].map(({ known: { user }, lives, why }) => ({
        user,
        ...(lives && !lives.over && { person: lives.person }),
        ...(why !== undefined && { why }),
      })),

    async stop() {
      stopping.abort(new Error('The bridge is stopping.'))
      const all = [...slots.values()].reverse()
      await Promise.all(all.map(({ starting }) => starting?.catch(() => undefined)))
      for (const { lives } of all) await lives?.end()
      await Promise.all(all.map(({ again }) => again))
    },
  }

  async function known(): Promise<readonly Known[]> {
    try {
      return await peopleIn(folder.path, (stray) =>
        log.warn(
          { folder: stray },
          'a folder among those of people does not say whose it is; it is left alone',
        ),
      )
    } catch (error) {
      log.error({ reason: toBridgeError(error).message }, 'nobody but the first person was started')
      return []
    }
  }

  async function isMeant({ user, folder: where }: Known): Promise<boolean> {
    if (user === first) {
      log.info({ user, folder: where }, 'they are the first person now; what they had before stays')
      return false
    }
    if (isSingle) {
      log.warn({ user, folder: where }, noneForOthers)
      return false
    }
    if (mayLive(levelOf(user))) return true
    log.info(
      { user, folder: where },
      'matrix.permissions gives this person no account here any more; their data stays',
    )
    // What was kept for them may be much; nobody waits for its going.
    house.dismiss(user).catch((error: unknown) => {
      log.warn({ user, reason: String(error) }, 'what was kept for them is dropped another time')
    })
    return false
  }

  async function moveIn(user: string): Promise<Slot> {
    const who = await enrol(folder.path, user).catch((error: unknown) => {
      const reason = toBridgeError(error).message
      log.error({ user, reason }, 'somebody new could not be given a bridge of their own')
      throw error
    })
    const known = slots.get(user)
    if (known) return known
    log.info({ user, folder: who.folder }, 'somebody new gets a bridge of their own')
    return slotOf(who)
  }

  function slotOf(who: Known): Slot {
    const slot: Slot = { known: who, failures: 0 }
    slots.set(who.user, slot)
    house.expect(who.user, who.id)
    return slot
  }

  /** One start at a time for each; who asks meanwhile gets the same answer. */
  async function begin(slot: Slot): Promise<void> {
    if (slot.lives?.over) await slot.lives.end()
    if (stopping.signal.aborted) throw refused('The bridge is stopping. Try again in a while.')
    if (slot.lives) return
    slot.starting ??= live(slot).finally(() => {
      slot.starting = undefined
    })
    return slot.starting
  }

  async function live(slot: Slot): Promise<void> {
    const opened = new AsyncDisposableStack()
    try {
      const person = await startPerson(await groundOf(slot.known), opened)
      const own = opened.move()
      slot.why = undefined
      const began = clock.steady()
      const end = async () => {
        await person.stop().catch(() => undefined)
        await over
      }
      const lives: Lives = { person, end }
      slot.lives = lives
      const over = (async () => {
        try {
          await person.running
        } catch (error) {
          if (clock.steady() - began > firstAgain) slot.failures = 0
          lives.over = true
          failed(slot, error)
        } finally {
          await own.disposeAsync().catch((error: unknown) => failed(slot, error))
          slot.lives = undefined
        }
      })()
    } catch (error) {
      failed(slot, error)
      await opened.disposeAsync().catch(() => undefined)
      throw error
    }
  }

  async function groundOf({ user }: Known): Promise<PersonGround> {
    const who = await enrol(folder.path, user)
    await finishSwap(who.folder)
    const own = configFor(config, who)
    const tools = { ...ground.tools, log: logFor(log, who.id) }
    return {
      config: own,
      tools,
      kinds: ground.kinds,
      user,
      folder: { path: who.folder, sealKey: folder.sealKey },
      seats: async (housed) => [await ground.seat(who, own, tools, housed)],
      loginBase: ground.loginBase?.(user),
      timings: ground.timings,
      echoMs: ground.echoMs,
      meter: ground.meter,
      ...(levelOf(user) === 'admin' && { residents: ground.residents }),
    }
  }

  /** The others go on, and this one gets another try. */
  function failed(slot: Slot, error: unknown): void {
    const { user, folder: where } = slot.known
    // What it says to do is to be done for this person.
    const message = toBridgeError(error).message.replaceAll(
      ' -- restore ',
      ` -- restore --person ${user} `,
    )
    slot.why = oneLine(message, 300)
    const inMs = Math.min(firstAgain * 2 ** slot.failures++, slowestAgain)
    log.error(
      { user, folder: where, reason: message, againInMinutes: inMs / 60_000 },
      'the bridge of one person does not run, the others go on; put right what the reason says',
    )
    slot.again ??= clock
      .sleep(inMs, stopping.signal)
      .then(async () => {
        slot.again = undefined
        // What failed may still be at its end: its failure is not that of the next try.
        await slot.starting?.catch(() => undefined)
        await begin(slot)
      })
      .catch(() => undefined)
  }
}

const alive = (lives: Lives | undefined) => (lives?.over ? undefined : lives)

const refused = (message: string): BridgeError =>
  new BridgeError(message, { code: 'refused', heal: 'never', certain: true })

const noneForOthers =
  'WeChat is reached through one gateway with one account here, which is the first person’s: others cannot have their own. Data of others stays.'
