import { afterEach, describe, expect, it } from 'vitest'
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { Browser } from './browser.ts'

const REFUSED = { 'client-version': '', extspam: '' }

let sandbox: Sandbox
afterEach(() => sandbox.close())

async function open(options: SandboxOptions = {}): Promise<Browser> {
  sandbox = await startSandbox({ holdMs: 60, ...options })
  return new Browser(sandbox)
}

/** The credentials page of a confirmed code. */
async function confirmed(browser: Browser): Promise<string> {
  const uuid = await browser.newCode()
  await sandbox.control.confirm()
  return /redirect_uri="(\S+)";/.exec(await browser.poll(uuid, 0))?.[1] ?? ''
}

describe('the scan poll', () => {
  it('says 408 while nothing happens, and 400 for a code nobody knows', async () => {
    const browser = await open()
    expect(await browser.poll(await browser.newCode(), 1)).toBe('window.code=408;')
    expect(await browser.poll('nobody==', 1)).toBe('window.code=400;')
  })

  it('tells of the scan with an avatar once, then at once with tip=1, and not with tip=0', async () => {
    const browser = await open({ holdMs: 20_000 })
    const uuid = await browser.newCode()
    const waiting = browser.poll(uuid, 0)
    await sandbox.control.scan()
    expect(await waiting).toMatch(
      /^window\.code=201;window\.userAvatar = 'data:img\/jpg;base64,\/9j\/[^']+';$/,
    )
    expect(await browser.poll(uuid, 1)).toBe('window.code=201;')
    const confirming = browser.poll(uuid, 0)
    await sandbox.control.confirm()
    expect(await confirming).toMatch(
      /^window\.code=200;\nwindow\.redirect_uri="http:\/\/127\.0\.0\.1:\d+\/cgi-bin\/mmwebwx-bin\/webwxnewloginpage\?ticket=\S+@qrticket_0&uuid=\S+==&lang=zh_CN&scan=\d+";$/,
    )
  })

  it('says 408 again after the scan while nobody confirms', async () => {
    const browser = await open()
    const uuid = await browser.newCode()
    await sandbox.control.scan()
    expect(await browser.poll(uuid, 0)).toContain('window.code=201;')
    expect(await browser.poll(uuid, 0)).toBe('window.code=408;')
  })

  it('says 202 when the owner cancels, 400 when the code is too old', async () => {
    const browser = await open()
    const first = await browser.newCode()
    expect(await sandbox.control.code()).toBe(first)
    await sandbox.control.cancel()
    expect(await browser.poll(first, 0)).toBe('window.code=202;')
    const second = await browser.newCode()
    await sandbox.control.expireCode()
    expect(await browser.poll(second, 0)).toBe('window.code=400;')
  })

  it('lets a code die of age', async () => {
    let now = 1_700_000_000_000
    const browser = await open({ now: () => now })
    const uuid = await browser.newCode()
    now += 300_001
    expect(await browser.poll(uuid, 0)).toBe('window.code=400;')
  })

  it('scans and confirms by itself when told to', async () => {
    const browser = await open({ autoConfirmMs: 30, holdMs: 20_000 })
    const uuid = await browser.newCode()
    expect(await browser.poll(uuid, 1)).toContain('window.code=201;')
    expect(await browser.poll(uuid, 0)).toContain('window.code=200;')
  })

  it('tells a waiting test of the code as soon as there is one', async () => {
    const browser = await open()
    const code = sandbox.control.code()
    expect(await browser.newCode()).toBe(await code)
  })
})

describe('the credentials page', () => {
  it('answers 200 with version=v2 and 301 without a Location else', async () => {
    const browser = await open()
    const first = await browser.enter(await confirmed(browser))
    expect(first.status).toBe(200)
    expect(first.text).toMatch(
      /^<error><ret>0<\/ret><message><\/message><skey>@crypt_[0-9a-f]{8}_[0-9a-f]{32}<\/skey><wxsid>.{16}<\/wxsid><wxuin>\d+<\/wxuin><pass_ticket>[^<+/=]*%2B[^<+/=]*%2F[^<+/=]*%3D<\/pass_ticket><isgrayscale>1<\/isgrayscale><\/error>$/,
    )
    const second = await browser.enter(await confirmed(browser), '')
    expect([second.status, second.headers.location]).toEqual([301, undefined])
    expect(second.text).toContain('<ret>0</ret>')
  })

  it('gives a uin above 2^31, a sid to be encoded, and the cookies of §1.5', async () => {
    const browser = await open()
    await browser.enter(await confirmed(browser))
    expect(browser.uin).toBeGreaterThan(2 ** 31)
    expect(browser.sid).toMatch(/[+].*\/|\/.*[+]/)
    expect([...browser.cookies.keys()].sort()).toEqual([
      'mm_lang',
      'webwx_auth_ticket',
      'webwx_data_ticket',
      'webwxuvid',
      'wxloadtime',
      'wxsid',
      'wxuin',
    ])
    expect(browser.cookies.get('wxsid')).toBe(browser.sid)
  })

  it('refuses clients without the UOS headers with 1203, and takes them after', async () => {
    const browser = await open()
    const page = await confirmed(browser)
    const refused = await browser.enter(page, '&fun=new&version=v2', REFUSED)
    expect(refused.text).toMatch(/^<error><ret>1203<\/ret><message>为了你的帐号安全/)
    expect((await browser.enter(page)).text).toContain('<ret>0</ret>')
  })

  it('asks for no UOS headers when told not to', async () => {
    const browser = await open({ uos: false })
    const page = await confirmed(browser)
    const reply = await browser.enter(page, '&fun=new&version=v2', REFUSED)
    expect(reply.text).toContain('<ret>0</ret>')
  })

  it('takes a ticket once', async () => {
    const browser = await open()
    const page = await confirmed(browser)
    await browser.enter(page)
    expect((await browser.enter(page)).text).toContain('<ret>-1</ret>')
  })
})

describe('a session', () => {
  it('ends with 1101 when another login comes, and all names are new but the uin', async () => {
    const first = await open()
    await first.login(sandbox)
    const lin = sandbox.control.userName('lin')
    const second = new Browser(sandbox)
    await second.login(sandbox)
    expect(await first.check()).toBe('window.synccheck={retcode:"1101",selector:"0"}')
    expect((await first.sync()).BaseResponse.Ret).toBe(1101)
    expect(sandbox.control.userName('lin')).not.toBe(lin)
    expect([second.uin, second.sid === first.sid]).toEqual([first.uin, false])
    expect(sandbox.control.session()).toEqual({ online: true, logins: 2 })
  })

  it('ends for good when kicked, with the code that was asked for', async () => {
    const browser = await open({ holdMs: 20_000 })
    await browser.login(sandbox)
    const polling = await browser.held(sandbox)
    await sandbox.control.kick(1102)
    expect(await polling.answer).toBe('window.synccheck={retcode:"1102",selector:"0"}')
    expect(await browser.api('webwxinit', {})).toMatchObject({ BaseResponse: { Ret: 1102 } })
    expect(sandbox.control.session().online).toBe(false)
  })

  it('ends by logout with a redirect that takes the session cookies away', async () => {
    const browser = await open()
    await browser.login(sandbox)
    const skey = encodeURIComponent(browser.skey)
    const path = `webwxlogout?redirect=1&type=0&skey=${skey}`
    const sid = encodeURIComponent(browser.sid)
    const reply = await browser.raw(path, `sid=${sid}&uin=${browser.uin}`)
    expect(reply.status).toBe(301)
    expect(browser.cookies.has('wxsid')).toBe(false)
    expect(browser.cookies.has('webwx_auth_ticket')).toBe(true)
    expect(sandbox.control.session().online).toBe(false)
  })

  it('answers 1102 to whoever brings no cookies, everywhere', async () => {
    const browser = await open()
    await browser.login(sandbox)
    browser.cookies.clear()
    expect(await browser.check()).toContain('retcode:"1102"')
    expect((await browser.sync()).BaseResponse.Ret).toBe(1102)
    const id = await sandbox.control.picture('lin', Buffer.from('picture'))
    expect(await browser.picture(id)).toHaveLength(0)
  })

  it('minds the BaseRequest and the pass_ticket, however often that is encoded', async () => {
    const browser = await open()
    await browser.login(sandbox)
    browser.ticket = encodeURIComponent(browser.ticket)
    expect((await browser.sync()).BaseResponse.Ret).toBe(0)
    browser.ticket = 'wrong'
    expect((await browser.sync()).BaseResponse.Ret).toBe(-14)
    const { uin } = browser
    browser.uin = 1
    expect((await browser.sync()).BaseResponse.Ret).toBe(1100)
    browser.uin = uin
    browser.skey = '@crypt_0_0'
    expect((await browser.sync()).BaseResponse.Ret).toBe(1101)
  })
})

it('has the same names and ids for the same seed and time, and others for another', async () => {
  const names: string[] = []
  for (const seed of [1, 1, 2]) {
    const browser = await open({ seed, now: () => 1_700_000_000_000 })
    await browser.login(sandbox)
    names.push(sandbox.control.userName('hikers') + (await sandbox.control.say('lin', 'hi')))
    if (names.length < 3) await sandbox.close()
  }
  expect(names[0]).toBe(names[1])
  expect(names[0]).not.toBe(names[2])
})

it('shows the code as a picture, and tells a browser where it stands', async () => {
  const browser = await open()
  const uuid = await browser.newCode()
  const image = (await browser.get(`/qrcode/${uuid}`)).bytes
  expect(image.subarray(1, 4).toString()).toBe('PNG')
  expect((await browser.get(`/l/${uuid}`)).text).toContain('This code is waiting.')
  expect((await browser.get('/l/%zz')).text).toContain('not known')
})

const push = (uin: number) => `/cgi-bin/mmwebwx-bin/webwxpushloginurl?uin=${uin}`

it('asks the phone of a device it knows without a code, and gives new names then', async () => {
  const browser = await open()
  await browser.login(sandbox)
  const before = sandbox.control.userName('lin')
  await sandbox.control.kick(1101)
  const { ret, uuid } = JSON.parse((await browser.get(push(browser.uin))).text) as {
    ret: string
    uuid: string
  }
  expect(ret).toBe('0')
  expect(await sandbox.control.code()).toBe(uuid)
  await sandbox.control.confirm()
  const page = /redirect_uri="(\S+)";/.exec(await browser.poll(uuid, 1))?.[1] ?? ''
  await browser.enter(page)
  await browser.init()
  expect(sandbox.control.session()).toEqual({ online: true, logins: 2 })
  expect(sandbox.control.userName('lin')).not.toBe(before)
  browser.cookies.delete('webwx_auth_ticket')
  expect((await browser.get(push(browser.uin))).text).toMatch(/^{"ret":"1",/)
})

it('refuses every push login when it is told to', async () => {
  const browser = await open({ pushLogin: false })
  await browser.login(sandbox)
  expect((await browser.get(push(browser.uin))).text).toMatch(/^{"ret":"1",/)
})

it('refuses to log in without a code', async () => {
  const browser = await open()
  expect((await browser.get('/cgi-bin/mmwebwx-bin/webwxpushloginurl?uin=1')).text).toMatch(
    /^{"ret":"1",/,
  )
})
