// Prints what the tests show of the wire's known traps and of the two systems this one grew from: trap → test →
// outcome, itchat function → test → outcome, webwx field → test → outcome. Fails when a row has no test that passed
// and no reason why it needs none. Run by `npm run tables`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'

const out = '.cache/tables.json'
mkdirSync('.cache', { recursive: true })
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit']
const only = ['-t', '(trap \\d+:|itchat |webwx )', '--reporter=json', `--outputFile=${out}`]
spawnSync(process.execPath, [...vitest, ...only], { stdio: ['ignore', 'ignore', 'inherit'] })

const report = JSON.parse(readFileSync(out, 'utf8'))
const ran = report.testResults
  .flatMap((file) => file.assertionResults)
  .filter(({ status }) => status === 'passed' || status === 'failed')

let missing = 0
table('Traps of the web WeChat protocol', trapRows())
table('itchat', docRows('itchat'))
table('webwx', docRows('webwx'))
console.log(missing ? `\n${missing} rows are not shown to hold.` : '\nEvery row holds.')
process.exitCode = missing ? 1 : 0

function trapRows() {
  const traps = JSON.parse(readFileSync('test/traps.json', 'utf8'))
  return Object.entries(traps).map(([number, { trap, reason }]) => ({
    name: `${number.padStart(2)} ${trap}`,
    tests: ran.filter(({ title }) => new RegExp(`^trap ${number}: `).test(title)),
    reason,
  }))
}

/** The rows of the tables in the library's document: the first column, in backticks, names the function or field. */
function docRows(system) {
  const text = readFileSync('docs/wechat-web.md', 'utf8')
  const part = text.split(`\n## ${system}\n`)[1]?.split('\n## ')[0] ?? ''
  const names = [...part.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name)
  if (names.length === 0) missing++
  return names.map((name) => ({
    name,
    tests: ran.filter(({ title }) => title.startsWith(`${system} ${name}: `)),
  }))
}

function table(title, rows) {
  console.log(`\n# ${title}\n`)
  for (const { name, tests, reason } of rows) {
    const failed = tests.filter(({ status }) => status === 'failed')
    const good = tests.length > 0 && failed.length === 0
    if (!good && !(reason && tests.length === 0)) missing++
    const outcome = failed.length ? 'FAILED' : good ? 'ok' : reason ? 'does not apply' : 'NO TEST'
    console.log(`${outcome.padEnd(14)} ${name}`)
    for (const test of tests) console.log(`${' '.repeat(15)}→ ${test.title}`)
    if (reason) console.log(`${' '.repeat(15)}→ ${reason}`)
  }
  const held = rows.filter(({ tests, reason }) => tests.length || reason).length
  console.log(`\n${rows.length} rows, ${held} with a test or a reason`)
}
