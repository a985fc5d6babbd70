import type { Who } from './sandbox.ts'

/** Someone the owner can meet: a friend, a stranger met in groups, an official account, a special account. */
export interface Person {
  kind: 'me' | 'friend' | 'stranger' | 'mp' | 'special'
  readonly who: Who
  /** The name they gave themselves, as typed. */
  name: string
  /** What the owner calls them; empty: nothing. */
  remark: string
  /** The id they chose; mostly empty (protocol §3.2). */
  alias: string
  /** What stands for them inside XML on every observer's wire (protocol §3.1, §5.8). */
  readonly realId: string
  readonly sex: 0 | 1 | 2
  readonly city: string
  readonly signature: string
  /** File in `media/`; absent: no picture, the avatar endpoints answer nothing. */
  avatar?: string | undefined
  /** Goes up with every new picture. */
  avatars: number
  pinned: boolean
  muted: boolean
  /** They or the owner ended the friendship; what is sent to them is refused. */
  cut: boolean
  /** In the recent chats MsgType 51 tells of. */
  readonly recent: boolean
  /** What numbers nobody knows the meaning of come from: the same for two people nobody can tell apart. */
  readonly face: string
}

export interface Member {
  readonly who: Who
  /** Their nickname inside the group. */
  display: string
}

export interface Group {
  readonly kind: 'group'
  readonly who: Who
  name: string
  readonly realId: string
  /** Saved to contacts: only then webwxgetcontact has it (protocol §3.5). */
  readonly saved: boolean
  /** In the recent chats webwxinit and MsgType 51 tell of; else it is met through its messages alone. */
  readonly recent: boolean
  owner: Who
  readonly members: Member[]
  avatar?: string | undefined
  avatars: number
  pinned: boolean
  muted: boolean
}

export type Figure = Person | Group

/** A fresh copy of everyone, because a world may rename them. All of them are invented. */
export function cast(): readonly Figure[] {
  return [
    person('me', 'me', '许行舟🌊', {
      sex: 1,
      city: '杭州',
      signature: '山高水长',
      avatar: 'me.jpg',
    }),
    person('friend', 'lin', '林小满🌿', {
      sex: 2,
      city: '苏州',
      signature: '小满 <未满>',
      avatar: 'lin.jpg',
    }),
    person('friend', 'zhou', '周明远', {
      remark: '老周（木工）',
      sex: 1,
      city: '宁波',
      signature: '慢工出细活',
      avatar: 'zhou.jpg',
    }),
    person('friend', 'html', '<b>Tom & "Jerry"</b><script>alert(1)</script>', {
      signature: "It's <i>fine</i> & done",
      avatar: 'html.jpg',
    }),
    person('stranger', 'qiao', '乔🏔️安', { sex: 2, city: '杭州', avatar: 'qiao.jpg' }),
    person('stranger', 'wu', '吴大山', { sex: 1, city: '绍兴', avatar: 'wu.jpg' }),
    person('stranger', 'mei', 'Mei Chen', { sex: 2 }),
    person('mp', 'paper', '城市晚报', { signature: '每天傍晚六点', avatar: 'paper.jpg' }),
    person('special', 'filehelper', '文件传输助手', {}),
    person('special', 'weixin', '微信团队', { avatar: 'weixin.jpg' }),
    group({
      who: 'hikers',
      name: '周末爬山队⛰️',
      realId: '24330947507@chatroom',
      saved: false,
      recent: true,
      owner: 'wu',
      members: [
        { who: 'me', display: '行舟' },
        { who: 'wu', display: '吴领队' },
        { who: 'lin', display: '' },
        { who: 'qiao', display: '乔安 & 狗' },
        { who: 'mei', display: '' },
      ],
      avatar: 'hikers.jpg',
    }),
    group({
      who: 'family',
      name: '一家人❤️',
      realId: '5817223046@chatroom',
      saved: true,
      recent: true,
      owner: 'me',
      members: [
        { who: 'me', display: '' },
        { who: 'zhou', display: '表哥' },
        { who: 'lin', display: '' },
      ],
      avatar: 'family.jpg',
    }),
    group({
      who: 'market',
      name: '',
      realId: '40711859236@chatroom',
      saved: false,
      recent: false,
      owner: 'mei',
      members: [
        { who: 'me', display: '' },
        { who: 'mei', display: '团长' },
        { who: 'zhou', display: '' },
        { who: 'wu', display: '' },
      ],
    }),
  ]
}

/** Someone new, as `addFriend` makes them. */
export function person(
  kind: Person['kind'],
  who: Who,
  name: string,
  more: Partial<Omit<Person, 'kind' | 'who' | 'name' | 'realId'>>,
): Person {
  const realId = kind === 'special' ? who : `${kind === 'mp' ? 'gh_' : 'wxid_'}${who}0sandbox`
  return {
    kind,
    who,
    name,
    realId,
    remark: '',
    alias: '',
    sex: 0,
    city: '',
    signature: '',
    avatars: 0,
    pinned: false,
    muted: false,
    cut: false,
    recent: true,
    face: who,
    ...more,
  }
}

/** A group; pinned and muted come later. */
export function group(
  of: Pick<Group, 'who' | 'name' | 'realId' | 'saved' | 'recent' | 'owner' | 'members' | 'avatar'>,
): Group {
  return { kind: 'group', avatars: 0, pinned: false, muted: false, ...of }
}

export function isIn(room: Group, who: Who): boolean {
  return room.members.some((member) => member.who === who)
}
