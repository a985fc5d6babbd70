import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chatRealIdOf, realIdOf } from '../../adapters/wechat-web/content/real-id.ts'
import { readStatus } from '../../adapters/wechat-web/content/status.ts'
import { parsers } from '../../adapters/wechat-web/content/table.ts'
import { normalise, partiesOf } from '../../adapters/wechat-web/normalise.ts'
import { parseJson, type Raw, record } from '../../adapters/wechat-web/raw.ts'
import { allMediaOf, type Message } from '../../src/core/message.ts'
import { words } from '../../src/core/render.ts'
import { me, reader } from '../adapters/wechat-web/reader.ts'
import { hostileText, hostileValue, hostileXml, isPolluted } from './hostile.ts'

const { people } = await reader()
const hints = { now: 5, isMine: () => false, changed: [] }
const types = [...Object.keys(parsers).map(Number), 7, 9999, '49', 'x', null, -1]
const appTypes = [
  0, 1, 2, 3, 4, 5, 6, 8, 17, 19, 24, 33, 50, 51, 53, 57, 62, 74, 87, 2000, 2001, 7777,
]
const sides = fc.constantFrom(me, '@77ab', '@@8f20', '@mp', 'newsapp', 'fmessage', 'filehelper', '')

/** A message with every field in doubt. */
const wild = fc
  .record(
    {
      MsgType: fc.constantFrom<unknown>(...types),
      FromUserName: fc.oneof(sides, hostileValue),
      ToUserName: fc.oneof(sides, hostileValue),
      Content: hostileValue,
      MsgId: hostileValue,
      NewMsgId: hostileValue,
      CreateTime: hostileValue,
      SubMsgType: fc.constantFrom<unknown>(0, 48, '48', null),
      AppMsgType: fc.constantFrom<unknown>(...appTypes, 'x'),
      Url: hostileValue,
      OriContent: hostileValue,
      FileName: hostileValue,
      FileSize: hostileValue,
      MediaId: hostileValue,
      EncryFileName: hostileValue,
      VoiceLength: hostileValue,
      PlayLength: hostileValue,
      ImgWidth: hostileValue,
      ImgHeight: hostileValue,
      HasProductId: hostileValue,
      StatusNotifyCode: fc.constantFrom<unknown>(1, 2, 4, '4', {}),
      StatusNotifyUserName: hostileValue,
      RecommendInfo: fc.oneof(
        hostileValue,
        fc.record({ UserName: hostileValue, NickName: hostileValue, Content: hostileValue }),
      ),
    },
    { requiredKeys: [] },
  )
  .map((raw): Raw => raw)

/** An app message whose known elements hold anything. */
const wildApp = fc
  .tuple(
    fc.constantFrom(...appTypes),
    fc.array(
      fc.tuple(
        fc.constantFrom(
          'title',
          'des',
          'url',
          'refermsg',
          'recorditem',
          'mmreader',
          'wcpayinfo',
          'finderFeed',
          'textannouncement',
          'appattach',
          'weappinfo',
          'patMsg',
        ),
        fc.oneof(hostileText, hostileXml),
      ),
      { maxLength: 5 },
    ),
  )
  .map(([type, parts]): Raw => {
    const inner = parts.map(([name, value]) => `<${name}>${value}</${name}>`).join('')
    const xml = `<msg><appmsg><type>${type}</type>${inner}</appmsg></msg>`
    const Content = xml.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    return { MsgType: 49, MsgId: '7', FromUserName: '@77ab', ToUserName: me, Content }
  })

/** What holds of every message, whatever it was made of. */
function check(raw: Raw): Message | undefined {
  const parties = partiesOf(raw, me)
  readStatus(raw)
  if (!parties) return undefined
  const message = normalise(raw, parties, people, hints)
  expect(JSON.parse(JSON.stringify(message))).toEqual(message)
  expect(JSON.stringify(message)).not.toContain('"kind":"notice"')
  for (const language of ['zh', 'en'] as const)
    expect(typeof words(message.content, language)).toBe('string')
  for (const media of allMediaOf(message.content))
    expect(record(JSON.parse(media.token)).msgId).toMatch(/^x?\w+$/)
  const { content } = message
  if ('url' in content) expect(content.url).toMatch(/^(https?:\/\/.*)?$/)
  if ('mine' in content) expect(typeof content.mine).toBe('boolean')
  realIdOf(raw, parties.payload)
  chatRealIdOf(raw, parties.payload)
  expect(isPolluted()).toBe(false)
  return message
}

describe('messages made to hurt', () => {
  test('whole messages of anything: always a message, plain data, safe addresses', () => {
    fc.assert(
      fc.property(wild, (raw) => void check(raw)),
      { numRuns: 3000 },
    )
  })

  test('app messages of anything', () => {
    fc.assert(
      fc.property(wildApp, (raw) => {
        expect(check(raw)).toBeDefined()
      }),
      { numRuns: 2000 },
    )
  })

  test('a message that came as JSON survives as one', () => {
    fc.assert(
      fc.property(wild, (raw) => void check(record(parseJson(JSON.stringify(raw))))),
      { numRuns: 500 },
    )
  })

  test('a group prefix names the member and never loses a letter of the rest', () => {
    const rest = hostileText.filter((each) => !/[\r\n]/.test(each))
    fc.assert(
      fc.property(fc.constantFrom('@cc', '@dd', me, '@77ab'), rest, (member, wire) => {
        const raw = {
          MsgType: 1,
          FromUserName: '@@8f20',
          ToUserName: me,
          Content: `${member}:<br/>${wire}`,
        }
        expect(partiesOf(raw, me)).toMatchObject({ member, payload: wire })
        const own = { ...raw, FromUserName: me, ToUserName: '@@8f20' }
        expect(partiesOf(own, me)).toMatchObject({ member: undefined, payload: raw.Content })
      }),
    )
  })
})
