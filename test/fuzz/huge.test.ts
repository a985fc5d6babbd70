import { describe, expect, test } from 'vitest'
import { readStatus } from '../../adapters/wechat-web/content/status.ts'
import { membersChanged } from '../../adapters/wechat-web/content/system.ts'
import { normalise, partiesOf } from '../../adapters/wechat-web/normalise.ts'
import { parseJson, type Raw } from '../../adapters/wechat-web/raw.ts'
import { words } from '../../src/core/render.ts'
import { me, reader } from '../adapters/wechat-web/reader.ts'

// A pattern that goes over its input once more for every piece of it needs minutes for these: the tests would time out.

const { people } = await reader()
const hints = { now: 5, isMine: () => false, changed: [] }
const million = (piece: string) => piece.repeat(Math.ceil(1_000_000 / piece.length))
const limit = 10_000

const pieces = [
  '<',
  '&lt;',
  '&amp;',
  '&#',
  '<a ',
  '&lt;a b=&quot;',
  '<span ',
  '<span class="emoji emoji',
  '<br',
  ' ',
  '@墨墨',
  '@77ab:<br/>',
  '「a：',
  '」\n- - -',
  '${',
  '$a',
  '邀请"',
  'invited ',
  '<![CDATA[',
  '\ud83d',
  'http://',
  ':<br/>',
  '-1.',
  '"',
]

function say(raw: Raw): void {
  const whole = { MsgId: '7', ToUserName: me, FromUserName: '@@8f20', ...raw }
  const parties = partiesOf(whole, me)
  if (!parties) return
  const { content } = normalise(whole, parties, people, hints)
  expect(words(content, 'zh').length).toBeLessThan(1_200_000)
  membersChanged(parties.type, parties.payload)
}

describe('a megabyte of one thing is read at once', () => {
  test.each(pieces)(
    'as Content: %j',
    (piece) => {
      for (const MsgType of [1, 49, 10000, 10002])
        say({ MsgType, Content: `@cc:<br/>${million(piece)}` })
    },
    limit,
  )

  test.each(pieces)(
    'inside what is read further: %j',
    (piece) => {
      const inner = million(piece)
      const app = (type: number, name: string) =>
        `<msg><appmsg><type>${type}</type><title>x</title><${name}>${inner}</${name}></appmsg></msg>`
      say({ MsgType: 49, Content: app(19, 'des') })
      say({ MsgType: 49, Content: app(5, 'url') })
      say({ MsgType: 10002, Content: `<sysmsg type="pat"><pat><template>${inner}` })
      say({ MsgType: 1, Content: `「a：${inner}` })
      say({ MsgType: 1, SubMsgType: 48, Url: inner, OriContent: inner, Content: inner })
      say({ MsgType: 37, RecommendInfo: { NickName: inner, Content: inner } })
    },
    limit,
  )

  test.each(['"Id":', '"Id', '"Id" ', '"', 'Id', '1'])(
    'as JSON: %j',
    (piece) => {
      expect(() => parseJson(`{"MsgId": ${million(piece)}`)).toThrow(SyntaxError)
    },
    limit,
  )

  test(
    'a list of very many recent chats',
    () => {
      const list = Array.from({ length: 100_000 }, (_, n) => `@${n}`).join(',')
      const real = Array.from({ length: 100_000 }, (_, n) => `wxid_${n}`).join(',')
      const Content = `<msg><op id='4'><username>${real}</username></op></msg>`
      const read = readStatus({ StatusNotifyCode: 4, StatusNotifyUserName: list, Content })
      expect(read.pairs).toHaveLength(100_000)
    },
    limit,
  )

  test(
    'a history of very many lines, and one of very many levels, end somewhere',
    () => {
      const item = '<dataitem datatype="1"><datadesc>x</datadesc></dataitem>'
      const flat = `<recordinfo><datalist>${item.repeat(20_000)}</datalist></recordinfo>`
      let deep = item
      for (let n = 0; n < 20; n++) {
        deep = `<dataitem datatype="17"><recordxml><recordinfo><datalist>${deep}</datalist></recordinfo></recordxml></dataitem>`
      }
      for (const record of [flat, `<recordinfo><datalist>${deep}</datalist></recordinfo>`]) {
        const Content = `<msg><appmsg><type>19</type><title>t</title><recorditem><![CDATA[${record}]]></recorditem></appmsg></msg>`
        const whole = { MsgId: '7', MsgType: 49, FromUserName: '@77ab', ToUserName: me, Content }
        const parties = partiesOf(whole, me)
        const { content } = normalise(whole, parties!, people, hints)
        expect(content.kind).toBe('history')
        const shown = JSON.stringify(content)
        expect(shown.length).toBeLessThan(60_000)
        expect(shown.split('"lines":').length - 1).toBeLessThanOrEqual(6)
      }
    },
    limit,
  )
})
