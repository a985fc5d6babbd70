import type { AccountId, ChatId } from '../core/ids.ts'
import { accountId, accountOf } from '../core/ids.ts'
import type { ConnectorFeatures } from '../core/post.ts'
import type { DoorState } from '../ports/doors.ts'
import type { Login, WeChatConnector } from '../ports/wechat.ts'
import { createLoginWatch, type LoginWatch } from './login-watch.ts'
import type { Parts } from './parts.ts'

/** One configured way into WeChat. One account at a time is logged in through it. */
export interface Door {
  /** `main`, or its name in `wechat.doors`. */
  readonly id: string
  readonly connector: WeChatConnector
  /** It tells the person in WeChat when another account was logged out. */
  readonly alerts?: boolean
}

/** A door of a running bridge. */
export interface OpenDoor extends Door {
  /** Where its login stands: online only as an account that no other door has. */
  readonly logins: LoginWatch
  login(): Login
  /** Another door has the account that it is logged in as: nothing comes in or goes out here meanwhile. */
  taken(): Taken | undefined
}

export interface Taken {
  readonly account: AccountId
  /** The door that has it. */
  readonly by: string
  /** False: it had it before this start, and has said nothing yet. */
  readonly isOnline: boolean
}

/** Where a door stands among all: what the first one keeps goes by the names it had when there was but one. */
export interface Among {
  readonly isFirst: boolean
  readonly isOnly: boolean
}

/** Which door what belongs to. */
export interface Doors {
  /** The first one first. There is one at least. */
  readonly all: readonly OpenDoor[]
  readonly first: OpenDoor
  named(id: string): OpenDoor | undefined
  /** The door an account is online through, else the one it last was; the first one where it never was. */
  of(account: AccountId): OpenDoor
  ofChat(chat: ChatId): OpenDoor
  /** The account was last online through a door that is not configured any more: nobody can ask for what is its own. */
  isHomeless(account: AccountId): boolean
  /** Since when (milliseconds) the account is this door's; 0: always. What was sent before that, another one sent. */
  since(account: AccountId): number
  features(account: AccountId): ConnectorFeatures
  /** Where the login of the door of an account stands; online as another account, the account is not. */
  loginOf(account: AccountId): Login
  isOnline(account: AccountId): boolean
  states(): readonly DoorState[]
  among(door: OpenDoor): Among
}

/** What the connectors tell of their logins decides who is whose. */
export interface Register extends Doors {
  /** Reads whose accounts were whose. Before anything is told. */
  recall(): Promise<void>
  /**
   * A connector told where its login stands. Resolves once it holds, with all doors for which something else holds now,
   * this one first. Rejects while it cannot be remembered: it must be told again.
   */
  tell(door: OpenDoor, login: Login): Promise<readonly OpenDoor[]>
  /**
   * A connector speaks for an account. Without `mayPass` another door has it, and nothing must be taken from this one.
   * `changed` as in `tell`.
   */
  claim(
    door: OpenDoor,
    account: AccountId,
  ): Promise<{ readonly mayPass: boolean; readonly changed: readonly OpenDoor[] }>
}

interface Slot extends OpenDoor {
  told: Login | undefined
  claimed: AccountId | undefined
}

interface Home {
  readonly door: string
  readonly since: number
}

/** What is kept: the door of each account. */
const kept = 'doors'
const starting: Login = { state: 'offline', reason: 'starting', relogin: false }

/** `changed` is told at once when something else holds for a door. */
export function createDoors(
  { vault, clock, log }: Pick<Parts, 'vault' | 'clock' | 'log'>,
  given: readonly Door[],
  changed: (door: OpenDoor, login: Login) => void,
): Register {
  const slots = given.map(slotOf)
  const [first] = slots
  if (!first) throw new Error('a bridge has one door at least')
  let homes: ReadonlyMap<AccountId, Home> = new Map()
  let line: Promise<unknown> = Promise.resolve()

  const of = (account: AccountId): Slot =>
    slots.find((slot) => isOn(slot, account)) ?? named(homes.get(account)?.door) ?? first
  const doors: Doors = {
    all: slots,
    first,
    named,
    of,
    ofChat: (chat) => of(accountOf(chat)),
    isHomeless(account) {
      const home = homes.get(account)
      return home !== undefined && !named(home.door)
    },
    since: (account) => homes.get(account)?.since ?? 0,
    features: (account) => of(account).connector.features,
    loginOf: (account) => of(account).login(),
    isOnline: (account) => slots.some((slot) => isOn(slot, account)),
    among: (door) => ({ isFirst: door === first, isOnly: slots.length === 1 }),
    states: () => slots.map((slot) => ({ id: slot.id, login: slot.login() })),
  }

  return {
    ...doors,

    async recall() {
      homes = homesIn(await vault.get(kept))
    },

    tell(door, login) {
      const slot = slotFor(door)
      slot.told = login
      slot.claimed = login.state === 'online' ? login.account : undefined
      return inTurn(() => settle(slot))
    },

    async claim(door, account) {
      const slot = slotFor(door)
      if (isOn(slot, account)) return { mayPass: true, changed: [] }
      // What is left of an account that was here before says nothing of who is logged in now.
      if (!mayBe(slot.told, account)) {
        const isElse = slot.told?.state === 'online'
        return { mayPass: isElse || !holder(account, slot), changed: [] }
      }
      const isBehind = slot.told?.state === 'online' || slot.taken() !== undefined
      const other = holder(account, slot)
      slot.claimed = other || slot.told?.state === 'online' ? account : undefined
      if (!other && !isBehind) return { mayPass: true, changed: [] }
      const all = await inTurn(() => settle(slot))
      return { mayPass: !holder(account, slot), changed: all }
    },
  }

  function slotOf(door: Door): Slot {
    const logins = createLoginWatch(starting)
    const slot: Slot = {
      ...door,
      logins,
      login: logins.now,
      taken() {
        const by = slot.claimed && holder(slot.claimed, slot)
        if (!by || !slot.claimed) return undefined
        return { account: slot.claimed, by: by.id, isOnline: isOn(by, slot.claimed) }
      },
      told: undefined,
      claimed: undefined,
    }
    return slot
  }

  function slotFor(door: OpenDoor): Slot {
    return slots.find((slot) => slot === door) ?? first!
  }

  function named(id: string | undefined): Slot | undefined {
    return slots.find((slot) => slot.id === id)
  }

  /**
   * Another door that has the account: it is online through it, or was last and has said nothing yet since the start, so
   * that it may be in a moment.
   */
  function holder(account: AccountId, but: Slot): Slot | undefined {
    const online = slots.find((slot) => slot !== but && isOn(slot, account))
    if (online || isOn(but, account)) return online
    const home = named(homes.get(account)?.door)
    return home && home !== but && home.told === undefined ? home : undefined
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = line.then(work, work)
    line = next.catch(() => undefined)
    return next
  }

  /** What holds now for this door, and then for the others: what one gives up may be another's. */
  async function settle(asked: Slot): Promise<readonly OpenDoor[]> {
    const all: OpenDoor[] = []
    for (const slot of [asked, ...slots.filter((each) => each !== asked)]) {
      const next = await meant(slot).catch((error: unknown) => {
        if (slot === asked) throw error
        log.warn({ door: slot.id, error: String(error) }, 'a door cannot be taken over yet')
        return slot.login()
      })
      if (slot !== asked && isSame(next, slot.login())) continue
      slot.logins.tell(next)
      changed(slot, next)
      all.push(slot)
    }
    return all
  }

  /** Who is whose is durable before anything is sent. */
  async function meant(slot: Slot): Promise<Login> {
    for (;;) {
      const told = slot.told ?? starting
      const taken = slot.taken()
      if (taken) return takenLogin(taken)
      if (told.state !== 'online' || isHome(told.account, slot)) return told
      await remember(told.account, slot)
    }
  }

  function isHome(account: AccountId, { id }: Slot): boolean {
    return homes.get(account)?.door === id
  }

  async function remember(account: AccountId, { id }: Slot): Promise<void> {
    const before = homes.get(account)?.door ?? first?.id
    const since = before === id ? 0 : clock.now()
    const next = new Map(homes).set(account, { door: id, since })
    await vault.set(kept, JSON.stringify(Object.fromEntries(next)))
    homes = next
  }
}

/** May a door that told this be logged in as the account, or be about to be? */
const mayBe = (told: Login | undefined, account: AccountId): boolean =>
  told === undefined ||
  told.state === 'scanned' ||
  (told.state === 'online' && told.account === account) ||
  (told.state === 'offline' && told.reason === 'starting')

const isOn = (slot: OpenDoor, account: AccountId): boolean => {
  const login = slot.login()
  return login.state === 'online' && login.account === account
}

const takenLogin = ({ by, isOnline }: Taken): Login =>
  isOnline
    ? {
        state: 'offline',
        reason: 'refused',
        detail: `This account is online through the door ${by} already.`,
        relogin: false,
      }
    : starting

const isSame = (one: Login, other: Login): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other)

function homesIn(text: string | undefined): ReadonlyMap<AccountId, Home> {
  const homes = new Map<AccountId, Home>()
  try {
    const all: unknown = JSON.parse(text ?? '{}')
    for (const [account, home] of Object.entries(all ?? {})) {
      const { door, since } = (home ?? {}) as Partial<Home>
      if (typeof door === 'string' && typeof since === 'number') {
        homes.set(accountId(account), { door, since })
      }
    }
  } catch {
    // Whoever comes online first has it.
  }
  return homes
}
