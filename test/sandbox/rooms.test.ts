import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { Browser } from './browser.ts'

let sandbox: Sandbox
let browser: Browser

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 60, inviteStartCount: 6 })
  browser = new Browser(sandbox)
  await browser.login(sandbox)
})
afterEach(() => sandbox.close())

const name = (who: string) => sandbox.control.userName(who)

/** What a client hears of at once: the grey lines, who changed, who is gone. */
async function news() {
  const { AddMsgList, ModContactList, DelContactList } = await browser.sync()
  return {
    lines: (AddMsgList as unknown as { Content: string }[]).map(({ Content }) => Content),
    changed: (ModContactList as unknown as { UserName: string }[]).map((each) => each.UserName),
    gone: DelContactList.map((each) => each.UserName),
  }
}

describe('members', () => {
  it('come by invitation of the owner, of another one, and by QR code', async () => {
    const { control } = sandbox
    await control.joinGroup('family', 'wu')
    await control.joinGroup('family', 'mei', 'lin')
    await control.joinGroup('family', 'qiao', 'qiao')
    expect(await news()).toEqual({
      lines: [
        '你邀请&quot;吴大山&quot;加入了群聊  ',
        expect.stringMatching(/^&quot;林小满.*&quot;邀请&quot;Mei Chen&quot;加入了群聊$/),
        expect.stringMatching(/^&quot; 乔.*&quot;通过扫描你分享的二维码加入群聊$/),
      ],
      changed: [name('family')],
      gone: [],
    })
    expect(control.figure('family').members).toEqual(['me', 'zhou', 'lin', 'wu', 'mei', 'qiao'])
  })

  it('go: removed by the owner with a line, by themselves without one', async () => {
    await sandbox.control.leaveGroup('family', 'zhou', 'me')
    await sandbox.control.leaveGroup('family', 'lin')
    expect(await news()).toEqual({
      lines: ['你将&quot;表哥&quot;移出了群聊'],
      changed: [name('family')],
      gone: [],
    })
  })

  it('change the name of the group, and their own in it', async () => {
    await sandbox.control.renameGroup('hikers', '南线 <队>', 'wu')
    await sandbox.control.renameGroup('family', '家', 'me')
    await sandbox.control.setDisplay('hikers', 'lin', '小满')
    const { lines, changed } = await news()
    expect(lines).toEqual(['&quot;吴领队&quot;修改群名为“南线 &lt;队&gt;”', '你修改群名为“家”'])
    expect(changed).toEqual([name('hikers'), name('family')])
    await expect(sandbox.control.setDisplay('hikers', 'zhou', 'x')).rejects.toThrow('not in hikers')
  })
})

describe('the owner', () => {
  it('is removed with a line, is out of the address book, and cannot write there any more', async () => {
    await sandbox.control.leaveGroup('hikers', 'me', 'wu')
    expect(await news()).toEqual({
      lines: ['你被&quot;吴领队&quot;移出群聊'],
      changed: [],
      gone: [name('hikers')],
    })
    const sent = await browser.send('webwxsendmsg', name('hikers'), { Content: 'x' })
    expect(sent).toMatchObject({ BaseResponse: { Ret: 1204 } })
    await expect(sandbox.control.say('wu', 'x', 'hikers')).rejects.toThrow('The owner is not in')
    await sandbox.control.joinGroup('hikers', 'me', 'wu')
    const back = await news()
    expect(back.lines[0]).toMatch(/^&quot;吴领队&quot;邀请你加入了群聊，群聊参与人还有：林小满/)
    expect(back.changed).toEqual([name('hikers')])
  })

  it('gets a new group told when it is made', async () => {
    await sandbox.control.makeGroup('club', '读书会', ['lin', 'wu'], { owner: 'wu' })
    expect((await news()).changed).toEqual([name('club')])
    expect(sandbox.control.figure('club')).toMatchObject({
      owner: 'wu',
      members: ['me', 'wu', 'lin'],
    })
  })
})

describe('webwxcreatechatroom', () => {
  it('makes a group of friends, and says who has left the owner', async () => {
    await sandbox.control.unfriend('html', 'them')
    const list = ['lin', 'zhou', 'html'].map((who) => ({ UserName: name(who) }))
    const answer = await browser.api('webwxcreatechatroom', {
      MemberCount: 3,
      MemberList: list,
      Topic: '新群',
    })
    expect(answer).toMatchObject({
      BaseResponse: { Ret: 0, ErrMsg: 'Everything is OK' },
      ChatRoomName: name('room1'),
      MemberList: [{ MemberStatus: 0 }, { MemberStatus: 0 }, { MemberStatus: 4 }],
    })
    expect(sandbox.control.figure('room1')).toMatchObject({
      name: '新群',
      owner: 'me',
      members: ['me', 'lin', 'zhou'],
    })
    expect((await news()).lines).toEqual([
      expect.stringMatching(/^你邀请&quot;林小满.*、老周（木工）&quot;加入了群聊 {2}$/),
    ])
  })

  it('needs two others, and friends', async () => {
    const make = (whos: readonly string[]) =>
      browser.api('webwxcreatechatroom', {
        MemberCount: whos.length,
        MemberList: whos.map((who) => ({ UserName: name(who) })),
        Topic: '',
      })
    expect(await make(['lin'])).toMatchObject({ BaseResponse: { Ret: 1 } })
    expect(await make(['lin', 'qiao'])).toMatchObject({ BaseResponse: { Ret: -1 } })
  })
})

describe('webwxupdatechatroom', () => {
  async function update(fun: string, room: string, more: Record<string, unknown>) {
    const base = { BaseRequest: browser.base(), ChatRoomName: name(room), ...more }
    const ticket = encodeURIComponent(browser.ticket)
    const query = `fun=${fun}&lang=zh_CN&pass_ticket=${ticket}`
    const { text } = await browser.raw(`webwxupdatechatroom?${query}`, JSON.stringify(base))
    return (JSON.parse(text) as { BaseResponse: { Ret: number } }).BaseResponse.Ret
  }

  it('adds friends while the group is small, and has them invited when it is not', async () => {
    expect(await update('addmember', 'family', { AddMemberList: name('html') })).toBe(0)
    await sandbox.control.addFriend('ann', 'Ann')
    await sandbox.control.addFriend('ben', 'Ben')
    const both = `${name('ann')},${name('ben')}`
    expect(await update('addmember', 'family', { AddMemberList: both })).toBe(1)
    expect(await update('invitemember', 'family', { InviteMemberList: both })).toBe(0)
    expect(sandbox.control.figure('family').members.slice(3)).toEqual(['html', 'ann', 'ben'])
    expect(await update('addmember', 'market', { AddMemberList: name('qiao') })).toBe(1204)
  })

  it('removes members for the owner of the group alone', async () => {
    expect(await update('delmember', 'family', { DelMemberList: name('lin') })).toBe(0)
    expect(sandbox.control.figure('family').members).toEqual(['me', 'zhou'])
    expect(await update('delmember', 'hikers', { DelMemberList: name('lin') })).toBe(1204)
  })

  it('changes the topic, up to 32 bytes, and leaves', async () => {
    expect(await update('modtopic', 'family', { NewTopic: '家里' })).toBe(0)
    expect((await news()).lines).toEqual(['你修改群名为“家里”'])
    expect(await update('modtopic', 'family', { NewTopic: '家'.repeat(11) })).toBe(1)
    expect(await update('quitchatroom', 'family', {})).toBe(0)
    expect((await news()).gone).toEqual([name('family')])
    expect(await update('modtopic', 'family', { NewTopic: 'x' })).toBe(1204)
    expect(await update('nothing', 'hikers', {})).toBe(1)
  })
})
