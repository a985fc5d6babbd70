import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, online } from './bench.ts'
import type { Cases } from './cases/case.ts'
import { helperCases } from './cases/helpers.ts'
import { kindCases } from './cases/kinds.ts'
import { localCases } from './cases/local.ts'
import { loginCases } from './cases/login.ts'
import { peopleCases } from './cases/people.ts'
import { sendCases } from './cases/send.ts'
import { webwxCases } from './cases/webwx.ts'

const doc = readFileSync(new URL('../../../../docs/wechat-web.md', import.meta.url), 'utf8')

/** The first column of the table below a heading. */
function rows(heading: string): string[] {
  const part = doc.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...part.matchAll(/^\| `([^`]+)` \|/gm)].map((each) => each[1] ?? '')
}

const itchat: Cases = {
  ...localCases,
  ...loginCases,
  ...peopleCases,
  ...sendCases,
  ...helperCases,
  ...kindCases,
}

let shared: Bench
beforeAll(async () => {
  shared = await online()
})
afterAll(() => shared.close())

function walk(table: string, heading: string, cases: Cases): void {
  const names = rows(heading)
  test.each(names)(`${table} %s: does what the table says`, async (name) => {
    const tried = cases[name]
    if (!tried) throw new Error(`There is no case for \`${name}\`.`)
    await tried(shared)
  })
  test(`${table}: the table has every row that is tried, once`, () => {
    expect([...names].sort()).toEqual(Object.keys(cases).sort())
  })
}

describe('the itchat table', () => walk('itchat', 'itchat', itchat))
describe('the webwx table', () => walk('webwx', 'webwx', webwxCases))
