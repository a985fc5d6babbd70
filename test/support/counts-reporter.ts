import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

const file = '.cache/counts'

/** Writes `N passed, N failed, N skipped`, counted from the runner's own result, for CI's last line. */
export default class CountsReporter implements Reporter {
  onTestRunStart(): void {
    rmSync(file, { force: true })
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0
    let failed = errors.length
    let skipped = 0
    for (const module of modules) {
      // A file that could not be loaded has no tests to count, and must not pass for that reason.
      if (module.errors().length) failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed++
        else if (state === 'failed') failed++
        else skipped++
      }
    }
    const line = `${passed} passed, ${failed} failed, ${skipped} skipped`
    mkdirSync('.cache', { recursive: true })
    writeFileSync(file, `${line}\n`)
    console.log(line)
  }
}
