import type { Group, Person } from './cast.ts'
import { number } from './dice.ts'
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
  return {
    ...shared(world, session, figure),
    Uin: figure.kind === 'me' ? session.uin : 0,
    HeadImgUrl: headImgUrl(world, session, figure),
    ContactFlag:
      figure.kind === 'friend' || figure.kind === 'mp' ? 3 : figure.kind === 'special' ? 1 : 0,
    RemarkName: wireName(figure.remark ?? ''),
    Sex: figure.sex,
    Signature: wireName(figure.signature),
    VerifyFlag: figure.kind === 'mp' ? 8 : figure.who === 'weixin' ? 56 : 0,
    AttrStatus: number(4_294_967_295, world.seed, figure.who, 'attr'),
    Province: figure.city ? '浙江' : '',
    City: figure.city,
    SnsFlag: figure.kind === 'friend' ? 17 : 0,
    KeyWord: figure.kind === 'mp' ? 'gh_' : '',
  }
}

function room(world: World, session: Session, figure: Group, members: boolean) {
  return {
    ...shared(world, session, figure),
    HeadImgUrl: headImgUrl(world, session, figure),
    ContactFlag: figure.saved ? 3 : 2,
    MemberCount: members ? figure.members.length : 0,
    MemberList: members
      ? figure.members.map((member) => ({
          Uin: 0,
          UserName: session.nameOf(member.who),
          NickName: wireName(world.figure(member.who).name),
          AttrStatus: number(4_294_967_295, world.seed, member.who, 'attr'),
          PYInitial: '',
          PYQuanPin: '',
          RemarkPYInitial: '',
          RemarkPYQuanPin: '',
          MemberStatus: 0,
          DisplayName: wireName(member.display),
          KeyWord: '',
        }))
      : [],
    Statues: 1,
    IsOwner: figure.owner === 'me' ? 1 : 0,
    ChatRoomOwner: members ? session.nameOf(figure.owner) : '',
    EncryChatRoomId: members ? session.roomId(figure.who) : '',
  }
}

/** `seq` stays the same at every login, but is 0 for groups and for whoever has no picture (protocol §3.7). */
function headImgUrl(world: World, session: Session, figure: Person | Group): string {
  const name = session.nameOf(figure.who)
  const isGroup = figure.kind === 'group'
  const seq =
    isGroup || !figure.avatar ? 0 : 600_000_000 + number(90_000_000, world.seed, figure.who)
  const page = isGroup ? 'webwxgetheadimg' : 'webwxgeticon'
  return `/cgi-bin/mmwebwx-bin/${page}?seq=${seq}&username=${name}&skey=${session.skey}`
}

function shared(world: World, session: Session, figure: Person | Group) {
  return {
    Uin: 0,
    UserName: session.nameOf(figure.who),
    NickName: wireName(world.figure(figure.who).name),
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
    PYInitial: '',
    PYQuanPin: '',
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
