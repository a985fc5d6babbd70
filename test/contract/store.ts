import { describe } from 'vitest'
import type { Archive } from '../../src/ports/archive.ts'
import type { Store } from '../../src/ports/store.ts'
import { type Case, cases, type Skip } from './skip.ts'
import { archiveCases } from './store/archive.ts'
import { forgettingCases } from './store/forgetting.ts'
import { leaseCases } from './store/leases.ts'
import { letterCases } from './store/letters.ts'
import { mediaCases } from './store/media.ts'
import { mergingCases } from './store/merging.ts'
import { messageCases } from './store/messages.ts'
import { orderCases } from './store/order.ts'
import { outboxCases } from './store/outbox.ts'
import { repeatCases } from './store/repeats.ts'
import { settingCases } from './store/settings.ts'
import { settleCases } from './store/settle.ts'
import { unitCases } from './store/units.ts'
import { waitingCases } from './store/waiting.ts'

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
    describe('waiting', () => waitingCases(test))
    describe('dead letters', () => letterCases(test))
    describe('repeats', () => repeatCases(test))
    describe('settings', () => settingCases(test))
    describe('settling', () => settleCases(test))
    describe('order', () => orderCases(test))
    describe('leases', () => leaseCases(test))
    describe('media', () => mediaCases(test))
    describe('merging', () => mergingCases(test))
    describe('forgetting', () => forgettingCases(test))
    describe('archive', () => archiveCases(test))
  })
}
