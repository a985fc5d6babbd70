import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'

/** How a run went, counted from the runner's own result. */
export interface Counted {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** A file in which something failed. `counted` is all of it; `tests` names what failed. */
export interface FailedFile {
  readonly project: string
  readonly file: string
  readonly counted: Counted
  readonly tests: readonly string[]
}

/** What a run leaves in `.cache/run.json`. `errors`: what happened outside of any test. */
export interface RunResult {
  readonly counted: Counted
  readonly errors: number
  readonly failed: readonly FailedFile[]
}

const folder = '.cache'

/** The last line of CI. */
export const line = ({ passed, failed, skipped }: Counted): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`

export function writeCounts(counted: Counted): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/counts`, `${line(counted)}\n`)
}

/** Counts the runner's own result, for CI's last line and for what runs again. */
export default class CountsReporter implements Reporter {
  onTestRunStart(): void {
    rmSync(`${folder}/counts`, { force: true })
    rmSync(`${folder}/run.json`, { force: true })
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let counted: Counted = { passed: 0, failed: errors.length, skipped: 0 }
    const failed: FailedFile[] = []
    for (const module of modules) {
      const { counted: its, tests } = countsOf(module)
      counted = sum(counted, its)
      if (its.failed === 0) continue
      const file = relative(process.cwd(), module.moduleId)
      failed.push({ project: module.project.name, file, counted: its, tests })
    }
    const result: RunResult = { counted, errors: errors.length, failed }
    writeCounts(counted)
    writeFileSync(`${folder}/run.json`, `${JSON.stringify(result, null, 2)}\n`)
    console.log(line(counted))
  }
}

function countsOf(module: TestModule) {
  const counted = { passed: 0, failed: 0, skipped: 0 }
  const tests: string[] = []
  // A file that could not be loaded has no tests to count, and must not pass for that reason.
  if (module.errors().length) counted.failed++
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed') counted.passed++
    else if (state === 'failed') {
      counted.failed++
      tests.push(test.fullName)
    } else counted.skipped++
  }
  return { counted, tests }
}

const sum = (one: Counted, other: Counted): Counted => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
})
