import { configuration } from './configuration.ts'
import { dependencies } from './dependencies.ts'
import { metrics } from './metrics.ts'

/** Documents that are made from the code, by their path from the root. Throws where the code lacks what they need. */
export function references(root: string): ReadonlyMap<string, string> {
  return new Map([
    ['docs/configuration.md', configuration()],
    ['docs/metrics.md', metrics()],
    ['docs/dependencies.md', dependencies(root)],
  ])
}
