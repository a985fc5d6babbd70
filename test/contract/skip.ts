import { afterAll, it } from 'vitest'

/** Cases that an implementation cannot have, and why. */
export interface Skip {
  readonly why: string
  readonly tests: readonly string[]
}

/** Declares one case of a contract by its title. */
export type Case = (title: string, run: () => Promise<void>) => void

/** Runs each case but those that are skipped, which are shown with their reason. */
export function cases(skips: readonly Skip[] = []): Case {
  const known = new Set<string>()
  afterAll(() => {
    // A case that was renamed must not go on being skipped in name only.
    const stray = skips.flatMap(({ tests }) => tests.filter((test) => !known.has(test)))
    if (stray.length > 0) throw new Error(`no such case to skip: ${stray.join('; ')}`)
  })
  return (title, run) => {
    known.add(title)
    const skip = skips.find(({ tests }) => tests.includes(title))
    if (skip) it.skip(`${title} (skipped: ${skip.why})`, run)
    else it(title, run)
  }
}
