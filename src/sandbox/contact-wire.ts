import type { Group, Member, Person } from './cast.ts'
import { number } from './dice.ts'
import { fullPinyin, initials } from './pinyin.ts'
import type { Session } from './session.ts'
import { wireName } from './text.ts'
import type { World } from './world.ts'

/** A contact or a room as the lists have it (protocol §3.2). Rooms carry members only with `members`. */
export function wireContact(
  world: World,
  session: Session,
  who: string,
  members: boolean,
): Readonly<Record<string, unknown>> {
  const figure = world.figure(who)
  return figure.kind === 'group'
    ? room(world, session, figure, members)
    : person(world, session, figure)
}

function person(world: World, session: Session, figure: Person) {
  const { remark } = figure
  const listed = figure.kind === 'friend' || figure.kind === 'mp'
  return {
    ...shared(session, figure),
    Uin: figure.kind === 'me' ? session.uin : 0,
    HeadImgUrl: headImgUrl(world, session, figure),
    ContactFlag:
      (listed ? 3 : figure.kind === 'special' ? 1 : 0) |
      (figure.muted ? MUTED : 0) |
      (figure.pinned ? PINNED : 0),
    RemarkName: wireName(remark),
    RemarkPYInitial: initials(remark),
    RemarkPYQuanPin: fullPinyin(remark),
    Alias: figure.alias,
    Sex: figure.sex,
    Signature: wireName(figure.signature),
    VerifyFlag: figure.kind === 'mp' ? 8 : figure.who === 'weixin' ? 56 : 0,
    AttrStatus: number(4_294_967_295, world.seed, figure.face, 'attr'),
    Province: figure.city ? '浙江' : '',
    City: figure.city,
    SnsFlag: figure.kind === 'friend' ? 17 : 0,
    KeyWord: figure.kind === 'mp' ? 'gh_' : '',
  }
}

function room(world: World, session: Session, figure: Group, members: boolean) {
  return {
    ...shared(session, figure),
    HeadImgUrl: headImgUrl(world, session, figure),
    ContactFlag: (figure.saved ? 3 : 2) | (figure.pinned ? PINNED : 0),
    MemberCount: members ? figure.members.length : 0,
    MemberList: members ? figure.members.map((member) => wireMember(world, session, member)) : [],
    Statues: figure.muted ? 0 : 1,
    IsOwner: figure.owner === 'me' ? 1 : 0,
    ChatRoomOwner: members ? session.nameOf(figure.owner) : '',
    EncryChatRoomId: members ? session.roomId(figure.who) : '',
  }
}

/** Someone as a member list has them (protocol §3.2). */
export function wireMember(
  world: World,
  session: Session,
  { who, display }: Member,
): Readonly<Record<string, unknown>> {
  const figure = world.person(who)
  return {
    Uin: 0,
    UserName: session.nameOf(who),
    NickName: wireName(figure.name),
    AttrStatus: number(4_294_967_295, world.seed, figure.face, 'attr'),
    PYInitial: initials(figure.name),
    PYQuanPin: fullPinyin(figure.name),
    RemarkPYInitial: initials(figure.remark),
    RemarkPYQuanPin: fullPinyin(figure.remark),
    MemberStatus: 0,
    DisplayName: wireName(display),
    KeyWord: '',
  }
}

/** `seq` stays the same at every login, but is 0 for groups and for whoever has no picture (protocol §3.7). */
function headImgUrl(world: World, session: Session, figure: Person | Group): string {
  const name = session.nameOf(figure.who)
  const isGroup = figure.kind === 'group'
  const seq =
    isGroup || !figure.avatar
      ? 0
      : 600_000_000 + number(90_000_000, world.seed, figure.who, ...turns(figure))
  const page = isGroup ? 'webwxgetheadimg' : 'webwxgeticon'
  return `/cgi-bin/mmwebwx-bin/${page}?seq=${seq}&username=${name}&skey=${session.skey}`
}

function shared(session: Session, figure: Person | Group) {
  return {
    Uin: 0,
    UserName: session.nameOf(figure.who),
    NickName: wireName(figure.name),
    HeadImgUrl: '',
    ContactFlag: 0,
    MemberCount: 0,
    MemberList: [],
    RemarkName: '',
    HideInputBarFlag: 0,
    Sex: 0,
    Signature: '',
    VerifyFlag: 0,
    OwnerUin: 0,
    PYInitial: initials(figure.name),
    PYQuanPin: fullPinyin(figure.name),
    RemarkPYInitial: '',
    RemarkPYQuanPin: '',
    StarFriend: 0,
    AppAccountFlag: 0,
    Statues: 0,
    AttrStatus: 0,
    Province: '',
    City: '',
    Alias: '',
    SnsFlag: 0,
    UniFriend: 0,
    DisplayName: '',
    ChatRoomId: 0,
    KeyWord: '',
    EncryChatRoomId: '',
    IsOwner: 0,
  }
}

function turns(figure: Person | Group): readonly number[] {
  return figure.avatars > 0 ? [figure.avatars] : []
}

const MUTED = 512
const PINNED = 2048
