import { hex } from './dice.ts'
import { fullPinyin } from './pinyin.ts'
import type { Session } from './session.ts'
import { wireName, wireXml, xmlValue } from './text.ts'
import type { Message, World } from './world.ts'

interface Wired {
  readonly fields: Readonly<Record<string, unknown>>
  readonly content: string
}

/** A contact card, MsgType 42 (protocol §5.5): of a stranger it names only an encrypted id. */
export function cardWire(world: World, session: Session, who: string): Wired {
  const figure = world.person(who)
  const mp = figure.kind === 'mp'
  const id =
    figure.kind === 'stranger' ? `v3_${hex(64, world.seed, who, 'card')}@stranger` : figure.realId
  const xml =
    `<?xml version="1.0"?>\n<msg bigheadimgurl="" smallheadimgurl="" username="${xmlValue(id)}" ` +
    `nickname="${xmlValue(figure.name)}" fullpy="${xmlValue(fullPinyin(figure.name))}" shortpy="" ` +
    `alias="${xmlValue(figure.alias)}" imagestatus="3" scene="17" province="${figure.city ? '浙江' : ''}" ` +
    `city="${xmlValue(figure.city)}" sign="" sex="${figure.sex}" certflag="${mp ? 24 : 0}" certinfo="" ` +
    'brandIconUrl="" brandHomeUrl="" brandSubscriptConfigUrl="" brandFlags="0" regionCode="CN_Zhejiang_" />\n'
  return {
    fields: {
      MsgType: 42,
      RecommendInfo: {
        ...NOBODY,
        UserName: session.nameOf(who),
        NickName: wireName(figure.name),
        Province: figure.city ? '浙江' : '',
        City: figure.city,
        Alias: figure.alias,
        Scene: 17,
        VerifyFlag: mp ? 24 : 0,
        Sex: figure.sex,
      },
    },
    content: wireXml(xml),
  }
}

/** A friend request, MsgType 37, from `fmessage` (protocol §5.5). `ticket` accepts it. */
export function requestWire(
  world: World,
  session: Session,
  message: Message,
  greeting: string,
  ticket: string,
): Wired {
  const figure = world.person(message.chat)
  const given = {
    fromusername: figure.realId,
    encryptusername: `v1_${hex(64, world.seed, figure.who, 'encrypted')}@stranger`,
    fromnickname: figure.name,
    content: greeting,
    shortpy: '',
    imagestatus: '3',
    scene: '14',
    country: 'CN',
    province: figure.city ? 'Zhejiang' : '',
    city: figure.city,
    sign: figure.signature,
    percard: '1',
    sex: String(figure.sex),
    alias: figure.alias,
    snsflag: '17',
    bigheadimgurl: '',
    smallheadimgurl: '',
    ticket,
    opcode: '2',
    chatroomusername: '',
  }
  const attributes = Object.entries(given).map(([name, value]) => `${name}="${xmlValue(value)}"`)
  return {
    fields: {
      MsgType: 37,
      FromUserName: 'fmessage',
      ToUserName: session.nameOf('me'),
      RecommendInfo: {
        ...NOBODY,
        UserName: session.nameOf(figure.who),
        NickName: wireName(figure.name),
        Province: figure.city ? '浙江' : '',
        City: figure.city,
        Content: wireName(greeting),
        Signature: wireName(figure.signature),
        Alias: figure.alias,
        Scene: 14,
        Sex: figure.sex,
        Ticket: ticket,
        OpCode: 2,
      },
    },
    content: wireXml(
      `<msg ${attributes.join(' ')}><brandlist count="0" ver="651234567"></brandlist></msg>`,
    ),
  }
}

/** An empty RecommendInfo (protocol §5.1). */
export const NOBODY = {
  UserName: '',
  NickName: '',
  QQNum: 0,
  Province: '',
  City: '',
  Content: '',
  Signature: '',
  Alias: '',
  Scene: 0,
  VerifyFlag: 0,
  AttrStatus: 0,
  Sex: 0,
  Ticket: '',
  OpCode: 0,
}
