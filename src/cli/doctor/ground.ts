import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { connectControl } from '../../../adapters/control/client.ts'
import type { Standing } from '../../../adapters/control/wire.ts'
import { isHeld } from '../../../adapters/sql/held.ts'
import { sandbox } from '../../../config/kinds.ts'
import type { Loaded } from '../../../config/load.ts'
import { toBridgeError } from '../../core/errors.ts'
import { controlName } from '../../data-folder.ts'
import type { ConnectorKind } from '../../ports/connector-kind.ts'

/** What is looked at, and whether a bridge lives on it. */
export interface Ground {
  readonly loaded: Loaded
  readonly kinds: readonly ConnectorKind[]
  /** How long each look may take, in milliseconds. */
  readonly patienceMs: number
  /** The data folder, whether it is there or not. Undefined: the sandbox throws its own away. */
  readonly folder: string | undefined
  readonly life: Life
}

/** `held`: something has the data, and answers nobody; why, where it is known. */
export type Life =
  | { readonly state: 'stopped' }
  | { readonly state: 'running'; readonly standing: Standing }
  | { readonly state: 'held'; readonly why?: string }

/** Looks who lives there. Nothing is made or changed. */
export async function groundOf(
  loaded: Loaded,
  kinds: readonly ConnectorKind[],
  patienceMs: number,
): Promise<Ground> {
  const { config } = loaded
  if (config.wechat.connector === sandbox) {
    return { loaded, kinds, patienceMs, folder: undefined, life: { state: 'stopped' } }
  }
  const folder = resolve(config.data.dir)
  return { loaded, kinds, patienceMs, folder, life: await lifeIn(folder) }
}

async function lifeIn(folder: string): Promise<Life> {
  const socket = join(folder, controlName)
  const remote = existsSync(socket)
    ? await connectControl(socket).catch(() => undefined)
    : undefined
  if (!remote)
    return isHeld(join(folder, 'bridge.sqlite')) ? { state: 'held' } : { state: 'stopped' }
  try {
    return { state: 'running', standing: await remote.standing() }
  } catch (error) {
    return { state: 'held', why: toBridgeError(error).message }
  } finally {
    await remote.close()
  }
}
