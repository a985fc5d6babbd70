import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { kinds, loadConfig } from './support/config.ts'
import { blocks, guideText } from './support/guide.ts'

// What the READMEs say at first sight: the same in both languages, and of each way into WeChat what the code says.

const { sections } = loadConfig({ files: [], env: {}, sets: [] }).config.wechat
const doors = kinds.map((kind) => ({ name: kind.name, record: kind.record(sections[kind.name]) }))

/** The rows of the table behind a heading, without those that head it. */
function rows(file: string, heading: string): readonly (readonly string[])[] {
  const [, section = ''] = guideText(file).split(`\n## ${heading}\n`)
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section) ?? []
  const [, , ...lines] = table.trim().split('\n')
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

describe.each([
  {
    file: 'README.md',
    heading: 'Ways into WeChat, honestly',
    ...{ high: '**high**', none: 'none known', oneChat: 'only the chat' },
  },
  {
    file: 'README.zh.md',
    heading: '进入微信的方式：实话实说',
    ...{ high: '**高**', none: '没有已知风险', oneChat: '的一个聊天' },
  },
])('$file', ({ file, heading, high, none, oneChat }) => {
  test('has every way into WeChat, with its true risk and reach', () => {
    const table = rows(file, heading)
    expect(table.map(([name]) => name).toSorted()).toEqual(
      doors.map(({ name }) => `\`${name}\``).toSorted(),
    )
    for (const { name, record } of doors) {
      const [, what = '', can = '', , risk = ''] =
        table.find(([each]) => each?.includes(name)) ?? []
      expect([name, risk.startsWith(high)]).toEqual([name, record.risk === 'high'])
      expect([name, risk.startsWith(none)]).toEqual([name, record.risk === 'none'])
      expect([name, can.includes(oneChat)]).toEqual([name, record.features.oneChat === true])
      expect(what).not.toBe('')
    }
  })

  test('shows the page, in a picture that is soon there', async () => {
    const [, source = ''] = /!\[[^\]]{20,}\]\(([^)]+)\)/.exec(guideText(file)) ?? []
    const path = fileURLToPath(new URL(`../${source}`, import.meta.url))
    expect(statSync(path).size).toBeLessThan(300_000)
    const { width = 0, height = 0 } = await sharp(readFileSync(path)).metadata()
    expect(width).toBeGreaterThanOrEqual(1100)
    expect(height).toBeLessThan(width)
  })
})

test('both languages have the same blocks, tables and places to go', () => {
  const code = (file: string) => blocks(file).map(({ text }) => text)
  expect(code('README.md')).toEqual(
    expect.arrayContaining(['npm ci && npm start', 'npm ci && npm test']),
  )
  expect(code('README.zh.md')).toEqual(code('README.md'))
  const shape = (file: string) => guideText(file).match(/^#+ |^\| /gm)
  expect(shape('README.zh.md')).toEqual(shape('README.md'))
  const places = (file: string) =>
    [...guideText(file).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, place = '']) => place)
  const own = /^(README(\.zh)?\.md|docs\/page(-zh)?\.png|docs\/guides\/(everyday|faq)(\.zh)?\.md)$/
  const shared = (file: string) => new Set(places(file).filter((place) => !own.test(place)))
  expect(shared('README.zh.md')).toEqual(shared('README.md'))
})

test('the questions people ask most are answered in both languages', () => {
  const questions = (file: string) => guideText(file).match(/^## .+$/gm) ?? []
  expect(questions('docs/guides/faq.md').length).toBeGreaterThanOrEqual(25)
  expect(questions('docs/guides/faq.zh.md')).toHaveLength(questions('docs/guides/faq.md').length)
})
