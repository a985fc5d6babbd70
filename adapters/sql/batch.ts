import type { Engine } from './engine.ts'
import type { Tx } from './tables.ts'

/**
 * One transaction that several pieces of work share, one after another, so that they cost one commit. Each stands or falls
 * by itself, as long as the commit succeeds; if it does not, all fall.
 */
export interface Batch {
  /** Rejects with what `work` or the database threw: then nothing of `work` stays. */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<Done<T>>
  /** Is there no use in it any more? Then it need not be ended. */
  isOver(): boolean
  /** Commits. Never rejects: those who wait for it are told. True: something was changed, and is durable. */
  end(): Promise<boolean>
}

export interface Done<T> {
  readonly result: T
  /**
   * Rejects if the commit failed. Undefined where there is nothing to wait for: neither this work nor any before it in the
   * transaction had changed anything.
   */
  readonly kept: Promise<void> | undefined
}

/** Begins one. `failed` makes of what the commit threw what those who wait are told. */
export async function beginBatch(
  tx: Tx,
  { transactions, written }: Pick<Engine, 'transactions' | 'written'>,
  failed: (thrown: unknown) => Promise<unknown>,
): Promise<Batch> {
  await transactions.begin(tx, 'write')
  const committed = Promise.withResolvers<void>()
  committed.promise.catch(() => undefined)
  let changed = false
  let over = false

  return { run, isOver: () => over, end }

  async function run<T>(work: (tx: Tx) => Promise<T>): Promise<Done<T>> {
    const before = written()
    // Where nobody waits, it is undone with the transaction.
    const apart = changed
    try {
      if (apart) await transactions.mark(tx)
      const result = await work(tx)
      transactions.ensureSound()
      if (apart) await transactions.keep(tx)
      changed ||= written() !== before
      if (changed) return { result, kept: committed.promise }
      // There is nothing to gather for, and others may want to write meanwhile.
      await end()
      return { result, kept: undefined }
    } catch (thrown) {
      await (apart ? undo() : abandon())
      throw thrown
    }
  }

  async function undo(): Promise<void> {
    try {
      await transactions.undo(tx)
    } catch (thrown) {
      await fall(thrown)
    }
  }

  async function end(): Promise<boolean> {
    if (over) return false
    try {
      await transactions.commit(tx)
      over = true
      committed.resolve()
      return changed
    } catch (thrown) {
      await fall(thrown)
      return false
    }
  }

  /** All of it is undone. */
  async function fall(thrown: unknown): Promise<void> {
    const told = await failed(thrown)
    await abandon()
    committed.reject(told)
  }

  async function abandon(): Promise<void> {
    over = true
    await transactions.rollback(tx)
  }
}
