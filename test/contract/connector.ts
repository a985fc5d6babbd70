import { afterAll, afterEach, beforeEach, describe } from 'vitest'
import { Bench } from './connector/bench.ts'
import { loginCases } from './connector/login.ts'
import { receivingCases } from './connector/receiving.ts'
import { sendingCases } from './connector/sending.ts'
import type { ConnectorHarness } from './connector/world.ts'
import { cases, type Skip } from './skip.ts'

/** What every WeChat connector must do. `make` gives a fresh world and an account never logged in. */
export function connectorContract(suite: {
  readonly name: string
  readonly make: () => Promise<ConnectorHarness>
  readonly skip?: readonly Skip[]
}): void {
  describe(`connector contract: ${suite.name}`, () => {
    let bench: Bench
    beforeEach(async () => {
      bench = new Bench(await suite.make())
    })
    afterEach(() => bench.close())
    if (suite.skip?.length) afterAll(() => console.log(tableOf(suite.name, suite.skip ?? [])))
    const it = cases(suite.skip)
    const at = () => bench
    loginCases(it, at)
    receivingCases(it, at)
    sendingCases(it, at)
  })
}

/** What was skipped, and why, for whoever reads the run. */
function tableOf(name: string, skips: readonly Skip[]): string {
  const lines = skips.flatMap(({ why, tests }) => tests.map((test) => `  - ${test}: ${why}`))
  return [`Skipped of the connector contract for ${name}:`, ...lines].join('\n')
}
