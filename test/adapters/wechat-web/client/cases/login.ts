import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { tempFolder } from '../../../../support/ports.ts'
import { until } from '../../../../support/until.ts'
import { type Bench, clientTo } from '../bench.ts'
import { type Cases, fresh, own } from './case.ts'

/** What reached someone, once enough messages were handled by hand. */
function handled(b: Bench, who: string) {
  return until(async () => {
    await b.client.configuredReply(50)
    return b.control.delivered().find((each) => each.to === who)
  }, `a message to ${who}`)
}

export const loginCases: Cases = {
  auto_login: fresh(async (b) => {
    const folder = await tempFolder()
    const stateFile = join(folder.path, 'state.json')
    const seen: string[] = []
    const how = {
      hotReload: true,
      stateFile,
      onQr: (qr: { url: string }) => void seen.push(qr.url),
      onOnline: () => void seen.push('online'),
      onExit: (reason: string) => void seen.push(reason),
    }
    expect(await b.client.autoLogin(how)).toMatchObject({ ok: true })
    expect(seen).toEqual([expect.stringContaining(`${b.sandbox.origin}/l/`), 'online'])
    await b.control.settled()
    await b.client.stop()
    expect(seen.at(-1)).toBe('stopped')
    await b.control.say('lin', 'meanwhile')
    const again = clientTo(b.sandbox.origin)
    let said = ''
    again.on('text', {}, (message) => {
      said = message.text
    })
    b.mark()
    expect(await again.autoLogin(how)).toMatchObject({ ok: true })
    expect(b.asked('jslogin')).toHaveLength(0)
    await until(async () => (await again.configuredReply(50)) && said === 'meanwhile')
    await again.close()
    await folder.drop()
    const nobody = clientTo('http://127.0.0.1:9')
    expect(await nobody.autoLogin()).toMatchObject({ ok: false, ret: -1003 })
    await nobody.close()
  }),
  login: fresh(async (b) => {
    const states: string[] = []
    const how = { onLogin: ({ state }: { state: string }) => void states.push(state) }
    expect(await b.client.login(how)).toMatchObject({ ok: true })
    for (const path of ['jslogin', 'webwxinit', 'webwxstatusnotify']) {
      expect(b.asked(path), path).toHaveLength(1)
    }
    expect(b.asked('webwxgetcontact').length).toBeGreaterThan(0)
    expect(b.client.me.nickName).toBe('许行舟🌊')
    expect(states).toContain('scan')
    await b.control.kick()
    expect(await b.client.startReceiving()).toBe('kicked')
    states.length = 0
    expect(await b.client.login(how)).toMatchObject({ ok: true })
    expect(b.asked('webwxpushloginurl')).toHaveLength(1)
    expect(states).not.toContain('scan')
    expect(b.control.session().logins).toBe(2)
  }),
  get_QRuuid: fresh(
    async (b) => {
      const { uuid } = await b.client.getQrUuid()
      expect(uuid).toBe(await b.control.code())
      expect(b.asked('jslogin')).toHaveLength(1)
    },
    { autoConfirmMs: 60_000 },
  ),
  get_QR: fresh(async (b) => {
    const qr = await b.client.getQr('abc==')
    expect(qr.url).toBe(`${b.sandbox.origin}/l/abc==`)
    expect(Buffer.from(qr.png).subarray(1, 4).toString()).toBe('PNG')
    expect(qr.blocks).toMatch(/[█▀▄]/)
    expect((await b.client.getQr('abc==', { invert: true })).blocks).not.toBe(qr.blocks)
    expect(b.control.requests()).toHaveLength(0)
  }),
  check_login: fresh(
    async (b) => {
      const { uuid = '' } = await b.client.getQrUuid()
      expect(await b.client.checkLogin(uuid)).toMatchObject({ ok: true, code: '408' })
      await b.control.scan()
      expect(await b.client.checkLogin(uuid)).toMatchObject({
        code: '201',
        avatar: expect.stringMatching(/^data:image/),
      })
      await b.control.confirm()
      expect(await b.client.checkLogin(uuid)).toMatchObject({ code: '200' })
      expect(b.asked('webwxnewloginpage')).toHaveLength(1)
      expect(await b.client.checkLogin('unknown==')).toMatchObject({ code: '400' })
    },
    { autoConfirmMs: 60_000 },
  ),
  web_init: fresh(async (b) => {
    expect(await b.client.webInit()).toMatchObject({ ok: false, ret: -2000 })
    const { uuid = '' } = await b.client.getQrUuid()
    await until(async () => (await b.client.checkLogin(uuid)).code === '200')
    const { ok, rooms } = await b.client.webInit()
    expect(ok).toBe(true)
    expect(rooms).toContain(b.control.userName('hikers'))
    expect(b.client.me.nickName).toBe('许行舟🌊')
    expect(b.asked('webwxinit')).toHaveLength(1)
  }),
  show_mobile_login: async (b) => {
    b.mark()
    expect(await b.client.showMobileLogin()).toMatchObject({ ok: true })
    expect(b.asked('webwxstatusnotify')).toHaveLength(1)
  },
  start_receiving: own(async (b) => {
    b.mark()
    await b.control.say('lin', 'fetched')
    await until(() => b.asked('webwxsync').length > 0)
    expect(b.asked('synccheck').length).toBeGreaterThan(0)
    await b.hear('text', (each) => each.text === 'fetched')
    const ended = b.client.startReceiving()
    await b.control.kick(1102)
    expect(await ended).toBe('kicked')
  }),
  get_msg: own(async (b) => {
    await b.client.stop()
    await b.control.say('lin', 'by hand')
    b.mark()
    const got = await b.client.getMsg()
    expect(b.asked('webwxsync')).toHaveLength(1)
    expect(got.messages?.map((each) => each.Content)).toContain('by hand')
    expect(await b.client.configuredReply(50)).toBeDefined()
    b.control.fault({ path: 'webwxsync', how: { ret: 1101 } })
    expect(await b.client.getMsg()).toMatchObject({ ok: false, ret: 1101 })
  }),
  run: own(async (b) => {
    b.client.on('text', { friend: true }, (message) => `echo ${message.text}`)
    const ran = b.client.run()
    await b.control.say('lin', 'one')
    await b.control.waitDelivered((each) => each.text === 'echo one' && each.to === 'lin')
    await b.control.kick()
    expect(await ran).toBe('kicked')
  }),
  configured_reply: own(async (b) => {
    b.client.on('text', { friend: true }, () => '@fil@/etc/hostname')
    await b.control.say('lin', 'go')
    const sent = await handled(b, 'lin')
    expect(sent).toMatchObject({ type: 'text', text: '@fil@/etc/hostname' })
    expect(b.asked('webwxuploadmedia')).toHaveLength(0)
    // What oneself wrote on the phone is answered in that chat, not to oneself.
    await b.control.phoneSay('zhou', 'mine')
    expect(await handled(b, 'zhou')).toMatchObject({ type: 'text' })
  }),
  msg_register: own(async (b) => {
    const seen: string[] = []
    b.client.off(['text', 'picture'], { friend: true, group: true, mp: true })
    b.client.on(['text', 'picture'], {}, () => void seen.push('replaced'))
    b.client.on('text', {}, () => void seen.push('friend'))
    b.client.on('text', { group: true }, async () => void seen.push('group'))
    await b.control.say('lin', 'a')
    await b.control.say('wu', 'b', 'hikers')
    await b.control.say('paper', 'nobody listens')
    await b.control.share('lin', { kind: 'appPicture' })
    await b.control.settled()
    await until(async () => (await b.client.configuredReply(50)) === undefined)
    expect(seen).toEqual(['friend', 'group'])
    const failed: unknown[] = []
    b.client.onHandlerError((error) => void failed.push(error))
    b.client.on('text', {}, () => {
      throw new Error('mine')
    })
    await b.control.say('lin', 'c')
    await until(async () => (await b.client.configuredReply(50)) && failed.length === 1)
  }),
  logout: own(async (b) => {
    expect(await b.client.logout()).toMatchObject({ ok: true })
    expect(b.asked('webwxlogout')).toHaveLength(1)
    expect(b.control.session().online).toBe(false)
    expect(b.client.loggedIn).toBe(false)
    expect(await b.client.logout()).toMatchObject({ ok: false, ret: -2000 })
  }),
  dump_login_status: own(async (b) => {
    const folder = await tempFolder()
    const file = join(folder.path, 'state.json')
    await writeFile(file, 'what was there')
    b.mark()
    expect(await b.client.dumpLoginStatus(file)).toMatchObject({ ok: true })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const { notes, contacts } = JSON.parse(await readFile(file, 'utf8'))
    expect(Object.keys(notes)).toEqual(expect.arrayContaining(['session', 'device']))
    expect(contacts.length).toBeGreaterThan(5)
    expect(
      await b.client.dumpLoginStatus(join(folder.path, 'no/such/folder')).catch(String),
    ).toMatch(/ENOENT/)
    await folder.drop()
  }),
  load_login_status: own(async (b) => {
    const folder = await tempFolder()
    const file = join(folder.path, 'state.json')
    await b.client.dumpLoginStatus(file)
    await b.client.stop()
    const again = clientTo(b.sandbox.origin)
    expect(await again.loadLoginStatus(join(folder.path, 'none'))).toMatchObject({ ret: -1002 })
    const half = join(folder.path, 'half')
    await writeFile(half, (await readFile(file, 'utf8')).slice(0, 200))
    expect(await again.loadLoginStatus(half)).toMatchObject({ ret: -1005 })
    const name = b.control.userName('lin')
    expect(await again.loadLoginStatus(file)).toMatchObject({ ok: true })
    expect(again.find(name)?.nickName).toBe('林小满🌿')
    await again.stop()
    await b.control.kick()
    expect(await again.loadLoginStatus(file)).toMatchObject({ ok: false, ret: -1003 })
    b.mark()
    expect(await again.login()).toMatchObject({ ok: true })
    expect(b.asked('webwxpushloginurl')).toHaveLength(1)
    await again.close()
    await folder.drop()
  }),
}
