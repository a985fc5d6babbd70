import type { Compilable, CompiledQuery, DialectAdapter, QueryResult } from 'kysely'
import type { Tx } from './tables.ts'

/** Where a value goes that is known only when the statement runs. */
class Place {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Stands for every value there could be: whatever is read from it is the place of that name. */
const places = new Proxy({}, { get: (_, name) => new Place(String(name)) })

/**
 * A statement that runs for each message: it is built and compiled once for each database, as doing so costs more than
 * running it. `build` must make the same text whatever it is given, and only pass on what it is given: those are places,
 * not values.
 */
export function statement<Given extends object, Row>(
  build: (db: Tx, given: Given) => Compilable<Row>,
): (db: Tx, given: Given) => Promise<QueryResult<Row>> {
  const compiled = new WeakMap<DialectAdapter, CompiledQuery<Row>>()
  return (db, given) => {
    const { adapter } = db.getExecutor()
    let query = compiled.get(adapter)
    if (!query) {
      query = build(db, places as Given).compile()
      compiled.set(adapter, query)
    }
    const values = query.parameters.map((value) =>
      value instanceof Place ? given[value.name as keyof Given] : value,
    )
    return db.executeQuery({ ...query, parameters: values })
  }
}

/** Has it changed a row? */
export const changedOne = ({ numAffectedRows }: QueryResult<unknown>): boolean =>
  numAffectedRows === 1n
