import type { MessageEntity } from '@grammyjs/types'
import { expect } from 'vitest'
import { marksOf, type Scene, type Step } from './scene.ts'
import type { Mode, Words } from './witness.ts'

/** Text, and what is marked in it (real-parts §4 point 4). */
export const textSteps: readonly Step[] = [
  {
    says: 'says plain text, in which links are found',
    async run(at) {
      const text = 'a < b & *c* _d_ 😀 https://example.org'
      const told = await at.client.text({ chat: at.chat, text })
      expect(at.agreed(told)).toMatchObject({ text, from: { id: at.sim.bot.id } })
      expect(marksOf(told)).toEqual([['url', 'https://example.org']])
      expect(at.sim.calls.at(-1)).toMatchObject({ method: 'sendMessage', ok: true })
    },
  },
  {
    says: 'says text marked by entities, in UTF-16 units',
    async run(at) {
      const entities: MessageEntity[] = [
        { type: 'bold', offset: 3, length: 4 },
        { type: 'text_link', offset: 3, length: 4, url: 'https://example.org/' },
        { type: 'text_mention', offset: 8, length: 3, user: person(at) },
        { type: 'pre', offset: 12, length: 4, language: 'c' },
      ]
      const told = await at.client.text({ chat: at.chat, text: '😀 fett Ann code', entities })
      expect(marksOf(at.agreed(told))).toEqual([
        ['text_link', 'fett'],
        ['bold', 'fett'],
        ['text_mention', 'Ann'],
        ['pre', 'code'],
      ])
      expect(marksOf(told).map(([, fragment]) => fragment)).toEqual(['fett', 'fett', 'Ann', 'code'])
    },
  },
  {
    says: 'marks text by HTML',
    run: (at) =>
      marked(at, 'HTML', [
        [
          '<b>a😀</b> <i>b</i> <u>c</u> <s>d</s>',
          'a😀 b c d',
          'bold italic underline strikethrough',
        ],
        ['<a href="https://a.org/?x=1&amp;y">t</a> &lt;&quot;', 't <"', 'text_link'],
        ['<code>x&gt;1</code><pre><code class="language-ts">y</code></pre>', 'x>1y', 'code pre'],
        ['<tg-spoiler>a</tg-spoiler> <span class="tg-spoiler">b</span>', 'a b', 'spoiler spoiler'],
      ]),
  },
  {
    says: 'marks quotes by HTML and MarkdownV2',
    needs: 'newest',
    async run(at) {
      const quotes = 'blockquote expandable_blockquote'
      const html = '<blockquote>a</blockquote>\n<blockquote expandable>b</blockquote>'
      await marked(at, 'HTML', [[html, 'a b', quotes]])
      await marked(at, 'MarkdownV2', [['>a\n**>b||', 'a b', quotes]])
    },
  },
  {
    says: 'marks text by MarkdownV2',
    run: (at) =>
      marked(at, 'MarkdownV2', [
        ['*a😀* _b_ __c__ ~d~', 'a😀 b c d', 'bold italic underline strikethrough'],
        ['[t](https://a.org/\\)) \\.\\!', 't .!', 'text_link'],
        ['`x` ```ts\ny```', 'x y', 'code pre'],
        ['||a||', 'a', 'spoiler'],
      ]),
  },
  {
    says: 'marks text by the Markdown of before',
    run: (at) =>
      marked(at, 'Markdown', [
        ['*a😀* _b_', 'a😀 b', 'bold italic'],
        ['[t](https://a.org/) `x`', 't x', 'text_link code'],
      ]),
  },
  {
    says: 'is refused what its markup does not close or escape, and told where',
    async run(at) {
      const said = (text: string, mode: Mode) => at.client.text({ chat: at.chat, text, mode })
      for (const [mode, text, words] of wrongMarkup)
        await at.bad(said(text, mode), `can't parse entities: ${words}`)
      expect(at.ann.sees(at.chat).length).toBe(1)
    },
  },
  {
    says: 'is refused entities outside of the text or within a character',
    async run(at) {
      const bold = (offset: number, length: number): Words => ({
        text: '😀 abc',
        entities: [{ type: 'bold', offset, length }],
      })
      const said = (words: Words) => at.client.text({ chat: at.chat, ...words })
      await at.bad(
        said(bold(1, 3)),
        'entity begins in a middle of a UTF-16 symbol at byte offset 0',
      )
      await at.bad(
        said(bold(3, 4)),
        'entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 7',
      )
    },
  },
  {
    says: 'says 4096 UTF-16 units, not one more, and not nothing',
    async run(at) {
      const said = (text: string, mode?: Mode) =>
        at.client.text({ chat: at.chat, text, ...(mode && { mode }) })
      at.agreed(await said('😀'.repeat(2048)))
      at.agreed(await said(`<b>${'x'.repeat(4096)}</b>`, 'HTML'))
      await at.bad(said('😀'.repeat(2048).concat('x')), 'message is too long')
      await at.bad(said(''), 'message text is empty')
      await at.bad(said('\n \n'), 'text must be non-empty')
    },
  },
  {
    says: 'answers a message, and says it alone if it is gone and that is allowed',
    async run(at) {
      const { ann, chat, client } = at
      const { message_id: replyTo } = await ann.says(chat, 'one')
      const told = await client.text({ chat, text: 'two', replyTo })
      expect(told.reply_to_message).toMatchObject({ message_id: replyTo, text: 'one' })
      expect(at.agreed(told).reply_to_message?.message_id).toBe(replyTo)
      await ann.deletes(chat, replyTo)
      const again = { chat, text: 'three', replyTo }
      await at.bad(client.text(again), 'message to be replied not found')
      const alone = at.agreed(await client.text({ ...again, alone: true }))
      expect(alone).not.toHaveProperty('reply_to_message')
    },
  },
]

const person = ({ ann }: Scene) => ({ id: ann.id, is_bot: false, first_name: ann.name })

/** Each: as it is written, what it says, and what is marked in it. */
async function marked(
  at: Scene,
  mode: Mode,
  cases: readonly (readonly [written: string, text: string, types: string])[],
): Promise<void> {
  for (const [written, text, types] of cases) {
    const told = await at.client.text({ chat: at.chat, text: written, mode })
    const kept = at.agreed(told)
    expect([
      kept.text?.replace('\n', ' '),
      marksOf(told)
        .map(([type]) => type)
        .join(' '),
    ]).toEqual([text, types])
    expect(marksOf(told)).toEqual(marksOf(kept))
  }
}

const wrongMarkup: readonly (readonly [Mode, string, string])[] = [
  ['HTML', 'a <b>b', 'Can\'t find end tag corresponding to start tag "b"'],
  ['HTML', 'a <x>b</x>', 'Unsupported start tag "x" at byte offset 2'],
  ['HTML', '<b>a</i>', 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
  ['MarkdownV2', '😀 *a', "Can't find end of Bold entity at byte offset 5"],
  ['MarkdownV2', 'a.', "Character '.' is reserved and must be escaped with the preceding '\\'"],
  ['Markdown', 'a *b', "Can't find end of the entity starting at byte offset 2"],
]
