import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { tempFolder } from '../../../../support/ports.ts'
import { type Cases, own, wire } from './case.ts'

const names = (users: readonly { nickName: string }[] | undefined) =>
  users?.map((each) => each.nickName)

export const peopleCases: Cases = {
  get_contact: async (b) => {
    expect(await wire(b, 'webwxgetcontact', () => b.client.getContact())).toBe(0)
    expect(await wire(b, 'webwxgetcontact', () => b.client.getContact(true))).toBeGreaterThan(0)
    expect(names((await b.client.getContact()).users)).toContain('一家人❤️')
  },
  get_friends: async (b) => {
    const { users } = await b.client.getFriends()
    expect(users?.[0]?.nickName).toBe('许行舟🌊')
    expect(names(users)).toEqual(expect.arrayContaining(['林小满🌿', '周明远']))
    expect(names(users)).not.toContain('吴大山')
    expect(await wire(b, 'webwxgetcontact', () => b.client.getFriends(true))).toBeGreaterThan(0)
  },
  get_chatrooms: async (b) => {
    const { users } = await b.client.getChatrooms()
    expect(names(users)).toEqual(expect.arrayContaining(['一家人❤️', '周末爬山队⛰️']))
    expect(users?.find((each) => each.nickName === '周末爬山队⛰️')?.members).toHaveLength(5)
    expect(await wire(b, 'webwxgetcontact', () => b.client.getChatrooms(true))).toBeGreaterThan(0)
    const saved = await b.client.getChatrooms(false, true)
    expect(names(saved.users)).toContain('一家人❤️')
    expect(names(saved.users)).not.toContain('周末爬山队⛰️')
  },
  get_mps: async (b) => {
    expect(names((await b.client.getMps()).users)).toEqual(['城市晚报'])
    expect(await wire(b, 'webwxgetcontact', () => b.client.getMps(true))).toBeGreaterThan(0)
  },
  search_friends: async (b) => {
    const { client, control } = b
    expect(client.searchFriends().nickName).toBe('许行舟🌊')
    expect(client.searchFriends({ userName: control.userName('lin') })?.nickName).toBe('林小满🌿')
    expect(client.searchFriends({ userName: '@nobody' })).toBeUndefined()
    expect(names(client.searchFriends({ name: '老周（木工）' }))).toEqual(['周明远'])
    expect(names(client.searchFriends({ name: '周明远' }))).toEqual(['周明远'])
    expect(client.searchFriends({ name: '周' })).toEqual([])
    expect(names(client.searchFriends({ nickName: '林小满🌿' }))).toEqual(['林小满🌿'])
    expect(client.searchFriends({ nickName: '林小满🌿', remarkName: 'x' })).toEqual([])
    expect(client.searchFriends({ wechatAccount: 'nobody' })).toEqual([])
  },
  search_chatrooms: async ({ client, control }) => {
    expect(names(client.searchChatrooms({ name: '爬山' }))).toEqual(['周末爬山队⛰️'])
    expect(client.searchChatrooms({ name: 'nothing like it' })).toEqual([])
    const userName = control.userName('family')
    expect(client.searchChatrooms({ userName, name: '爬山' })?.nickName).toBe('一家人❤️')
    expect(client.searchChatrooms({ userName: control.userName('lin') })).toBeUndefined()
  },
  search_mps: async ({ client, control }) => {
    expect(names(client.searchMps({ name: '晚报' }))).toEqual(['城市晚报'])
    expect(client.searchMps({ userName: control.userName('paper') })?.type).toBe('mp')
  },
  update_friend: async (b) => {
    const lin = b.control.userName('lin')
    b.mark()
    const { users } = await b.client.updateFriend([lin, b.control.userName('zhou')])
    expect(names(users)).toEqual(['林小满🌿', '周明远'])
    expect(b.asked('webwxbatchgetcontact')).toHaveLength(1)
    expect((await b.client.updateFriend(lin)).users).toHaveLength(1)
  },
  update_chatroom: async (b) => {
    const room = b.control.userName('hikers')
    b.mark()
    const { users } = await b.client.updateChatroom(room)
    expect(users?.[0]?.members.map((each) => each.displayName)).toContain('乔安 & 狗')
    expect(b.asked('webwxbatchgetcontact')).toHaveLength(1)
    const detailed = await b.client.updateChatroom([room], true)
    expect(b.asked('webwxbatchgetcontact')).toHaveLength(3)
    expect(detailed.users?.[0]?.members.map((each) => each.displayName)).toContain('乔安 & 狗')
    expect(await b.client.updateChatroom(`@@${'0'.repeat(64)}`)).toMatchObject({
      ok: false,
      ret: -1001,
    })
  },
  get_head_img: async (b) => {
    const folder = await tempFolder()
    const file = join(folder.path, 'head')
    b.mark()
    const lin = b.control.userName('lin')
    const hikers = b.control.userName('hikers')
    const member = { userName: b.control.userName('wu'), chatroomUserName: hikers }
    expect(await b.client.getHeadImg({ userName: lin }, file)).toMatchObject({
      ok: true,
      postFix: 'jpg',
    })
    expect((await stat(file)).size).toBeGreaterThan(100)
    expect(await b.client.getHeadImg({ chatroomUserName: hikers }, file)).toMatchObject({
      ok: true,
    })
    expect(await b.client.getHeadImg(member, file)).toMatchObject({ ok: true })
    expect(b.asked('webwxgetheadimg')).toHaveLength(1)
    const icons = b.asked('webwxgeticon').map((each) => each.url)
    expect(icons).toHaveLength(2)
    for (const url of icons) expect(url).toContain('type=big')
    expect(icons[1]).toContain('chatroomid=')
    await folder.drop()
  },
  set_alias: own(async (b) => {
    const zhou = b.control.userName('zhou')
    expect(await b.client.setAlias(zhou, '老周')).toMatchObject({ ok: true })
    expect(b.asked('webwxoplog')).toHaveLength(1)
    expect(b.control.figure('zhou').remark).toBe('老周')
    expect(b.client.find(zhou)?.remarkName).toBe('老周')
  }),
  set_pinned: own(async (b) => {
    const zhou = b.control.userName('zhou')
    expect(await b.client.setPinned(zhou)).toMatchObject({ ok: true })
    expect(b.control.figure('zhou')).toMatchObject({ pinned: true, remark: '老周（木工）' })
    expect(await b.client.setPinned(zhou, false)).toMatchObject({ ok: true })
    expect(b.control.figure('zhou').pinned).toBe(false)
  }),
  add_friend: own(async (b) => {
    const mei = b.control.userName('mei')
    expect(await b.client.addFriend(mei, { greeting: '你好' })).toMatchObject({ ok: true })
    expect(b.control.asked()).toMatchObject([{ who: 'mei', greeting: '你好' }])
    expect(await b.client.addFriend(mei, { status: 3 })).toMatchObject({ ok: false, ret: -1005 })
    await b.control.request('newcomer', 'hi there', 'New Comer')
    const { request } = await b.hear('friends')
    const { userName, ticket } = request
    expect(await b.client.addFriend(userName, { status: 'accept', ticket })).toMatchObject({
      ok: true,
    })
    expect(b.control.figure('newcomer').friend).toBe(true)
  }),
  create_chatroom: own(async (b) => {
    const people = [b.control.userName('lin'), b.control.userName('zhou')]
    const made = await b.client.createChatroom(people, '新群')
    expect(made).toMatchObject({ ok: true, chatRoomName: expect.stringMatching(/^@@/) })
    expect(b.asked('webwxcreatechatroom')).toHaveLength(1)
    expect(made.room?.members).toHaveLength(3)
    expect(await b.client.createChatroom(people[0] ?? '')).toMatchObject({ ret: -1005 })
  }),
  set_chatroom_name: own(async (b) => {
    const family = b.control.userName('family')
    expect(await b.client.setChatroomName(family, '新家')).toMatchObject({ ok: true })
    expect(b.control.figure('family').name).toBe('新家')
  }),
  delete_member_from_chatroom: own(async (b) => {
    const family = b.control.userName('family')
    const zhou = b.client.find(b.control.userName('zhou'))
    if (!zhou) throw new Error('zhou is not known')
    expect(await b.client.deleteMemberFromChatroom(family, zhou)).toMatchObject({ ok: true })
    expect(b.control.figure('family').members).not.toContain('zhou')
    const lin = [b.control.userName('lin')]
    expect(await b.client.deleteMemberFromChatroom(family, lin)).toMatchObject({ ok: true })
    expect(b.asked('webwxupdatechatroom')).toHaveLength(2)
  }),
  add_member_into_chatroom: own(async (b) => {
    const family = b.control.userName('family')
    const html = b.control.userName('html')
    expect(await b.client.addMemberIntoChatroom(family, html)).toMatchObject({
      ok: true,
      how: 'added',
    })
    expect(b.control.figure('family').members).toContain('html')
    expect(await b.client.addMemberIntoChatroom(family, [html], true)).toMatchObject({
      how: 'invited',
    })
    const funs = b.asked('webwxupdatechatroom').map((each) => /fun=(\w+)/.exec(each.url)?.[1])
    expect(funs).toEqual(['addmember', 'invitemember'])
  }),
}
