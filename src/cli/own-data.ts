import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Operator } from '../../adapters/control/operator.ts'
import { type Looker, lookInto } from '../../adapters/sql/looker.ts'
import { openSqlite } from '../../adapters/sql/open.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import type { Config } from '../../config/schema.ts'
import { isTaken } from '../backup/errors.ts'
import { newestCopy } from '../backup/periodic.ts'
import { restoredAt } from '../backup/restored.ts'
import { finishSwap } from '../backup/swap.ts'
import { BridgeError, toBridgeError } from '../core/errors.ts'
import { backupFolder, sealKeyOf } from '../data-folder.ts'
import { createOperator, type Told } from '../operator.ts'
import { configFor, type Known, peopleIn } from '../persons-folder.ts'
import { lineOf, nobody, unknown } from '../persons-told.ts'
import type { Reached } from './reach.ts'

/**
 * The data of a bridge that does not run. Looking changes nothing in it; what is put back in line or forgotten is written, unless
 * the data is of another version. Throws a BridgeError while a bridge has it, or where it is of another version.
 */
export async function openOwnData(config: Config, folder: string): Promise<Reached> {
  // A key is not made for looking: without one there is nothing sealed that this would read.
  const sealKey = (await sealKeyOf(config, folder)) ?? new Uint8Array(32)
  const opened = new AsyncDisposableStack()
  const first = await openOne(config, folder, sealKey)
  opened.defer(() => first.close())
  const known = await peopleIn(folder)
  // Whoever has the first person's data has everybody's.
  const one = async (who: Known) => {
    await finishSwap(who.folder)
    if (!existsSync(join(who.folder, 'bridge.sqlite'))) throw nobody(who.user)
    return openOne(configFor(config, who), who.folder, sealKey)
  }
  const others: NonNullable<Told['others']> = {
    async lines() {
      const lines = []
      for (const who of known) {
        lines.push(
          await lineFor(who, one).catch((error: unknown) =>
            unknown(who.user, toBridgeError(error).message),
          ),
        )
      }
      return lines
    },
    async of(user) {
      const who = known.find((each) => each.user === user)
      if (!who) throw nobody(user)
      const its = await one(who)
      opened.defer(() => its.close())
      return its.operator()
    },
  }
  return {
    operator: first.operator(others),
    running: false,
    close: () => opened.disposeAsync(),
  }
}

async function lineFor(who: Known, open: (who: Known) => Promise<One>) {
  const its = await open(who)
  try {
    return await lineOf(who.user, 'stopped', its)
  } finally {
    await its.close()
  }
}

interface One {
  readonly archive: Looker['archive']
  operator(others?: Told['others']): Operator
  close(): Promise<void>
}

/** One person's database while nobody runs: looked at, until something is to be written. */
async function openOne(config: Config, folder: string, sealKey: Uint8Array): Promise<One> {
  const backups = backupFolder(config, folder)
  const path = join(folder, 'bridge.sqlite')
  const how = { path, sealKey, clock: systemClock, backups }
  const taken = (error: unknown) => {
    throw isTaken(error) ? unreachable(folder, error) : error
  }
  const looker = await lookInto(how).catch(taken)
  const told = {
    clock: systemClock,
    language: config.language,
    copy: () => newestCopy(backups),
    restoredAt: await restoredAt(looker.vault('bridge')).catch(() => undefined),
  }
  const writing = async <T>(work: (operator: Operator) => Promise<T>): Promise<T> => {
    await looker.close()
    const database = await openSqlite({ ...how, upgrade: false }).catch(taken)
    try {
      return await work(createOperator({ ...told, database }))
    } finally {
      await database.close()
    }
  }
  return {
    archive: looker.archive,
    operator: (others) => ({
      ...createOperator({ ...told, database: looker, ...(others && { others }) }),
      retry: (which) => writing((operator) => operator.retry(which)),
      drop: (which) => writing((operator) => operator.drop(which)),
    }),
    close: () => looker.close(),
  }
}

const unreachable = (folder: string, cause: unknown): BridgeError =>
  new BridgeError(
    `A bridge has ${folder}, but no control socket there: it is just starting, or its log says why. Try again, use its page or its rooms, or stop it first.`,
    { code: 'gone', heal: 'never', certain: true },
    { cause },
  )
