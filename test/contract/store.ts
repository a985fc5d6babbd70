import { describe } from 'vitest'
import type { Archive } from '../../src/ports/archive.ts'
import type { Store } from '../../src/ports/store.ts'
import { type Case, cases, type Skip } from './skip.ts'
import { archiveCases } from './store/archive.ts'
import { leaseCases } from './store/leases.ts'
import { mediaCases } from './store/media.ts'
import { mergingCases } from './store/merging.ts'
import { messageCases } from './store/messages.ts'
import { orderCases } from './store/order.ts'
import { outboxCases } from './store/outbox.ts'
import { settleCases } from './store/settle.ts'
import { unitCases } from './store/units.ts'

/** A clock that stands still until it is set. */
export interface TestClock {
  now(): number
  set(ms: number): void
}

/** A store and its archive under test; both are others after `reopen`. */
export interface StoreHarness {
  readonly store: Store
  readonly archive: Archive
  readonly clock: TestClock
  /** Closes it, and opens what it left, as a new start of the process does. */
  reopen(): Promise<void>
  /** Ends everything and leaves nothing. */
  drop(): Promise<void>
}

export interface StoreSuite {
  readonly name: string
  make(): Promise<StoreHarness>
  readonly skip?: readonly Skip[]
}

/** Declares a case that gets a fresh store, and drops it. */
export type StoreCase = (title: string, run: (harness: StoreHarness) => Promise<void>) => void

/** What every durable store must do, whatever it is built on. */
export function storeContract({ name, make, skip }: StoreSuite): void {
  const declare: Case = cases(skip)
  const test: StoreCase = (title, run) =>
    declare(title, async () => {
      const harness = await make()
      try {
        await run(harness)
      } finally {
        await harness.drop()
      }
    })
  describe(`store contract: ${name}`, () => {
    describe('units', () => unitCases(test))
    describe('messages', () => messageCases(test))
    describe('outbox', () => outboxCases(test))
    describe('settling', () => settleCases(test))
    describe('order', () => orderCases(test))
    describe('leases', () => leaseCases(test))
    describe('media', () => mediaCases(test))
    describe('merging', () => mergingCases(test))
    describe('archive', () => archiveCases(test))
  })
}
