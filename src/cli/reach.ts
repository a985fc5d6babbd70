import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { connectControl } from '../../adapters/control/client.ts'
import type { Operator } from '../../adapters/control/operator.ts'
import type { Config } from '../../config/schema.ts'
import { finishSwap } from '../backup/swap.ts'
import { BridgeError } from '../core/errors.ts'
import { controlName, lastingFolder } from '../data-folder.ts'

/** The bridge of a configuration: the running one, or its data where none runs. */
export interface Reached {
  readonly operator: Operator
  readonly running: boolean
  close(): Promise<void>
}

/** Throws a BridgeError when there is no such bridge yet, or when it runs and cannot be asked. */
export async function reach(config: Config): Promise<Reached> {
  const folder = lastingFolder(config)
  await finishSwap(folder)
  if (!existsSync(join(folder, 'bridge.sqlite'))) throw noData(folder)
  const remote = await connectControl(join(folder, controlName))
  if (remote) return { operator: remote, running: true, close: () => remote.close() }
  // Imported late: whoever asks a running bridge should not wait for a database.
  const { openOwnData } = await import('./own-data.ts')
  return openOwnData(config, folder)
}

const noData = (folder: string): BridgeError =>
  new BridgeError(
    `There is no data in ${folder} yet. Start the bridge once, or say where its data is with --set data.dir=FOLDER.`,
    { code: 'gone', heal: 'never', certain: true },
  )
