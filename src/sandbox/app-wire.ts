import { hex } from './dice.ts'
import { historyXml } from './history-wire.ts'
import { fileSize } from './share-files.ts'
import type { Article, Shared } from './shared.ts'
import { wireName, wireText, wireXml, xmlValue } from './text.ts'
import type { Message, World } from './world.ts'

interface Wired {
  readonly fields: Readonly<Record<string, unknown>>
  readonly content: string
}

/** The parts of an app message that differ. Texts as typed; `inner` is XML. */
interface App {
  readonly type: number
  readonly title: string
  readonly des?: string
  readonly url?: string
  readonly data?: string
  readonly inner?: string
  readonly attach?: string
  readonly source?: readonly [id: string, name: string]
  readonly appname?: string
}

/** What a shared thing is as an app message, MsgType 49 (protocol §5.6). */
export function appWire(world: World, message: Message, what: Shared): Wired {
  const from = message.from === undefined ? '' : world.figure(message.from).realId
  if (what.kind === 'prompt')
    return {
      fields: {
        MsgType: 49,
        AppMsgType: what.appMsgType ?? 0,
        FileName: wireName(what.title ?? ''),
      },
      content: wireText(what.text ?? '该类型暂不支持，请在手机上查看'),
    }
  const app = what.kind === 'quote' ? quote(world, message, what) : appOf(world, message, what)
  return {
    fields: {
      MsgType: 49,
      AppMsgType: app.type,
      FileName: wireName(app.title),
      Url: xmlValue(app.url ?? ''),
      ...(what.kind === 'file' ? fileFields(world, message, what) : {}),
    },
    content: wireXml(appXml(app, from)),
  }
}

/** The whole document (protocol §5.6). */
function appXml(app: App, from: string): string {
  const { title, des = '', url = '', data = '', inner = '', attach, source, appname = '' } = app
  const attached =
    attach ??
    '<totallen>0</totallen><attachid></attachid><emoticonmd5></emoticonmd5><fileext></fileext><cdnthumburl></cdnthumburl><aeskey></aeskey>'
  return (
    `<?xml version="1.0"?>\n<msg>\n\t<appmsg appid="" sdkver="0">\n\t\t<title>${xmlValue(title)}</title>\n` +
    `\t\t<des>${xmlValue(des)}</des>\n\t\t<action>view</action>\n\t\t<type>${app.type}</type>\n` +
    `\t\t<showtype>0</showtype>\n\t\t<content />\n\t\t<url>${xmlValue(url)}</url>\n\t\t<lowurl />\n` +
    `\t\t<dataurl>${xmlValue(data)}</dataurl>\n\t\t<lowdataurl />\n\t\t<appattach>${attached}</appattach>\n` +
    `\t\t<extinfo />\n\t\t<sourceusername>${xmlValue(source?.[0] ?? '')}</sourceusername>\n` +
    `\t\t<sourcedisplayname>${xmlValue(source?.[1] ?? '')}</sourcedisplayname>\n\t\t<thumburl />\n\t\t<md5 />\n` +
    `${inner}\n\t</appmsg>\n\t<fromusername>${xmlValue(from)}</fromusername>\n\t<scene>0</scene>\n` +
    `\t<appinfo>\n\t\t<version>1</version>\n\t\t<appname>${xmlValue(appname)}</appname>\n\t</appinfo>\n` +
    '\t<commenturl></commenturl>\n</msg>\n'
  )
}

function appOf(world: World, message: Message, what: Shared): App {
  switch (what.kind) {
    case 'file': {
      const dot = what.name.lastIndexOf('.')
      const length = fileSize(what)
      const attach =
        `<totallen>${length}</totallen><attachid>@cdn_${hex(32, message.id, 'cdn')}</attachid>` +
        `<fileext>${xmlValue(dot < 0 ? '' : what.name.slice(dot + 1))}</fileext>`
      return { type: 6, title: what.name, attach, appname: '微信电脑版' }
    }
    case 'link':
      return {
        type: 5,
        title: what.title,
        des: what.description ?? '',
        url: what.url,
        appname: what.source ?? '',
      }
    case 'articles':
      return articles(world, message, what.items, what.source)
    case 'music':
      return {
        type: 3,
        title: what.title,
        des: what.artist,
        url: what.url,
        data: what.stream ?? what.url,
        appname: what.source ?? '',
      }
    case 'miniProgram': {
      const page = cdata(what.page ?? 'pages/index.html')
      return {
        type: 33,
        title: what.title,
        url: 'https://mp.weixin.qq.com/mp/waerrpage?appid=wx1122334455667788&type=upgrade#wechat_redirect',
        source: ['gh_sandbox@app', what.name],
        inner:
          `<weappinfo><username>${cdata('gh_sandbox@app')}</username><appid>${cdata('wx1122334455667788')}` +
          `</appid><pagepath>${page}</pagepath><weappiconurl><![CDATA[]]></weappiconurl><shareId></shareId></weappinfo>`,
      }
    }
    case 'channel':
      return channel(what)
    case 'history':
      return {
        type: 19,
        title: what.title,
        des: what.lines.map(({ name, text }) => `${name}: ${text}`).join('\n'),
        url: 'https://support.weixin.qq.com/cgi-bin/mmsupport-bin/readtemplate?t=page/favorite_record__w_unsupport',
        inner: `<recorditem>${cdata(historyXml(what.title, what.lines))}</recorditem>`,
      }
    case 'solitaire':
      return { type: 53, title: what.text }
    case 'announcement':
      return {
        type: 87,
        title: '当前微信版本不支持展示该内容，请升级至最新版本。',
        inner: `<textannouncement>${xmlValue(what.text)}</textannouncement>`,
      }
    case 'liveLocation':
      return { type: 17, title: '我发起了位置共享' }
    case 'redPacket':
      return {
        type: 2001,
        title: '微信红包',
        des: '我给你发了一个红包，赶紧去拆!',
        inner: `<wcpayinfo><sendertitle>${cdata(what.memo ?? '恭喜发财，大吉大利')}</sendertitle></wcpayinfo>`,
      }
    case 'transfer':
      return transfer(message, what)
    case 'groupInvite': {
      const who = world.nameOf(message.from ?? message.chat)
      const des = `"${who}"邀请你加入群聊${what.group}，进入可查看详情。`
      return { type: 5, title: '邀请你加入群聊', des, url: what.url ?? INVITATION }
    }
    case 'appText':
      return { type: 1, title: what.text }
    case 'appPicture':
      return { type: 2, title: '', appname: what.app ?? '画板' }
    case 'unknown':
      return { type: what.type, title: what.content ?? '' }
    default:
      throw new Error(`A ${what.kind} is no app message.`)
  }
}

/** The quoted message by its MsgId, type and content; what is not text is there as XML (protocol §5.6). */
function quote(world: World, message: Message, what: Shared & { readonly kind: 'quote' }): App {
  const of = world.message(what.of)
  const isGroup = world.figure(message.chat).kind === 'group'
  const author = of.from ?? of.chat
  const { type, content } = quoted(world, of)
  const chatUser = isGroup ? `<chatusr>${xmlValue(world.figure(author).realId)}</chatusr>` : ''
  return {
    type: 57,
    title: what.text,
    inner:
      `<refermsg><type>${type}</type><svrid>${of.id}</svrid>` +
      `<fromusr>${xmlValue(world.figure(message.chat).realId)}</fromusr>${chatUser}` +
      `<displayname>${xmlValue(world.nameOf(author, message.chat))}</displayname>` +
      `<msgsource>${xmlValue('<msgsource><silence>0</silence></msgsource>')}</msgsource>` +
      `<content>${xmlValue(content)}</content></refermsg>`,
  }
}

function quoted(world: World, of: Message): { type: number; content: string } {
  const { body } = of
  if (body.kind === 'text') return { type: 1, content: body.text }
  if (body.kind === 'picture') return { type: 3, content: '<msg><img length="0" /></msg>' }
  if (body.kind !== 'shared') return { type: 1, content: '' }
  const { what } = body
  switch (what.kind) {
    case 'voice':
      return { type: 34, content: `${what.ms ?? 3_100}:0` }
    case 'video':
      return { type: 43, content: `${what.bytes?.byteLength ?? 0}:${what.seconds ?? 4}` }
    case 'sticker':
    case 'storeSticker':
    case 'dice':
    case 'morra':
      return { type: 47, content: '' }
    case 'card':
      return { type: 42, content: '<msg />' }
    case 'location':
      return { type: 48, content: `<msg><location label="${xmlValue(what.label ?? '')}" /></msg>` }
    case 'plainQuote':
      return { type: 1, content: what.text }
    case 'call':
    case 'pat':
    case 'prompt':
      return { type: 1, content: '' }
    default: {
      const app = what.kind === 'quote' ? quote(world, of, what) : appOf(world, of, what)
      return { type: 49, content: appXml(app, world.figure(of.from ?? of.chat).realId) }
    }
  }
}

function fileFields(world: World, message: Message, what: Shared & { readonly kind: 'file' }) {
  return {
    MediaId: world.mediaId(message.id),
    FileSize: String(fileSize(what)),
    EncryFileName: encodeURIComponent(what.name),
  }
}

function articles(
  world: World,
  message: Message,
  items: readonly Article[],
  source = world.nameOf(message.chat),
): App {
  const [first] = items
  const each = items.map(
    ({ title, url, digest = '', cover = '' }) =>
      `<item><itemshowtype>4</itemshowtype><title>${xmlValue(title)}</title><url>${xmlValue(url)}</url>` +
      '<shorturl></shorturl><longurl></longurl>' +
      `<pub_time>${Math.floor(message.at / 1000)}</pub_time><cover>${xmlValue(cover)}</cover>` +
      `<digest>${xmlValue(digest)}</digest><fileid>0</fileid>` +
      `<sources><source><name>${xmlValue(source)}</name></source></sources></item>`,
  )
  return {
    type: 5,
    title: first?.title ?? '',
    des: first?.digest ?? '',
    url: first?.url ?? '',
    appname: source,
    inner:
      `<mmreader><category type="20" count="${items.length}"><name>${xmlValue(source)}</name><topnew>` +
      `<cover>${xmlValue(first?.cover ?? '')}</cover><width>0</width><height>0</height>` +
      `<digest>${xmlValue(first?.digest ?? '')}</digest></topnew>${each.join('')}</category></mmreader>`,
  }
}

function channel(what: Shared & { readonly kind: 'channel' }): App {
  const title = '当前版本不支持展示该内容，请升级至最新版本。'
  const name = xmlValue(what.name)
  const text = xmlValue(what.text ?? '')
  if (what.what === 'card')
    return {
      type: 50,
      title,
      inner: `<findernamecard><nickname>${name}</nickname><avatar></avatar><auth_job>${text}</auth_job></findernamecard>`,
    }
  if (what.what === 'live')
    return {
      type: 63,
      title,
      inner: `<finderLive><nickname>${name}</nickname><desc>${text}</desc></finderLive>`,
    }
  return {
    type: 51,
    title,
    inner:
      `<finderFeed><objectId>13600000000000000001</objectId><nickname>${name}</nickname><desc>${text}</desc>` +
      '<mediaCount>1</mediaCount><mediaList><media><url></url><thumbUrl></thumbUrl>' +
      '<videoPlayDuration>12</videoPlayDuration></media></mediaList></finderFeed>',
  }
}

function transfer(message: Message, what: Shared & { readonly kind: 'transfer' }): App {
  const subtype = { sent: 1, accepted: 3, returned: 4 }[what.phase]
  const begun = Math.floor(message.at / 1000)
  return {
    type: 2000,
    title: '微信转账',
    des: `收到转账${what.amount.replace(/^[¥￥]/, '')}元。如需收钱，请点此升级至最新版本`,
    url: 'https://support.weixin.qq.com/cgi-bin/mmsupport-bin/readtemplate?t=page/common_page__upgrade',
    inner:
      `<wcpayinfo><paysubtype>${subtype}</paysubtype><feedesc>${cdata(what.amount)}</feedesc>` +
      // Spelled so on the real wire (protocol §10 trap 43).
      `<transcationid>${cdata(`1000050201${message.id}`)}</transcationid>` +
      `<transferid>${cdata(`1000050201${message.id}`)}</transferid>` +
      `<invalidtime>${cdata(String(begun + 86_400))}</invalidtime>` +
      `<begintransfertime>${cdata(String(begun))}</begintransfertime>` +
      `<effectivedate>${cdata('1')}</effectivedate><pay_memo>${cdata(what.memo ?? '')}</pay_memo></wcpayinfo>`,
  }
}

function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}

const INVITATION =
  'https://support.weixin.qq.com/cgi-bin/mmsupport-bin/addchatroombyinvite?ticket=sandbox'
