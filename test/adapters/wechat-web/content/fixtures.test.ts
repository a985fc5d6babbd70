import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Raw } from '../../../../adapters/wechat-web/raw.ts'
import type { Content, Kind } from '../../../../src/core/message.ts'
import { allMediaOf } from '../../../../src/core/message.ts'
import { words } from '../../../../src/core/render.ts'
import { reader } from '../reader.ts'

/** One message as the wire has it, and what it is. `{{@name}}` stands for the lasting id of a UserName. */
interface Fixture {
  readonly name: string
  readonly sender: string
  readonly mentionsMe?: true
  /** What its words must hold, in either language. */
  readonly says: readonly string[]
  readonly content: Content
  readonly raw: Raw
}

const folder = join(import.meta.dirname, '../fixtures')
const fixtures = readdirSync(folder).map((file) => ({
  kind: file.replace(/\.json$/, ''),
  cases: JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly Fixture[],
}))

/** All kinds that WeChat can say; only the bridge itself says `notice`. A kind forgotten here does not compile. */
const kinds: Readonly<Record<Exclude<Kind, 'notice'>, true>> = {
  text: true,
  image: true,
  voice: true,
  video: true,
  file: true,
  sticker: true,
  bareSticker: true,
  throw: true,
  location: true,
  liveLocation: true,
  card: true,
  link: true,
  articles: true,
  music: true,
  channel: true,
  miniProgram: true,
  history: true,
  quote: true,
  recall: true,
  friendRequest: true,
  groupInvite: true,
  solitaire: true,
  announcement: true,
  redPacket: true,
  transfer: true,
  call: true,
  pat: true,
  system: true,
  note: true,
  unsupported: true,
}

test('every kind that WeChat can say has a fixture', () => {
  expect(fixtures.map(({ kind }) => kind).sort()).toEqual(Object.keys(kinds).sort())
})

const { people, read } = await reader()
const lasting = (userName: string) => people.chat(userName).id.slice(people.account.length + 1)
const settled = (content: Content): unknown =>
  JSON.parse(JSON.stringify(content).replace(/\{\{(.+?)\}\}/g, (_, name) => lasting(name)))

describe.each(fixtures)('$kind', ({ kind, cases }) => {
  test.each(cases)('$name', ({ raw, content, sender, mentionsMe, says }) => {
    const message = read(raw)
    expect(message.content.kind).toBe(kind)
    expect(message.content).toEqual(settled(content))
    expect(message.sender.type).toBe(sender)
    expect(message.mentionsMe).toBe(mentionsMe ?? false)
    expect(message.aliases).toEqual([raw.MsgId])
    expect(JSON.parse(JSON.stringify(message))).toEqual(message)
    for (const language of ['zh', 'en'] as const) {
      const line = words(message.content, language)
      expect(line.trim()).not.toBe('')
      expect(line).not.toMatch(/undefined|\[object|&(amp|lt|gt|quot);(?<!& &lt;)|class="emoji/)
      for (const part of says) expect(line).toContain(part)
    }
    for (const media of allMediaOf(message.content)) {
      expect(JSON.parse(media.token)).toMatchObject({
        type: expect.any(String),
        msgId: expect.stringMatching(/^\d+$/),
      })
    }
  })
})
