import { BridgeError } from '../../src/core/errors.ts'

/** The database cannot be opened as things are: a person has to act. Nothing was read or written. */
export const cannotOpen = (what: string, cure: string, cause?: unknown): BridgeError =>
  new BridgeError(
    `${what} ${cure}`,
    { code: 'config', heal: 'never', certain: true },
    cause === undefined ? undefined : { cause },
  )

/** No copy was made, and nothing is left of the try. */
export const cannotCopy = (why: string, cure: string, cause?: unknown): BridgeError =>
  cannotOpen(`The database was not copied: ${why}.`, cure, cause)

/** As {@link cannotCopy}, but later it may work. */
export const cannotCopyNow = (why: string, cure: string): BridgeError =>
  new BridgeError(`The database was not copied: ${why}. ${cure}`, {
    code: 'server',
    heal: 'retry',
    certain: true,
  })

/** A copy of what is damaged is no backup. */
export const copyDamaged = (path: string, why: string): BridgeError =>
  new BridgeError(
    `The database was not copied: ${path} is damaged (${why}). Keep its earlier backups, and restore one of them.`,
    { code: 'server', heal: 'never', certain: true },
  )

export const copyInterrupted = (how: string): BridgeError =>
  cannotCopyNow(`the process that copied it ended (${how})`, 'Try again.')

/** A newer version of the bridge has had it; `former` is the copy that was made before. */
export const newer = (path: string, migration: string, former?: string): BridgeError =>
  cannotOpen(
    `The database ${path} was written by a newer version of the bridge (it has had ${migration}). Nothing was changed.`,
    former === undefined
      ? 'Install that version or a later one, or restore a backup made before the upgrade.'
      : `Install that version or a later one, or restore the copy from before the upgrade (without what came since): npm run bridge -- restore ${former}`,
  )

/** It is of an older version, and whoever asks must not change that. */
export const older = (path: string, pending: readonly string[]): BridgeError =>
  new BridgeError(
    `The database ${path} is of an older version of the bridge (it has not had ${pending.join(', ')}). Nothing was changed. Start the bridge once, which brings it up to date, and ask again.`,
    { code: 'refused', heal: 'never', certain: true },
  )

/** No upgrade without a copy. `cause` says why there is none, and what to do. */
export function cannotUpgrade(
  path: string,
  pending: readonly string[],
  cause: BridgeError,
): BridgeError {
  const passes = cause.failure.heal === 'retry'
  return new BridgeError(
    `The database ${path} is of an older version of the bridge, and is copied before it is brought up to date (${pending.join(', ')}). ${cause.message} Nothing was changed${passes ? '; the next start tries it again' : ''}.`,
    passes ? cause.failure : { code: 'config', heal: 'never', certain: true },
    { cause },
  )
}

/** A migration failed, and was undone. `passes`: it may work later. */
export function notMigrated(
  path: string,
  pending: readonly string[],
  thrown: unknown,
  passes: boolean,
  former: string | undefined,
): BridgeError {
  const why = thrown instanceof Error ? thrown.message : String(thrown)
  const copy = former === undefined ? '' : ` A copy from before is ${former}.`
  const cure = passes
    ? 'See that there is room on its disk and that it can be written; the next start tries it again.'
    : 'Install the version that ran before: it runs on as it did.'
  return new BridgeError(
    `The database ${path} could not be brought up to date (${pending.join(', ')}): ${why}. It is as it was. ${cure}${copy}`,
    passes
      ? { code: 'server', heal: 'retry', certain: true }
      : { code: 'config', heal: 'never', certain: true },
    { cause: thrown },
  )
}

/** It could not be read or written now; nothing of the unit was kept, so it can be done again. */
export const cannotWrite = (why: string, cause?: unknown): BridgeError =>
  new BridgeError(
    `The database could not be written: ${why}. Nothing was changed; it will be tried again.`,
    { code: 'server', heal: 'retry', certain: true },
    { cause },
  )

/**
 * The database is damaged: trying again does not help, and a person has to act. `backup` is the newest copy there
 * is; `folder` is where copies are made.
 */
export function damaged(
  file: string,
  thrown: unknown,
  { backup, folder }: { readonly backup?: string; readonly folder?: string },
): BridgeError {
  const why = thrown instanceof Error ? thrown.message : String(thrown)
  const looked = folder === undefined ? '' : `There is no backup in ${folder}. `
  const cure =
    backup === undefined
      ? `${looked}If you have a copy elsewhere, restore a backup: npm run bridge -- restore FILE. Without one, move ${file} (with what ends in -wal and -shm) away, and the bridge starts anew.`
      : `Restore a backup, the newest is ${backup}: npm run bridge -- restore ${backup}`
  return cannotOpen(
    `The database ${file} is damaged (${why.replaceAll(/\s+/g, ' ')}). So that nothing is lost, the bridge does not run on it.`,
    cure,
    thrown,
  )
}

/** It cannot be opened, for a reason that is not its own. */
export function unusable(file: string, thrown: unknown): BridgeError {
  const why = thrown instanceof Error ? thrown.message : String(thrown)
  return cannotOpen(
    `The database ${file} cannot be opened: ${why}.`,
    'Check that the path is right and that this user may write there.',
    thrown,
  )
}

/** The store was asked for something that makes no sense. Nothing was changed. */
export const misuse = (what: string, cause?: unknown): BridgeError =>
  new BridgeError(what, { code: 'bug', heal: 'retry', certain: true }, { cause })

/** Someone else has taken over the lane: whatever the loser of it did may have happened. */
export const staleLease = (lane: string): BridgeError =>
  new BridgeError(`The lease of lane ${lane} was lost to another worker. Nothing was changed.`, {
    code: 'gone',
    heal: 'never',
    certain: false,
  })

/** The item is no longer waiting: its delivery was proven, or it was given up. */
export const settledAlready = (seq: number): BridgeError =>
  new BridgeError(`Delivery ${seq} is no longer waiting to be sent. It was not sent again.`, {
    code: 'gone',
    heal: 'never',
    certain: false,
  })

/** Its job was replaced after it was claimed: it is claimed anew. */
export const changed = (seq: number): BridgeError =>
  new BridgeError(`Delivery ${seq} was changed while it waited. It was not sent yet.`, {
    code: 'gone',
    heal: 'never',
    certain: true,
  })

export const closed = (): BridgeError =>
  new BridgeError('The database is closed. Nothing was changed.', {
    code: 'server',
    heal: 'never',
    certain: true,
  })
