import { afterEach, describe, expect, it } from 'vitest'
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { Browser, type Synced } from './browser.ts'

let sandbox: Sandbox
let browser: Browser
afterEach(() => sandbox.close())

async function open(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox({ holdMs: 60, ...options })
  browser = new Browser(sandbox)
  await browser.login(sandbox)
}

const name = (who: string) => sandbox.control.userName(who)

async function retOf(answer: Promise<Record<string, unknown>>): Promise<number> {
  return ((await answer).BaseResponse as { Ret: number }).Ret
}

type Contact = Record<string, unknown>

function contact(synced: Synced, who: string): Contact | undefined {
  return (synced.ModContactList as readonly Contact[]).find((entry) => entry.UserName === name(who))
}

function verify(Opcode: number, who: string, ticket: string, VerifyContent = '') {
  return retOf(
    browser.api('webwxverifyuser', {
      Opcode,
      VerifyUserListSize: 1,
      VerifyUserList: [{ Value: name(who), VerifyUserTicket: ticket }],
      VerifyContent,
      SceneListCount: 1,
      SceneList: [33],
      skey: browser.skey,
    }),
  )
}

describe('a friend request', () => {
  it('is accepted with its ticket, and makes a friend who says so', async () => {
    await open()
    await sandbox.control.request('dou', '我是豆子 <3', '豆子🌱')
    const [request] = (await browser.syncAll()) as unknown as {
      RecommendInfo: Record<string, string>
      FromUserName: string
      MsgType: number
      Content: string
    }[]
    expect(request).toMatchObject({ MsgType: 37, FromUserName: 'fmessage' })
    expect(request?.RecommendInfo).toMatchObject({
      UserName: name('dou'),
      NickName: '豆子<span class="emoji emoji1f331"></span>',
      Content: '我是豆子 &lt;3',
    })
    const ticket = request?.RecommendInfo.Ticket ?? ''
    expect(request?.Content).toContain(`ticket=&quot;${ticket}&quot;`)
    expect(sandbox.control.figure('dou').friend).toBe(false)
    expect(await verify(3, 'dou', '')).toBe(1)
    expect(await verify(3, 'dou', `${ticket}x`)).toBe(1)
    expect(await verify(3, 'dou', ticket)).toBe(0)
    const synced = await browser.sync()
    expect(contact(synced, 'dou')).toMatchObject({ ContactFlag: 3 })
    expect(synced.AddMsgList).toMatchObject([
      { MsgType: 10000, Content: expect.stringMatching(/^你已添加了豆子/) },
      { MsgType: 1, Content: '我通过了你的朋友验证请求，现在我们可以开始聊天了' },
    ])
    expect(sandbox.control.figure('dou').friend).toBe(true)
    expect(await retOf(browser.send('webwxsendmsg', name('dou'), { Content: 'hi' }))).toBe(0)
  })

  it('of the owner is heard, and answered', async () => {
    await open()
    expect(await verify(2, 'wu', '', '一起爬山吗')).toBe(0)
    expect(sandbox.control.asked()).toEqual([{ who: 'wu', greeting: '一起爬山吗' }])
    await sandbox.control.accept('wu')
    expect(contact(await browser.sync(), 'wu')).toMatchObject({ ContactFlag: 3 })
    await expect(sandbox.control.accept('mei')).rejects.toThrow('Nobody asked mei')
  })
})

describe('a friend who is none any more', () => {
  const say = () => retOf(browser.send('webwxsendmsg', name('lin'), { Content: 'hi' }))

  it('leaves the address book, and refuses what is sent by a line after it', async () => {
    await open()
    await sandbox.control.unfriend('lin')
    const synced = await browser.sync()
    expect(synced.DelContactList).toEqual([{ UserName: name('lin'), ContactFlag: 0 }])
    expect(await say()).toBe(0)
    const [line] = (await browser.syncAll()) as unknown as { MsgType: number; Content: string }[]
    expect(line?.MsgType).toBe(10000)
    expect(line?.Content).toContain('开启了朋友验证，你还不是他（她）朋友')
    expect(sandbox.control.delivered()).toEqual([])
  })

  it('is told of by nobody when they did it, and refuses at once when told to', async () => {
    await open({ refusal: 'ret' })
    await sandbox.control.unfriend('lin', 'them')
    const { DelContactList, ModContactList } = await browser.sync()
    expect([DelContactList, ModContactList]).toEqual([[], []])
    expect(await say()).toBe(1204)
  })
})

describe('what the owner keeps about someone', () => {
  it('comes from the phone as a whole contact', async () => {
    await open()
    const { control } = sandbox
    await control.remark('lin', '小满 & 茶')
    await control.setAlias('lin', 'xiaoman')
    await control.mute('lin', true)
    await control.pin('lin', true)
    await control.mute('hikers', true)
    const synced = await browser.sync()
    expect(contact(synced, 'lin')).toMatchObject({
      RemarkName: '小满 &amp; 茶',
      RemarkPYQuanPin: 'xiaoman?cha',
      PYInitial: 'LXM?',
      Alias: 'xiaoman',
      ContactFlag: 3 | 512 | 2048,
    })
    expect(contact(synced, 'hikers')).toMatchObject({ Statues: 0 })
    await control.remark('lin', undefined)
    expect(contact(await browser.sync(), 'lin')).toMatchObject({ RemarkName: '' })
    expect(control.figure('lin')).toMatchObject({ remark: '', pinned: true, muted: true })
  })

  it('has a picture of a new number when it changes, and none without one', async () => {
    await open()
    const seq = async () => {
      const url = String(contact(await browser.sync(), 'lin')?.HeadImgUrl)
      return Number(/seq=(\d+)/.exec(url)?.[1])
    }
    await sandbox.control.rename('lin', 'x')
    const before = await seq()
    await sandbox.control.setAvatar('lin', 'cat.png')
    const after = await seq()
    expect(after).toBeGreaterThan(0)
    expect(after).not.toBe(before)
    await sandbox.control.setAvatar('lin', undefined)
    expect(await seq()).toBe(0)
  })
})

describe('webwxoplog', () => {
  it('sets a remark, and pins; a pin without the remark wipes it', async () => {
    await open()
    const UserName = name('lin')
    const remark = { UserName, CmdId: 2, RemarkName: '老林' }
    expect(await retOf(browser.api('webwxoplog', remark))).toBe(0)
    expect(contact(await browser.sync(), 'lin')).toMatchObject({ RemarkName: '老林' })
    const pin = { UserName, CmdId: 3, OP: 1, RemarkName: '老林' }
    expect(await retOf(browser.api('webwxoplog', pin))).toBe(0)
    expect(sandbox.control.figure('lin')).toMatchObject({ remark: '老林', pinned: true })
    expect(await retOf(browser.api('webwxoplog', { UserName, CmdId: 3, OP: 0 }))).toBe(0)
    expect(sandbox.control.figure('lin')).toMatchObject({ remark: '', pinned: false })
  })

  it.each<[string, Record<string, unknown>, number]>([
    ['nobody', { UserName: '@0', CmdId: 2, RemarkName: 'x' }, -1],
    ['a stranger', { UserName: '<qiao>', CmdId: 2, RemarkName: 'x' }, 1],
    ['no remark', { UserName: '<lin>', CmdId: 2 }, 1],
    ['another command', { UserName: '<lin>', CmdId: 9 }, 1],
  ])('refuses %s', async (_what, body, code) => {
    await open()
    const UserName = String(body.UserName).replace(/^<(\w+)>$/, (_all, who: string) => name(who))
    expect(await retOf(browser.api('webwxoplog', { ...body, UserName }))).toBe(code)
  })
})

describe('reading', () => {
  it('on the phone comes as MsgType 51 with the chat', async () => {
    await open()
    await sandbox.control.phoneRead('lin')
    await sandbox.control.phoneEnter('hikers')
    expect(await browser.syncAll()).toMatchObject([
      { MsgType: 51, FromUserName: browser.me, ToUserName: name('lin'), StatusNotifyCode: 1 },
      {
        MsgType: 51,
        ToUserName: name('hikers'),
        StatusNotifyCode: 2,
        StatusNotifyUserName: name('hikers'),
      },
    ])
  })

  it('by the client is remembered', async () => {
    await open()
    const body = { Code: 1, FromUserName: browser.me, ToUserName: name('lin'), ClientMsgId: 1 }
    expect(await retOf(browser.api('webwxstatusnotify', body))).toBe(0)
    expect(sandbox.control.readMarks()).toEqual(['lin'])
  })

  it.each([true, false])('names the real ids of recent chats: %s', async (realIds) => {
    await open({ realIds })
    const body = { Code: 3, FromUserName: browser.me, ToUserName: browser.me, ClientMsgId: 1 }
    await browser.api('webwxstatusnotify', body)
    const [list] = (await browser.syncAll()) as unknown as Record<string, string>[]
    expect(list?.StatusNotifyUserName?.split(',')).toContain(name('lin'))
    expect(list?.Content?.includes('wxid_lin0sandbox')).toBe(realIds)
  })
})

describe('the owner', () => {
  it.each([
    [32, 0],
    [64, 1204],
  ] as const)('with an id of %d digits gets %d for a message to himself', async (digits, code) => {
    await open({ selfDigits: digits })
    expect(browser.me).toHaveLength(digits + 1)
    expect(await retOf(browser.send('webwxsendmsg', browser.me, { Content: 'x' }))).toBe(code)
  })
})

describe('order', () => {
  it('can be turned round before the client has heard', async () => {
    await open()
    const one = await sandbox.control.say('lin', 'one')
    const two = await sandbox.control.say('lin', 'two')
    await sandbox.control.swap(one, two)
    expect((await browser.syncAll()).map((message) => message.MsgId)).toEqual([two, one])
    await browser.sync()
    await expect(sandbox.control.swap(one, two)).rejects.toThrow('heard them already')
  })
})
