import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { toWebwx } from '../../../../../adapters/wechat-web/client/client.ts'
import { tempFolder } from '../../../../support/ports.ts'
import { until } from '../../../../support/until.ts'
import type { Bench } from '../bench.ts'
import { type Case, type Cases, own } from './case.ts'
import { loginCases } from './login.ts'
import { sendCases } from './send.ts'

type Say = (b: Bench) => Promise<string>

/** Someone says something; as webwx it has these fields, and no others. */
function gives(say: Say, fields: Readonly<Record<string, unknown>>): Case {
  return async (b) => {
    const id = await say(b)
    const found = await until(async () => {
      await b.client.configuredReply(50)
      return b.heard.find((each) => each.msgId === id)
    }, `message ${id}`)
    expect(toWebwx(found)).toEqual({
      senderName: found.fromUserName,
      msgId: id,
      ...fields,
    })
  }
}

const lin = {
  senderType: 'CONTACT',
  contactNickName: '林小满🌿',
  contactRemarkName: '',
} as const

const text = gives(({ control }) => control.say('lin', 'a <b> & 🌿'), {
  ...lin,
  msgType: 'TEXT',
  content: 'a <b> & 🌿',
})
const remark = gives(({ control }) => control.say('zhou', 'hi'), {
  senderType: 'CONTACT',
  contactNickName: '周明远',
  contactRemarkName: '老周（木工）',
  msgType: 'TEXT',
  content: 'hi',
})
const hikers = {
  senderType: 'GROUP',
  groupNickName: '周末爬山队⛰️',
  userNickName: '吴大山',
  userDisplayName: '吴领队',
  meIsAt: false,
} as const
const group = gives(({ control }) => control.say('wu', 'hello all', 'hikers'), {
  ...hikers,
  msgType: 'TEXT',
  content: 'hello all',
})
const called = gives(({ control }) => control.say('wu', '@行舟\u2005来', 'hikers'), {
  ...hikers,
  meIsAt: true,
  msgType: 'TEXT',
  content: '@行舟\u2005来',
})
const noDisplay = gives(({ control }) => control.say('mei', 'hm', 'hikers'), {
  ...hikers,
  userNickName: 'Mei Chen',
  userDisplayName: '',
  msgType: 'TEXT',
  content: 'hm',
})
const mp = gives(({ control }) => control.say('paper', '晚报'), {
  senderType: 'SUBSCRIPTION',
  subscriptionNickName: '城市晚报',
  msgType: 'TEXT',
  content: '晚报',
})
const myself = gives(({ control }) => control.phoneSay('lin', 'by me'), {
  senderType: 'MYSELF',
  myNickName: '许行舟🌊',
  msgType: 'TEXT',
  content: 'by me',
})
const position = gives(
  ({ control }) =>
    control.inject({
      MsgType: 1,
      SubMsgType: 48,
      FromUserName: '<lin>',
      Content:
        '西湖区(断桥):<br/>/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=1&pictype=location',
      OriContent:
        '<?xml version="1.0"?><msg><location x="30.259998" y="120.150002" scale="16" label="西湖区" maptype="0" poiname="断桥" /></msg>',
    }),
  {
    ...lin,
    msgType: 'POSITION',
    x: '30.259998',
    y: '120.150002',
    scale: '16',
    label: '西湖区',
    poiname: '断桥',
  },
)
const downloadFunc = expect.any(Function)
const image = gives(
  ({ control }) =>
    control.inject({
      MsgType: 3,
      FromUserName: '<lin>',
      MsgId: '77001',
      ImgHeight: 60,
      ImgWidth: 120,
    }),
  { ...lin, msgType: 'IMAGE', imgHeight: 60, imgWidth: 120, mediaId: '77001', downloadFunc },
)
const voice = gives(
  ({ control }) =>
    control.inject({ MsgType: 34, FromUserName: '<lin>', MsgId: '77002', VoiceLength: 2340 }),
  { ...lin, msgType: 'VOICE', voiceLength: 2340, mediaId: '77002', downloadFunc },
)
const video = gives(
  ({ control }) =>
    control.inject({
      MsgType: 43,
      FromUserName: '<lin>',
      MsgId: '77003',
      ImgHeight: 90,
      ImgWidth: 160,
      PlayLength: 12,
    }),
  {
    ...lin,
    msgType: 'VIDEO',
    imgHeight: 90,
    imgWidth: 160,
    playLength: 12,
    mediaId: '77003',
    downloadFunc,
  },
)
const card = gives(
  ({ control }) =>
    control.inject({
      MsgType: 42,
      FromUserName: '<lin>',
      Content:
        '&lt;msg username="wxid_abc" nickname="阿明 &amp;amp; 阿花" alias="aming" province="浙江" city="杭州" sex="1" regionCode="CN_Zhejiang_Hangzhou" /&gt;',
    }),
  {
    ...lin,
    msgType: 'CARD',
    username: 'wxid_abc',
    nickname: '阿明 & 阿花',
    alias: 'aming',
    province: '浙江',
    city: '杭州',
    sex: '1',
    regionCode: 'CN_Zhejiang_Hangzhou',
  },
)
const animation = gives(
  ({ control }) =>
    control.inject({ MsgType: 47, FromUserName: '<lin>', ImgHeight: 200, ImgWidth: 240 }),
  { ...lin, msgType: 'ANIMATION', imgHeight: 200, imgWidth: 240 },
)
const file = gives(
  ({ control }) =>
    control.inject({
      MsgType: 49,
      AppMsgType: 6,
      FromUserName: '<lin>',
      FileName: '报告 &amp; 表.pdf',
      EncryFileName: '%E6%8A%A5%E5%91%8A',
      FileSize: '1234',
      MediaId: '@crypt_media',
      Content:
        '&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;报告.pdf&lt;/title&gt;&lt;type&gt;6&lt;/type&gt;&lt;/appmsg&gt;&lt;/msg&gt;',
    }),
  {
    ...lin,
    msgType: 'FILE',
    fileName: '报告 & 表.pdf',
    encryFileName: '%E6%8A%A5%E5%91%8A',
    fileSize: '1234',
    mediaId: '@crypt_media',
    downloadFunc,
  },
)
const revoke: Case = async (b) => {
  const id = await b.control.say('lin', 'to be revoked')
  await b.hear('text', (each) => each.msgId === id)
  await gives(({ control }) => control.recall(id), { ...lin, msgType: 'REVOKE', revokedMsgId: id })(
    b,
  )
}
const unsupported: Case = async (b) => {
  await gives(({ control }) => control.inject({ MsgType: 9876, FromUserName: '<lin>' }), {
    ...lin,
    msgType: 'UNSUPPORTED',
  })(b)
  await gives(
    ({ control }) => control.share('lin', { kind: 'link', title: 't', url: 'https://x.example/' }),
    {
      ...lin,
      msgType: 'UNSUPPORTED',
    },
  )(b)
  const stranger = `@${'a'.repeat(64)}`
  await gives(({ control }) => control.inject({ FromUserName: stranger, Content: 'who?' }), {
    senderType: 'UNSUPPORTED',
    msgType: 'TEXT',
    content: 'who?',
  })(b)
}

/** All four kinds save their bytes under the name webwx gives them, and nowhere else. */
const download: Case = own(async (b) => {
  const folder = await tempFolder()
  const bytes = Buffer.from('some bytes')
  const ids = [
    await b.control.picture('lin', Buffer.concat([Buffer.from('\xff\xd8\xff', 'latin1'), bytes])),
    await b.control.share('lin', { kind: 'voice' }),
    await b.control.share('lin', { kind: 'video' }),
    await b.control.share('lin', { kind: 'file', name: '../../名.txt', bytes }),
  ]
  const names: string[] = []
  for (const id of ids) {
    const message = await until(async () => {
      await b.client.configuredReply(50)
      return b.heard.find((each) => each.msgId === id)
    })
    const seen = toWebwx(message)
    if (!('downloadFunc' in seen)) throw new Error(`${seen.msgType} cannot be downloaded`)
    const path = await seen.downloadFunc(folder.path)
    expect((await readFile(path)).length).toBeGreaterThan(0)
    names.push(path.slice(folder.path.length + 1))
  }
  expect(names).toEqual([
    `img_${ids[0]}.jpg`,
    `voice_${ids[1]}.mp3`,
    `video_${ids[2]}.mp4`,
    '名.txt',
  ])
  await folder.drop()
})

/** By a name only one has; of two of the same name none. */
const receiver: Case = own(async (b) => {
  for (const name of ['老周（木工）', '周明远', '一家人❤️', 'filehelper']) {
    expect(await b.client.sendText(`to ${name}`, name), name).toMatchObject({ ok: true })
  }
  expect(b.control.delivered().map((each) => each.to)).toEqual([
    'zhou',
    'zhou',
    'family',
    'filehelper',
  ])
  await b.control.rename('lin', '周明远')
  await until(() => b.client.find(b.control.userName('lin'))?.nickName === '周明远')
  expect(await b.client.sendText('which?', '周明远')).toMatchObject({ ok: false, ret: -1005 })
  expect(await b.client.sendText('who?', 'no one')).toMatchObject({ ok: false, ret: -1001 })
  expect(b.control.delivered()).toHaveLength(4)
})

const of = (cases: Cases, name: string): Case => {
  const found = cases[name]
  if (!found) throw new Error(`There is no case for ${name}.`)
  return found
}

export const webwxCases: Cases = {
  ...{ senderType: text, senderName: text, msgType: text, msgId: text },
  ...{ GROUP: group, groupNickName: group, userNickName: group },
  ...{ userDisplayName: noDisplay, meIsAt: called },
  ...{ SUBSCRIPTION: mp, subscriptionNickName: mp },
  ...{ CONTACT: remark, contactNickName: remark, contactRemarkName: remark },
  ...{ MYSELF: myself, myNickName: myself },
  ...{ UNSUPPORTED: unsupported, TEXT: text, content: text },
  ...{ POSITION: position, x: position, y: position, scale: position },
  ...{ label: position, poiname: position },
  ...{ IMAGE: image, imgHeight: image, imgWidth: image, mediaId: image },
  ...{ downloadFunc: download, VOICE: voice, voiceLength: voice },
  ...{ VIDEO: video, playLength: video, ANIMATION: animation },
  ...{ CARD: card, username: card, nickname: card, alias: card, province: card, city: card },
  ...{ sex: card, regionCode: card },
  ...{ FILE: file, fileName: file, encryFileName: file, fileSize: file },
  ...{ REVOKE: revoke, revokedMsgId: revoke },
  send_text: of(sendCases, 'send_msg'),
  send_image: of(sendCases, 'send_image'),
  send_video: of(sendCases, 'send_video'),
  send_file: of(sendCases, 'send_file'),
  receiver,
  login: of(loginCases, 'auto_login'),
  enable_relogin: of(loginCases, 'load_login_status'),
  run: of(loginCases, 'run'),
  logout: of(loginCases, 'logout'),
}
