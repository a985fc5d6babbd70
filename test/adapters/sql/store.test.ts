import { storeContract } from '../../contract/store.ts'
import { sqliteHarness } from './harness.ts'

storeContract({ name: 'SQLite', make: () => sqliteHarness() })
