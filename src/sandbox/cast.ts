import type { Who } from './sandbox.ts'

/** Someone the owner can meet: a friend, a stranger met in groups, an official account, a special account. */
export interface Person {
  readonly kind: 'me' | 'friend' | 'stranger' | 'mp' | 'special'
  readonly who: Who
  /** The name they gave themselves, as typed. */
  name: string
  /** What the owner calls them. */
  readonly remark?: string
  /** What stands for them inside XML on every observer's wire (protocol §3.1, §5.8). */
  readonly realId: string
  readonly sex: 0 | 1 | 2
  readonly city: string
  readonly signature: string
  /** File in `media/`; absent: no picture, the avatar endpoints answer nothing. */
  readonly avatar?: string
}

export interface Member {
  readonly who: Who
  /** Their nickname inside the group. */
  readonly display: string
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
  readonly owner: Who
  readonly members: readonly Member[]
  readonly avatar?: string
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
    {
      kind: 'group',
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
    },
    {
      kind: 'group',
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
    },
    {
      kind: 'group',
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
    },
  ]
}

/** Someone new, as `addFriend` makes them. */
export function person(
  kind: Person['kind'],
  who: Who,
  name: string,
  more: Partial<Pick<Person, 'remark' | 'sex' | 'city' | 'signature' | 'avatar'>>,
): Person {
  const realId = kind === 'special' ? who : `${kind === 'mp' ? 'gh_' : 'wxid_'}${who}0sandbox`
  return { kind, who, name, realId, sex: 0, city: '', signature: '', ...more }
}
