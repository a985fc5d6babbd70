import { describe, expect, it } from 'vitest'
import { leadOf, led } from '../../../adapters/telegram/lead.ts'
import type { Located } from '../../../adapters/telegram/places.ts'
import { accountsRoom, type Chat } from '../../../src/core/chat.ts'
import { portalId } from '../../../src/core/ids.ts'
import { leadRoom } from '../../../src/core/post.ts'
import type { RoomPost } from '../../../src/ports/hub.ts'
import { bridge, chatOf, me, roomPost } from './posts.ts'

const place = (kind: Located['kind'], shows: Chat): Located => ({
  chat: '1',
  kind,
  portal: portalId('abcdefghijkm'),
  shows,
})
const friend = chatOf('friend', '王五')
const group = chatOf('group', '徒步群')
const mps = accountsRoom

const line = (post: RoomPost, where: Located | undefined, language: 'zh' | 'en' = 'zh'): string => {
  const said = post.body.kind === 'text' ? post.body.text : []
  return led(leadOf(post, where, language), said, 4096)
    .map((run) => run.text)
    .join('')
}
const says = (who?: string, more: Partial<RoomPost> = {}) =>
  roomPost('hi', { ...(who !== undefined && { who }), ...more })

describe.each(['private', 'forum', 'linked'] as const)('the lead in a %s place', (kind) => {
  it('names nobody where only one contact speaks', () => {
    expect(line(says('王五'), place(kind, friend))).toBe('hi')
    expect(line(says('人民日报'), place(kind, chatOf('mp', '人民日报')))).toBe('hi')
  })

  it('names the owner, in the language of the bridge', () => {
    const mine = says('我', { speaker: me })
    for (const shows of [friend, chatOf('self', ''), group]) {
      expect(line(mine, place(kind, shows))).toBe('我: hi')
      expect(line(mine, place(kind, shows), 'en')).toBe('You: hi')
    }
  })

  it('names everybody where several speak', () => {
    expect(line(says('小王'), place(kind, group))).toBe('小王: hi')
    expect(line(says('人民日报'), place(kind, mps))).toBe('人民日报: hi')
  })

  it('names nobody for grey lines, notices and further parts', () => {
    expect(line(says(), place(kind, group))).toBe('hi')
    expect(line(says(undefined, { speaker: bridge }), place(kind, group))).toBe('hi')
    expect(line(says('小王', { part: 1 }), place(kind, group))).toBe('hi')
  })
})

describe('the lead where all chats are in one', () => {
  it('names the chat too', () => {
    expect(line(says('小王'), place('flat', group))).toBe('徒步群 · 小王: hi')
    expect(line(says('我', { speaker: me }), place('flat', group))).toBe('徒步群 · 我: hi')
    expect(line(says('我', { speaker: me }), place('flat', friend))).toBe('王五 · 我: hi')
    expect(line(says('王五'), place('flat', friend))).toBe('王五: hi')
    expect(line(says('人民日报'), place('flat', mps))).toBe('人民日报: hi')
  })

  it('tells which chat a grey line or notice is about, and further parts', () => {
    expect(line(says(), place('flat', group))).toBe('徒步群 · hi')
    expect(line(says(undefined, { speaker: bridge }), place('flat', friend))).toBe('王五 · hi')
    expect(line(says('小王', { part: 1 }), place('flat', group))).toBe('徒步群 · 小王: hi')
  })

  it('tells two friends of one name apart by what the owner calls them', () => {
    const other = chatOf('friend', '王五', { remark: '王五 (work)' })
    expect(line(says('王五'), place('flat', other))).toBe('王五 (work): hi')
  })
})

describe('a lead', () => {
  it('is none where the bridge itself talks', () => {
    const management = place('management', chatOf('management', 'WeChat bridge'))
    expect(line(says(undefined, { speaker: bridge }), management)).toBe('hi')
    expect(line(says('王五'), undefined)).toBe('hi')
  })

  it('marks what may be a repeat', () => {
    expect(line(says('小王', { repeat: true }), place('forum', group))).toBe(
      '↻ 可能重复 · 小王: hi',
    )
    expect(line(says('王五', { repeat: true }), place('forum', friend), 'en')).toBe(
      '↻ may be a repeat · hi',
    )
    const alone = led(leadOf(says('小王', { repeat: true }), place('forum', group), 'zh'), [], 1024)
    expect(alone.map((run) => run.text).join('')).toBe('↻ 可能重复 · 小王')
    const bare = led(leadOf(says('王五', { repeat: true }), place('forum', friend), 'zh'), [], 1024)
    expect(bare.map((run) => run.text).join('')).toBe('↻ 可能重复')
  })

  it('has names in bold, on one line, without what turns them round', () => {
    const who = 'A\n\u202eB\u0000<b>'
    const [run] = led(leadOf(says(who), place('forum', group), 'zh'), [{ text: 'x' }], 4096)
    expect(run).toEqual({ text: 'A B <b>: ', bold: true })
  })

  it('says where a name has nothing to see in it', () => {
    expect(line(says('\u202e\u3164'), place('forum', group))).toBe('（无名）: hi')
    expect(line(says(''), place('flat', group), 'en')).toBe('徒步群 · (no name): hi')
  })

  it('leaves both names something of its room', () => {
    const where = place('flat', chatOf('group', '👨‍👩‍👧‍👦'.repeat(60)))
    expect(line(says('王'.repeat(60)), where)).toMatch(/^(?:👨‍👩‍👧‍👦)+… · 王+…: hi$/u)
  })

  it('fits into the room that is left for it, however long names are', () => {
    const long = '👨‍👩‍👧‍👦'.repeat(60)
    const where = place('flat', chatOf('group', long))
    const post = says(long, { repeat: true })
    for (const length of [0, 3900, 4000, 4080, 4094, 4096]) {
      const said = 'x'.repeat(length)
      const all = led(leadOf(post, where, 'en'), length ? [{ text: said }] : [], 4096)
      const text = all.map((run) => run.text).join('')
      expect(text.length).toBeLessThanOrEqual(4096)
      expect(text.length - length).toBeLessThanOrEqual(leadRoom)
      expect(text.endsWith(said)).toBe(true)
      expect(text.isWellFormed()).toBe(true)
    }
  })
})
