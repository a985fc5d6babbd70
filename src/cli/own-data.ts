import { existsSync } from 'node:fs'
import { join } from 'node:path'
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

/** The data of a bridge that does not run. Throws a BridgeError while one has it. */
export async function openOwnData(config: Config, folder: string): Promise<Reached> {
  // A key is not made for looking: without one there is nothing sealed that this would read.
  const sealKey = (await sealKeyOf(config, folder)) ?? new Uint8Array(32)
  const opened = new AsyncDisposableStack()
  const { operator } = await openOne(config, folder, sealKey, opened)
  const known = await peopleIn(folder)
  // Whoever has the first person's data has everybody's.
  const one = async (who: Known, on: AsyncDisposableStack) => {
    await finishSwap(who.folder)
    if (!existsSync(join(who.folder, 'bridge.sqlite'))) throw nobody(who.user)
    return openOne(configFor(config, who), who.folder, sealKey, on)
  }
  const others: NonNullable<Told['others']> = {
    async lines() {
      const lines = []
      for (const who of known) {
        await using its = new AsyncDisposableStack()
        lines.push(
          await one(who, its).then(
            (found) => lineOf(who.user, 'stopped', found.database),
            (error: unknown) => unknown(who.user, toBridgeError(error).message),
          ),
        )
      }
      return lines
    },
    async of(user) {
      const who = known.find((each) => each.user === user)
      if (!who) throw nobody(user)
      return (await one(who, opened)).operator()
    },
  }
  return {
    operator: operator(others),
    running: false,
    close: () => opened.disposeAsync(),
  }
}

/** One person's database, as it is looked at while nobody runs. */
async function openOne(
  config: Config,
  folder: string,
  sealKey: Uint8Array,
  opened: AsyncDisposableStack,
) {
  const backups = backupFolder(config, folder)
  const path = join(folder, 'bridge.sqlite')
  const opening = openSqlite({ path, sealKey, clock: systemClock, backups })
  const database = await opening.catch((error: unknown) => {
    throw isTaken(error) ? unreachable(folder, error) : error
  })
  opened.defer(() => database.close())
  const restored = await restoredAt(database.vault('bridge')).catch(() => undefined)
  const told = {
    database,
    clock: systemClock,
    language: config.language,
    copy: () => newestCopy(backups),
    restoredAt: restored,
  }
  const operator = (others?: Told['others']) =>
    createOperator({ ...told, ...(others && { others }) })
  return { database, operator }
}

const unreachable = (folder: string, cause: unknown): BridgeError =>
  new BridgeError(
    `A bridge has ${folder}, but no control socket there: it is just starting, or its log says why. Try again, use its page or its rooms, or stop it first.`,
    { code: 'gone', heal: 'never', certain: true },
    { cause },
  )
