/** Suites with real servers wait longer (`vitest.config.ts`): a busy machine is no failure. */
const patience = Number(process.env.UNTIL_MS ?? 20_000)

/** Waits for a fact: asks until the answer is truthy (or does not throw), at most `ms`. */
export async function until<T>(
  ask: () => T | Promise<T>,
  what: string | (() => string) = 'the expected fact',
  ms = patience,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + ms
  let last: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer) return answer as NonNullable<Exclude<T, false>>
      last = answer
    } catch (error) {
      last = error
    }
    if (Date.now() > end) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last)
      const missed = typeof what === 'string' ? what : what()
      throw new Error(`Waited ${ms} ms for ${missed}; last seen: ${seen}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
