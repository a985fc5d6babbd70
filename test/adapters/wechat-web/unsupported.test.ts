import { describe, expect, test } from 'vitest'
import type { Raw } from '../../../adapters/wechat-web/raw.ts'
import { escaped, reader } from './reader.ts'

const { friend } = await reader()

describe('what cannot be shown', () => {
  const app = (inner: string) =>
    escaped(`<msg><appmsg appid=""><title>T &amp; t</title>${inner}</appmsg></msg>`)

  test.each<[string, number, string, Raw, string, string]>([
    ['a coupon', 49, app('<type>16</type>'), {}, '49/16', 'T & t'],
    ['a type of the server', 49, app('<type>2003</type>'), {}, '49/2003', 'T & t'],
    ['words for an app', 49, '请在手机上看', { AppMsgType: 5 }, '49/5', '请在手机上看'],
    ['broken XML', 49, '&lt;msg&gt;&lt;appmsg', {}, '49', ''],
    ['a name for broken XML', 49, '&lt;msg', { FileName: 'a &amp; b' }, '49', 'a & b'],
    ['a type nobody knows', 4711, 'words', {}, '4711', 'words'],
    ['the same of markup', 4711, '&lt;x/&gt;', {}, '4711', ''],
    ['a type that is no number', Number.NaN, 'w', {}, '0', 'w'],
    ['an empty grey line', 10000, '&lt;a&gt;', {}, '10000', ''],
  ])('%s keeps its type and what WeChat says of it', (_, type, content, more, name, summary) => {
    expect(friend(type, content, more).content).toEqual({
      kind: 'unsupported',
      type: name,
      summary,
    })
  })
})
