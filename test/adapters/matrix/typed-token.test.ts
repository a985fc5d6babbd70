import { beforeEach, describe, expect, it } from 'vitest'
import { roomEvent } from '../../../adapters/matrix/ingress.ts'
import { createTypedTokens } from '../../../adapters/matrix/typed-token.ts'

const token = 'syt_b3duZXI_AbCdEfGh&IjKl_0a1b2c'
let offered: string[]
let untokened: ReturnType<typeof createTypedTokens>

beforeEach(() => {
  offered = []
  untokened = createTypedTokens({
    owner: '@owner:hs',
    isManagement: (room) => room === '!management',
    offered: (given) => `kept-${offered.push(given)}`,
  })
})

const event = (content: object, more: object = {}) => {
  const raw = {
    event_id: '$1',
    room_id: '!room',
    sender: '@owner:hs',
    type: 'm.room.message',
    origin_server_ts: 1,
    content: { msgtype: 'm.text', ...content },
    ...more,
  }
  const made = roomEvent(raw, 1)
  if (!made) throw new Error('no event')
  return made
}
const escaped = token.replace('&', '&amp;')
const management = { room_id: '!management' }

describe('a token that is written in a room', () => {
  it.each([
    ['as a command', event({ body: `!wx puppet ${token}` })],
    ['in any case, with a Chinese mark', event({ body: `！WX  Puppet\n ${token}  ` })],
    ['in the management room', event({ body: `puppet ${token}` }, management)],
    [
      'with HTML beside it',
      event({
        body: `!wx puppet ${token}`,
        format: 'org.matrix.custom.html',
        formatted_body: `<p>!wx puppet <code>${escaped}</code></p>`,
      }),
    ],
    [
      'in HTML alone',
      event({
        body: 'x',
        format: 'org.matrix.custom.html',
        formatted_body: `!wx <b>puppet</b> ${escaped}`,
      }),
    ],
    [
      'as a change',
      event({
        body: `* !wx puppet ${token}`,
        'm.new_content': { msgtype: 'm.text', body: `!wx puppet ${token}` },
        'm.relates_to': { rel_type: 'm.replace', event_id: '$0' },
      }),
    ],
    [
      'as an answer to one',
      event({
        body: `> <@owner:hs> !wx puppet ${token}\n\nthat`,
        'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } },
      }),
    ],
    [
      'as an answer in the management room',
      event({ body: `> <@owner:hs> puppet ${token}\n\nthat` }, management),
    ],
    ['behind empty lines', event({ body: `!wx puppet\n\n \n${token}` })],
    ['behind blanks', event({ body: `\u3000!wx\u00a0puppet\u2003${token}` })],
    ['in full width', event({ body: `！ＷＸ　ｐｕｐｐｅｔ　${token}` })],
    ['behind a colon', event({ body: `!wx puppet: ${token}` })],
    ['written together', event({ body: `! wxpuppet=${token}` })],
    ['behind a blank, in the management room', event({ body: ` puppet ${token}` }, management)],
    ['behind empty lines there', event({ body: `Puppet\n\n${token}` }, management)],
    ['as a quotation of a quotation', event({ body: `> > puppet ${token}` }, management)],
    [
      'in a code block',
      event({
        body: `!wx puppet\n\`\`\`\n${token}\n\`\`\``,
        format: 'org.matrix.custom.html',
        formatted_body: `<p>!wx puppet</p><pre><code>${escaped}\n</code></pre>`,
      }),
    ],
    ['in a code block without HTML', event({ body: `!wx puppet\n\`\`\`\n${token}\n\`\`\`` })],
    ['between quotes', event({ body: `!wx puppet \`${token}\`` })],
    ['in the caption of a picture', event({ msgtype: 'm.image', body: `!wx puppet ${token}` })],
    ['in a copy beside', event({ body: `!wx puppet ${token}`, 'org.matrix.msc1767.text': token })],
  ])('is taken out of it: %s', (_, written) => {
    const { event: clean, found } = untokened(written)
    expect(found).toBe(true)
    expect(offered).toEqual([token])
    expect(JSON.stringify(clean)).not.toContain('AbCdEfGh')
    expect(JSON.stringify(clean)).toContain('kept-1')
  })

  it('is taken out of what repeats it later, even by somebody else', () => {
    untokened(event({ body: `!wx puppet ${token}` }))
    const repeat = event({ body: `did you write ${token}?` }, { sender: '@bob:hs' })
    const { event: clean, found } = untokened(repeat)
    expect(found).toBe(true)
    expect(clean.content.body).toBe('did you write kept-1?')
    expect(offered).toHaveLength(1)
  })

  it('of somebody else is taken out too, and is not kept', () => {
    const { event: clean, found } = untokened(
      event({ body: `!wx puppet ${token}` }, { sender: '@bob:hs' }),
    )
    expect(found).toBe(true)
    expect(offered).toEqual([])
    expect(clean.content.body).toBe('!wx puppet …')
  })

  it.each(['1', '!wx', 'org.matrix.custom.html', '$0'])(
    'that is none (%s) does no harm to what is said later',
    (word) => {
      untokened(event({ body: `!wx puppet ${word}` }, { sender: '@eve:hs' }))
      if (word.length < 16) {
        untokened(event({ body: `puppet ${word}` }, management))
        untokened(event({ body: `!wx puppet ${word}` }))
      }
      const later = event({
        body: '1 + 1, !wx status',
        format: 'org.matrix.custom.html',
        formatted_body: '<b>1</b>',
        'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } },
      })
      expect(untokened(later)).toEqual({ event: later, found: false })
    },
  )

  it.each([
    event({ body: '!wx puppet' }),
    event({ body: '!wx puppet off' }),
    event({ body: 'puppet', ...management }),
    event({ body: `puppet ${token}` }),
    event({ body: 'a puppet of mine is here' }, management),
    event({ body: '> <@bot:hs> !wx puppet TOKEN|off  is what you write\n> !wx help\n\nwhat?' }),
    event({ body: '> <@bot:hs> !wx puppet 令牌|off  手机上发的消息\n\n?' }, management),
    event({ body: '!wx puppet TOKEN says it\n\nhttps://example.org/further-words' }),
    event({ body: 'puppet 是什么意思，请告诉我一下，谢谢你们了' }, management),
    event({ body: '!wx status' }),
  ])('is not seen in what holds none (%#)', (plain) => {
    expect(untokened(plain)).toEqual({ event: plain, found: false })
  })
})
