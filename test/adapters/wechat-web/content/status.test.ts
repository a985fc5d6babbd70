import { describe, expect, test } from 'vitest'
import { chatRealIdOf, realIdOf } from '../../../../adapters/wechat-web/content/real-id.ts'
import { readStatus } from '../../../../adapters/wechat-web/content/status.ts'
import { escaped, me, sysmsg } from '../reader.ts'

describe('status notices', () => {
  const list = (names: string) =>
    escaped(
      `<msg><op id='4'><username>${names}</username><unreadchatlist><chat><username>MomentsUnreadMsgStatus</username></chat></unreadchatlist></op></msg>`,
    )
  const status = (code: number, names: string, content = '', to = me) =>
    readStatus({
      MsgType: 51,
      FromUserName: me,
      ToUserName: to,
      StatusNotifyCode: code,
      StatusNotifyUserName: names,
      Content: content,
    })

  test('the list of recent chats pairs names with real ids', () => {
    const read = status(
      4,
      'filehelper,@@8f20,@77ab,@mp',
      list('filehelper,24330947507@chatroom,wxid_ozba33cu3an22,gh_11aa'),
    )
    expect(read).toEqual({
      code: 4,
      chats: ['filehelper', '@@8f20', '@77ab', '@mp'],
      pairs: [
        ['@@8f20', '24330947507@chatroom'],
        ['@77ab', 'wxid_ozba33cu3an22'],
        ['@mp', 'gh_11aa'],
      ],
    })
  })

  test.each([
    ['lists of different length', '@77ab,@mp', 'wxid_a'],
    ['a person beside a group', '@77ab,@@8f20', '1@chatroom,wxid_a'],
    ['special accounts out of step', 'filehelper,@77ab', 'wxid_a,filehelper'],
    ['one real id for two', '@77ab,@mp', 'wxid_a,wxid_a'],
    ['one name twice', '@77ab,@77ab', 'wxid_a,wxid_b'],
    ['session names for real ids', '@77ab', '@other'],
    ['a name that is none', '@77ab,@m p', 'wxid_a,wxid_b'],
    ['nothing', '@77ab', ''],
  ])('%s: nothing is paired', (_, names, real) => {
    expect(status(4, names, list(real)).pairs).toEqual([])
    expect(status(4, names, list(real)).chats).toContain('@77ab')
  })

  test.each([
    [1, '', '@77ab', ['@77ab']],
    [2, '@77ab', me, ['@77ab']],
    [2, '', '@77ab', ['@77ab']],
    [5, '', '@@8f20', ['@@8f20']],
    [3, '', me, []],
    [9, '', 'filehelper', []],
    [1, '', '<script>', []],
  ])('code %i about %j, to %j', (code, names, to, chats) => {
    expect(status(code, names, '', to)).toEqual({ code, chats, pairs: [] })
  })

  test('garbage is nothing', () => {
    expect(readStatus({})).toEqual({ code: 0, chats: [], pairs: [] })
    expect(status(4, ',,', '<<<').chats).toEqual([])
  })
})

describe('real ids', () => {
  const id = 'wxid_ab12cd34ef56'

  test.each([
    [34, `<msg><voicemsg fromusername="${id}"/></msg>`],
    [43, `<msg><videomsg fromusername = "${id}"/></msg>`],
    [47, `<msg><emoji fromusername="${id}" tousername="wxid_x"></emoji></msg>`],
    [49, `<msg><appmsg><title>t</title></appmsg><fromusername>${id}</fromusername></msg>`],
  ])('type %i tells its sender', (MsgType, xml) => {
    expect(realIdOf({ MsgType }, escaped(xml))).toBe(id)
  })

  test.each([
    [42, `<msg username="${id}" fromusername="${id}"/>`],
    [37, `<msg fromusername="${id}"/>`],
    [3, `<msg><img fromusername="${id}"/></msg>`],
    [49, `<msg><appmsg><refermsg><chatusr>${id}</chatusr></refermsg></appmsg></msg>`],
    [34, '<msg><voicemsg fromusername=""/></msg>'],
    [34, '<msg><voicemsg fromusername="@77ab"/></msg>'],
    [34, '<msg><voicemsg fromusername="../../x"/></msg>'],
  ])('type %i with %s tells nothing sure', (MsgType, xml) => {
    expect(realIdOf({ MsgType }, escaped(xml))).toBeUndefined()
    expect(chatRealIdOf({ MsgType }, escaped(xml))).toBeUndefined()
  })

  test('a recall tells the real id of its chat', () => {
    const recall = (session: string) => sysmsg(`<session>${session}</session><msgid>1</msgid>`)
    expect(chatRealIdOf({ MsgType: 10002 }, recall(id))).toBe(id)
    expect(chatRealIdOf({ MsgType: 10002 }, recall('1@chatroom'))).toBe('1@chatroom')
    expect(chatRealIdOf({ MsgType: 10002 }, recall('@77ab'))).toBeUndefined()
    expect(chatRealIdOf({ MsgType: 49 }, recall(id))).toBeUndefined()
  })
})
