import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import {
  type Counted,
  type FailedFile,
  line,
  type RunResult,
  writeCounts,
} from '../test/support/counts-reporter.ts'

// Runs all tests. Files in which something failed run once more, alone: most tests wait for real servers, and a machine that
// is busy for half a minute fails one of thousands (docs/adr/0023). What failed at first is named at the end, whatever
// came of it: nothing that fails now and then stays unseen.

/** More than that is no accident. */
const mostFiles = 4

const code = await vitest(['run'])
const first = result()
const { failed = [] } = first ?? {}
const isAccident = first !== undefined && first.errors === 0 && failed.length <= mostFiles
process.exitCode = code !== 0 && isAccident && failed.length > 0 ? await again(first) : code

async function again(first: RunResult): Promise<number> {
  const { failed } = first
  console.log(`\nOnce more, alone:\n${names(failed)}\n`)
  const projects = [...new Set(failed.map(({ project }) => project))]
  const files = failed.map(({ file }) => file)
  const code = await vitest([
    'run',
    '--no-file-parallelism',
    ...projects.flatMap((project) => ['--project', project]),
    ...files,
  ])
  const second = result()
  // A run that was cut off has counted nothing: what failed, failed.
  const counted = second ? instead(first.counted, failed, second.counted) : first.counted
  writeCounts(counted)
  console.log(`\nFailed at first${code === 0 ? ', and passed alone' : ''}:\n${names(failed)}`)
  console.log(line(counted))
  return second ? code : code || 1
}

function vitest(args: readonly string[]): Promise<number> {
  const child = spawn('vitest', args, { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

function result(): RunResult | undefined {
  try {
    return JSON.parse(readFileSync('.cache/run.json', 'utf8'))
  } catch {
    return undefined
  }
}

function names(failed: readonly FailedFile[]): string {
  return failed
    .flatMap(({ project, file, tests }) => [
      `  ${project}: ${file}`,
      ...tests.map((test) => `    ${test}`),
    ])
    .join('\n')
}

/** All, with `second` in the place of what some files came to at first. */
function instead(all: Counted, first: readonly FailedFile[], second: Counted): Counted {
  const { passed, failed, skipped } = second
  return first.reduce(
    (left, { counted }) => ({
      passed: left.passed - counted.passed,
      failed: left.failed - counted.failed,
      skipped: left.skipped - counted.skipped,
    }),
    { passed: all.passed + passed, failed: all.failed + failed, skipped: all.skipped + skipped },
  )
}
