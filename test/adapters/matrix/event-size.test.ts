import { describe, expect, it } from 'vitest'
import { eventContent, type Relations } from '../../../adapters/matrix/content.ts'
import { words } from '../../../adapters/matrix/words.ts'
import { contactId, mintPortalId, roomId } from '../../../src/core/ids.ts'
import type { Rich } from '../../../src/core/runs.ts'
import { contact, friend, textPost } from '../../contract/hub-posts.ts'

// What a homeserver takes for an event, less what it adds itself.
const most = 65_536 - 5_000
const at = { portal: mintPortalId(Math.random), chat: friend('x'), room: roomId('!room') }
const pointing: Relations['pointing'] = {
  userOf: (who) =>
    who.type === 'contact'
      ? `@wechat_${who.contact}_${'h'.repeat(40)}:hs`
      : who.type === 'me'
        ? '@owner:hs'
        : undefined,
}
const of = (text: Rich, more: Partial<Relations> = {}) => {
  const post = { ...textPost(at, '', contact('Lin')), body: { kind: 'text' as const, text } }
  return eventContent(post, {}, words('en'), { pointing, ...more })
}
const bytes = (content: unknown) => Buffer.byteLength(JSON.stringify(content))

describe('an event is not too large for a homeserver', () => {
  it('with as many names in it as fit into a text, and the owner is called all the same', () => {
    const runs: Rich = [
      ...Array.from({ length: 1600 }, (_, index) => ({
        text: `@${index}`.padEnd(5, '名'),
        mention: { type: 'contact' as const, contact: contactId(String(index)) },
      })),
      { text: '@me', mention: { type: 'me' } },
    ]
    const content = of(runs)
    expect(bytes(content)).toBeLessThan(most)
    expect(content.body).toBe(runs.map(({ text }) => text).join(''))
    expect(content['m.mentions']).toMatchObject({
      user_ids: expect.arrayContaining(['@owner:hs']),
    })
  })

  it('with a long text that is changed: it says all of it, in what it is from now on', () => {
    const text = '很'.repeat(7990)
    const content = of([{ text, bold: true }], { changes: '$old' })
    expect(bytes(content)).toBeLessThan(most)
    expect(content['m.new_content']).toMatchObject({ body: text })
    expect(content['m.relates_to']).toEqual({ rel_type: 'm.replace', event_id: '$old' })
  })

  it('with a change whose markup would fit once: what it is from now on keeps it', () => {
    const text = '很'.repeat(5_000)
    const content = of([{ text, bold: true }], { changes: '$old' })
    expect(bytes(content)).toBeLessThan(most)
    expect(content['m.new_content']).toMatchObject({
      body: text,
      formatted_body: `<strong>${text}</strong>`,
    })
  })

  it('with markup, plain text and people that would each fit alone', () => {
    const runs: Rich = Array.from({ length: 360 }, (_, index) => ({
      text: `@${index}`.padEnd(9, '名'),
      mention: { type: 'contact', contact: contactId(String(index)) },
    }))
    const content = of([...runs, { text: '很'.repeat(3_500) }])
    expect(bytes(content)).toBeLessThan(most)
    expect(content.body).toHaveLength(360 * 9 + 3_500)
  })

  it('with addresses in Chinese, which are three times as long to a machine', () => {
    const href = `https://example.org/${'路'.repeat(1_950)}`
    const content = of(Array.from({ length: 4 }, (_, at) => ({ text: `${at}`, href })))
    expect(bytes(content)).toBeLessThan(most)
    expect(content.body).toContain(`0 (${href})`)
  })

  it('and one that fits loses nothing', () => {
    const content = of([{ text: '很'.repeat(5_000), bold: true }], { answers: '$x' })
    expect(content).toHaveProperty('formatted_body')
  })
})
