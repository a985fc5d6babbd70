import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { media, picture } from '../../src/sandbox/world.ts'
import { Browser } from './browser.ts'

interface Contact {
  readonly UserName: string
  readonly NickName: string
  readonly RemarkName: string
  readonly HeadImgUrl: string
  readonly VerifyFlag: number
  readonly EncryChatRoomId: string
  readonly MemberList: readonly Contact[]
  readonly DisplayName: string
}

let sandbox: Sandbox
let browser: Browser
let start: Record<string, unknown>

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 60 })
  browser = new Browser(sandbox)
  start = await browser.login(sandbox)
})
afterEach(() => sandbox.close())

function name(who: string): string {
  return sandbox.control.userName(who)
}

async function page(seq: number): Promise<{ MemberList: Contact[]; Seq: number }> {
  const skey = encodeURIComponent(browser.skey)
  const path = `/cgi-bin/mmwebwx-bin/webwxgetcontact?lang=zh_CN&r=1&seq=${seq}&skey=${skey}`
  return JSON.parse((await browser.get(path)).text) as { MemberList: Contact[]; Seq: number }
}

async function addressBook(): Promise<{ contacts: Contact[]; pages: number }> {
  const contacts: Contact[] = []
  for (let seq = 0, pages = 1; ; pages += 1) {
    const { MemberList, Seq } = await page(seq)
    contacts.push(...MemberList)
    if (Seq === 0) return { contacts, pages }
    seq = Seq
  }
}

async function batch(List: readonly Record<string, string>[]) {
  return (await browser.api('webwxbatchgetcontact', { Count: List.length, List })) as {
    BaseResponse: { Ret: number }
    ContactList: Contact[]
  }
}

describe('webwxinit', () => {
  it('knows the owner, whose name carries its emoji as a span', () => {
    const user = start.User as Contact & { Uin: number }
    expect(user.Uin).toBe(browser.uin)
    expect(user.NickName).toBe('许行舟<span class="emoji emoji1f30a"></span>')
    expect(user.UserName).toMatch(/^@[0-9a-f]{64}$/)
  })

  it('names a recent group it does not describe', () => {
    const described = (start.ContactList as Contact[]).map((contact) => contact.UserName)
    expect(String(start.ChatSet).split(',')).toContain(name('hikers'))
    expect(String(start.ChatSet).endsWith(',')).toBe(true)
    expect(described).not.toContain(name('hikers'))
  })
})

describe('webwxgetcontact', () => {
  it('comes in pages, with friends, official accounts and saved groups only', async () => {
    const { contacts, pages } = await addressBook()
    expect(pages).toBeGreaterThan(1)
    expect(contacts.map((contact) => contact.UserName).sort()).toEqual(
      ['lin', 'zhou', 'html', 'paper', 'filehelper', 'weixin', 'family'].map(name).sort(),
    )
  })

  it('escapes what people typed as their names', async () => {
    const { contacts } = await addressBook()
    const of = (who: string) => contacts.find((contact) => contact.UserName === name(who))
    expect(of('html')?.NickName).toBe(
      '&lt;b&gt;Tom &amp; &quot;Jerry&quot;&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;',
    )
    expect(of('lin')?.NickName).toBe('林小满<span class="emoji emoji1f33f"></span>')
    expect(of('family')?.NickName).toBe('一家人<span class="emoji emoji2764"></span>')
    expect(of('zhou')?.RemarkName).toBe('老周（木工）')
    expect(of('paper')?.VerifyFlag).toBe(8)
  })

  it('never asks for more than sixteen pages', async () => {
    for (let index = 0; index < 200; index += 1)
      await sandbox.control.addFriend(`friend${index}`, `朋友 ${index}`)
    const { contacts, pages } = await addressBook()
    expect(contacts).toHaveLength(207)
    expect(pages).toBeLessThanOrEqual(16)
  })
})

describe('webwxbatchgetcontact', () => {
  it('describes a group with its members and their nicknames there', async () => {
    const { ContactList } = await batch([{ UserName: name('hikers'), EncryChatRoomId: '' }])
    const [room] = ContactList
    expect(room?.EncryChatRoomId).toMatch(/^@[0-9a-f]{32}$/)
    expect(room?.MemberList.map((member) => member.UserName)).toEqual(
      ['me', 'wu', 'lin', 'qiao', 'mei'].map(name),
    )
    expect(room?.MemberList.map((member) => member.DisplayName)).toEqual([
      '行舟',
      '吴领队',
      '',
      '乔安 &amp; 狗',
      '',
    ])
  })

  it('tells of strangers only to who names a room they are in', async () => {
    const { ContactList } = await batch([{ UserName: name('hikers'), EncryChatRoomId: '' }])
    const room = ContactList[0]?.EncryChatRoomId ?? ''
    const alone = await batch([{ UserName: name('qiao'), EncryChatRoomId: '' }])
    expect(alone.ContactList).toEqual([])
    const inRoom = await batch([{ UserName: name('qiao'), EncryChatRoomId: room }])
    expect(inRoom.ContactList[0]?.UserName).toBe(name('qiao'))
  })

  it('refuses more than fifty', async () => {
    const many = (count: number) =>
      batch(Array.from({ length: count }, () => ({ UserName: name('lin'), EncryChatRoomId: '' })))
    expect((await many(50)).BaseResponse.Ret).toBe(0)
    expect(await many(51)).toMatchObject({ BaseResponse: { Ret: 1 }, ContactList: [] })
  })
})

describe('avatars', () => {
  it('come by HeadImgUrl, whose seq is the same after the next login', async () => {
    const lin = async () => {
      const { contacts } = await addressBook()
      return contacts.find((contact) => contact.UserName === name('lin'))?.HeadImgUrl ?? ''
    }
    const before = await lin()
    expect((await browser.get(before)).bytes).toEqual(await readFile(media('lin.jpg')))
    browser = new Browser(sandbox)
    await browser.login(sandbox)
    const seq = (url: string) => /seq=(\d+)&/.exec(url)?.[1]
    expect(seq(before)).toMatch(/^[1-9]\d+$/)
    expect(seq(await lin())).toBe(seq(before))
    expect(await lin()).not.toBe(before)
  })

  it('are empty for whoever has none, and for a client without cookies', async () => {
    const url = `/cgi-bin/mmwebwx-bin/webwxgetheadimg?seq=0&username=${name('market')}&skey=`
    expect((await browser.get(url)).bytes).toHaveLength(0)
    browser.cookies.clear()
    const family = `/cgi-bin/mmwebwx-bin/webwxgetheadimg?seq=0&username=${name('family')}&skey=`
    expect((await browser.get(family)).bytes).toHaveLength(0)
  })
})

describe('changes', () => {
  it('come as ModContactList before they are asked for', async () => {
    await sandbox.control.rename('zhou', '周 & 木头')
    await sandbox.control.addFriend('new', '新朋友')
    expect(await browser.check()).toContain('selector:"4"')
    const { ModContactList } = await browser.sync()
    expect(ModContactList).toMatchObject([
      { UserName: name('zhou'), NickName: '周 &amp; 木头' },
      { UserName: name('new'), NickName: '新朋友' },
    ])
  })

  it('of the owner come as Profile with BitFlag 190', async () => {
    await sandbox.control.rename('me', '行舟🚣')
    expect((await browser.sync()).Profile).toMatchObject({
      BitFlag: 190,
      NickName: { Buff: '行舟<span class="emoji emoji1f6a3"></span>' },
    })
    expect((await browser.sync()).Profile.BitFlag).toBe(0)
  })
})

it('sends the recent chats with their real ids after statusnotify code 3', async () => {
  const notify = { Code: 3, FromUserName: browser.me, ToUserName: browser.me, ClientMsgId: 1 }
  expect(await browser.api('webwxstatusnotify', notify)).toMatchObject({ BaseResponse: { Ret: 0 } })
  const [message] = await browser.syncAll()
  const names = String(message?.StatusNotifyUserName).split(',')
  const ids = /&lt;username&gt;(.*?)&lt;\/username&gt;/.exec(String(message?.Content))?.[1]
  expect(message).toMatchObject({ MsgType: 51, StatusNotifyCode: 4, FromUserName: browser.me })
  expect(names[ids?.split(',').indexOf('24330947507@chatroom') ?? -1]).toBe(name('hikers'))
})

it('keeps the recent chats of one session from the next', async () => {
  const notify = { Code: 3, FromUserName: browser.me, ToUserName: browser.me, ClientMsgId: 1 }
  await browser.api('webwxstatusnotify', notify)
  browser = new Browser(sandbox)
  await browser.login(sandbox)
  expect(await browser.check()).toContain('selector:"0"')
  expect(await browser.syncAll()).toEqual([])
})

it('has pictures to show', async () => {
  expect((await readFile(picture('mountain'))).subarray(0, 3).toString('hex')).toBe('ffd8ff')
  expect((await readFile(picture('cat'))).subarray(1, 4).toString()).toBe('PNG')
})
