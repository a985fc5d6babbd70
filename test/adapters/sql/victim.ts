import { openSqlite } from '../../../adapters/sql/open.ts'
import { claim, message, noon, own, post, toHub } from '../../contract/store/samples.ts'
import { realClock } from '../../support/ports.ts'

// A bridge that is killed in the middle of a unit: the path of its database is its argument.

const { store } = await openSqlite({
  path: process.argv[2]!,
  sealKey: new Uint8Array(32),
  clock: realClock,
})
await store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
const { epoch } = await own(store, toHub, 'victim')
await claim(store, { lane: toHub, owner: 'victim', epoch })
await store.unit(async (unit) => {
  await unit.saveMessage(message('uncommitted'))
  process.send?.({ epoch })
  await new Promise((resolve) => setTimeout(resolve, 60_000))
})
