import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { backlog } from './backlog.ts'
import { matrix } from './matrix.ts'
import { media } from './media.ts'
import { holds, type Report, table, tolerance } from './report.ts'
import { type Bench, openStage } from './stage.ts'
import { start } from './start.ts'
import { telegram } from './telegram.ts'
import { throughput } from './throughput.ts'

// `npm run bench -- [names] [--quick]`: everything is measured against a peer in the same run, because machines
// differ and are noisy; a promise is a ratio. Ends with 1 if one is broken. The stores are made in the folder for
// temporary files: TMPDIR=/dev/shm takes the disk out of the comparison.

const benches: Readonly<Record<string, Bench>> = {
  backlog,
  throughput,
  media,
  start,
  telegram,
  matrix,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
})
const strange = positionals.find((name) => !benches[name])
if (strange !== undefined) {
  console.error(`There is no bench "${strange}"; there are: ${Object.keys(benches).join(', ')}.`)
  process.exit(64)
}
process.exitCode = await run(positionals.length > 0 ? positionals : Object.keys(benches))

async function run(names: readonly string[]): Promise<number> {
  const { quick } = values
  const machine = {
    node: process.version,
    sqlite: process.versions.sqlite,
    cpu: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
  }
  console.log(
    `Node ${machine.node}, SQLite ${machine.sqlite} (WAL, synchronous=full), ${machine.cpu}${quick ? ', quick' : ''}`,
  )
  console.log(
    `A ratio says how many times slower ours is; a promise is broken beyond ${tolerance * 100} % more than promised.`,
  )
  const stage = await openStage(quick)
  const reports: Record<string, Report> = {}
  const broken: string[] = []
  for (const name of names) {
    try {
      const report = await benches[name]?.(stage)
      if (!report) continue
      reports[name] = report
      console.log(`\n${table(name, report)}`)
      const missed = report.rows.filter((row) => holds(row) === false)
      broken.push(...missed.map(({ what }) => `${name}: ${what.trim()}`))
    } catch (error) {
      console.error(error)
      broken.push(`${name}: it ended with an error`)
    }
  }
  await keep({ at: new Date().toISOString(), quick, ...machine, reports, broken })
  if (broken.length === 0) console.log('\nEvery promise holds.')
  else console.log(`\nBroken:\n${broken.map((line) => `  ${line}`).join('\n')}`)
  return broken.length === 0 ? 0 : 1
}

async function keep(result: { readonly at: string; readonly [more: string]: unknown }) {
  const folder = join(import.meta.dirname, '..', '.cache', 'bench')
  await mkdir(folder, { recursive: true })
  const name = `${result.at.replaceAll(/[:.]/g, '-')}.json`
  await writeFile(join(folder, name), `${JSON.stringify(result, null, 2)}\n`)
}
