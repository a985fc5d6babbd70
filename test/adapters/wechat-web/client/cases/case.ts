import { type Bench, bench, online } from '../bench.ts'

/** One row of a table, tried out against the sandbox. `b` is logged in and shared with other rows. */
export type Case = (b: Bench) => Promise<void>
export type Cases = Readonly<Record<string, Case>>

/** A case with a logged-in client of its own. */
export function own(work: Case, options: Parameters<typeof online>[0] = {}): Case {
  return () => using(online(options), work)
}

/** A case with a client of its own that nobody has logged in. */
export function fresh(work: Case, options: Parameters<typeof bench>[0] = {}): Case {
  return () => using(bench(options), work)
}

async function using(made: Promise<Bench>, work: Case): Promise<void> {
  const b = await made
  try {
    await work(b)
  } finally {
    await b.close()
  }
}

/** Requests of an endpoint that `work` made. */
export async function wire(b: Bench, path: string, work: () => Promise<unknown>): Promise<number> {
  b.mark()
  await work()
  return b.asked(path).length
}
