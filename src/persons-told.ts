import type { Operator } from '../adapters/control/operator.ts'
import type { Standing } from '../adapters/control/wire.ts'
import type { Database } from '../adapters/sql/open.ts'
import type { Config } from '../config/schema.ts'
import type { Resident } from './bridge/parts.ts'
import { BridgeError } from './core/errors.ts'
import { oneLine } from './core/one-line.ts'
import { createOperator, type Told } from './operator.ts'
import type { Person } from './person.ts'
import type { Other } from './persons.ts'
import type { Clock } from './ports/clock.ts'

// What is told of those who live here: who they are and how their part stands, and nothing of what is in it.

type Line = NonNullable<Standing['people']>[number]

/** Who has an account here, the first person first. */
export const residentsOf = (
  first: string,
  main: Person | undefined,
  others: readonly Other[],
): readonly Resident[] =>
  [{ user: first, ...(main && { person: main }) }, ...others].map(({ user, person }) => ({
    user,
    online: person?.bridge().login().state === 'online',
  }))

/** A line for each of the others. */
export const linesOf = (others: readonly Other[]): Promise<Line[]> =>
  Promise.all(
    others.map(async ({ user, person, why }) =>
      person
        ? lineOf(user, person.bridge().login().state, person.database)
        : unknown(user, why ?? 'It is just starting.'),
    ),
  )

/** Its counts, or why they cannot be told. */
export async function lineOf(
  user: string,
  state: Line['state'],
  { archive }: Pick<Database, 'archive'>,
): Promise<Line> {
  try {
    const { queued, dead } = await archive.depth()
    return { user: oneLine(user, 255), state, waiting: queued, dead }
  } catch (error) {
    return unknown(user, error instanceof Error ? error.message : String(error))
  }
}

export const unknown = (user: string, why: string): Line => ({
  user: oneLine(user, 255),
  state: 'unknown',
  waiting: 0,
  dead: 0,
  why: oneLine(why, 300),
})

/** The operator of one of the others. Throws a BridgeError (`gone`) where there is none of this name. */
export async function operatorOf(
  user: string,
  others: readonly Other[],
  clock: Clock,
  config: Config,
): Promise<Operator> {
  const other = others.find((each) => each.user === user)
  if (!other) throw nobody(user)
  if (!other.person) throw away(user, other.why)
  return createOperator({ ...toldOf(other.person, clock, config), copy: async () => undefined })
}

/** What a running bridge knows of itself. */
export const toldOf = (
  { bridge, database, restoredAt }: Person,
  clock: Clock,
  { language }: Config,
): Omit<Told, 'copy'> => ({
  database,
  clock,
  language,
  login: bridge().login,
  doors: bridge().doors,
  lines: bridge().lines,
  fault: () => database.fault()?.message,
  restoredAt,
})

export const nobody = (user: string): BridgeError =>
  no(
    `${oneLine(user, 255)} has no account on this bridge. "status" lists those who have. Nothing was changed.`,
  )

const away = (user: string, why: string | undefined): BridgeError =>
  no(
    `The bridge of ${oneLine(user, 255)} does not run${why === undefined ? '; it may be just starting' : `: ${why}`}. Nothing was changed.`,
  )

const no = (message: string): BridgeError =>
  new BridgeError(message, { code: 'gone', heal: 'never', certain: true })
