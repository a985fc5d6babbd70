import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { contactId, messageId } from '../../src/core/ids.ts'
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
  fillKinds,
  hostileKinds,
  inGroup,
  kindsChat,
  missKind,
  said,
  tell,
} from '../adapters/web/page-kinds.ts'
import { everyKind, ref } from '../core/every-kind.ts'
import { until } from '../support/until.ts'
import { desktop, launch, phone, remembered } from './page-browser.ts'
import { chromiumPath } from './setup.ts'

const executablePath = chromiumPath()
const screenshots = join(tmpdir(), 'wechat-bridge-screenshots')
const room = `#/chat/${encodeURIComponent(kindsChat.id)}`

describe.skipIf(!executablePath)('every kind of message on the page', () => {
  let browser: Browser
  let world: World
  let running: RunningHub
  let storageState: ReturnType<typeof remembered>
  let context: BrowserContext
  let complaints: string[]

  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true })
    browser = await launch(executablePath!)
  })
  afterAll(() => browser?.close())

  beforeEach(async () => {
    complaints = []
    world = await makeWorld()
    running = await runHub(world, { language: 'auto' })
    await fillKinds(world, running.hub)
    const me = { id: contactId('wx:100/me'), name: '林间' }
    await running.hub.showLogin({ state: 'online', account, me }, never)
    storageState = remembered(running.home, await logIn(running))
  })
  afterEach(async () => {
    await context?.close()
    await running.stop()
    await world.drop()
  })

  async function open(more: object = desktop, where = room): Promise<Page> {
    context = await browser.newContext({ locale: 'en-GB', storageState, ...more })
    const page = await context.newPage()
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${running.home}/${where}`)
    await page.waitForSelector('.entry', { state: 'attached' })
    return page
  }
  const of = (page: Page, id: string) => page.locator(`[data-id="${account}/kind-${id}"]`)

  it.each([
    ['desktop', 'light', desktop],
    ['desktop', 'dark', desktop],
    ['phone', 'light', phone],
    ['phone', 'dark', phone],
  ] as const)('looks right on a %s in %s colours', async (name, colorScheme, device) => {
    const locale = colorScheme === 'dark' ? 'zh-CN' : 'en-GB'
    const page = await open({ ...device, colorScheme, locale })
    await of(page, 'notice').waitFor()
    for (const kind of Object.keys(everyKind)) await of(page, kind).scrollIntoViewIfNeeded()
    await until(
      () =>
        page.evaluate<boolean>(
          `[...document.querySelectorAll('.messages img')].every((image) => image.complete)`,
        ),
      'all pictures',
    )
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(wide).toBeLessThanOrEqual(0)
    const tall = await page.locator('.column').evaluate((column) => column.scrollHeight)
    const { width } = device.viewport
    await page.setViewportSize({ width, height: tall + 220 })
    await page.screenshot({ path: join(screenshots, `kinds-${name}-${colorScheme}.png`) })
    expect(complaints).toEqual([])
  })

  const commands = () =>
    running.events.flatMap((event) => (event.type === 'command' ? [event.words] : []))

  it('plays a voice message and a video, and seeks in them', async () => {
    const page = await open()
    const asked: number[] = []
    page.on('response', (answer) => {
      if (answer.url().includes('/api/media')) asked.push(answer.status())
    })
    const voice = of(page, 'voice')
    await voice.getByRole('button', { name: 'Play: Voice message' }).click()
    await voice
      .locator('.voice-failed')
      .or(voice.getByRole('button', { name: 'Pause' }))
      .waitFor()
    const reached = await page.evaluate<number>(`(async () => {
      const node = document.querySelector('video')
      node.muted = true
      await node.play()
      node.pause()
      const sought = new Promise((done) => node.addEventListener('seeked', done, { once: true }))
      node.currentTime = node.duration / 2
      await sought
      return node.currentTime / node.duration
    })()`)
    expect(reached).toBeCloseTo(0.5, 1)
    expect(asked).toContain(206)
    const state = await page.evaluate<{ codes: (number | undefined)[] }>(`({
      codes: [...document.querySelectorAll('audio, video')].map((node) => node.error?.code),
    })`)
    expect(state.codes).toEqual([undefined, undefined])
    expect(complaints).toEqual([])
  })

  it('opens a folded history with what is nested in it, and jumps to what is quoted', async () => {
    const page = await open()
    const history = of(page, 'history')
    await history.locator('summary').click()
    await history.getByText('北门').waitFor()
    await of(page, 'answer').locator('.quote').click()
    await page.locator(`[data-id="${account}/kind-link"].flash`).waitFor()
    expect(await of(page, 'quote').locator('.quote.far').textContent()).toContain('明天十点开会')
  })

  it('looks further back for what is quoted than what is loaded', async () => {
    const tom = inGroup({ id: contactId('wx:100/tom'), name: 'Tom' })
    const many = Array.from({ length: 130 }, (_, at) =>
      said(`many-${at}`, { kind: 'text', text: `number ${at}` }, tom, Date.now() + at),
    )
    const target = { aliases: ['kind-link'], preview: '' }
    const answer = said('kind-late', { kind: 'quote', text: 'that one', target }, tom, Date.now())
    await world.database.store.unit(async (unit) => {
      for (const message of many) await unit.saveMessage(message)
      await unit.saveMessage(answer, messageId(`${account}/kind-link`))
    })
    const page = await open()
    await of(page, 'late').locator('.quote').click()
    await page.locator(`[data-id="${account}/kind-link"].flash`).waitFor()
  })

  it('shows hostile words of any kind literally, and makes no link of what is none', async () => {
    const evil = '<img src=x onerror=alert(1)>\u202e'
    const url = 'javascript:alert(1)'
    const tom = inGroup({ id: contactId('wx:100/tom'), name: evil })
    const contents = hostileKinds(evil, url)
    await world.database.store.unit(async (unit) => {
      for (const [at, content] of contents.entries()) {
        await unit.saveMessage(said(`kind-evil${at}`, content, tom, Date.now()))
      }
    })
    const page = await open()
    for (const at of contents.keys()) {
      expect(await of(page, `evil${at}`).textContent()).toContain(evil)
    }
    expect(await page.locator('a[href^="javascript:"], img[src="x"]').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  it('says why bytes are missing, and asks for them again', async () => {
    const page = await open()
    const file = ref('file', 'lost', { name: '合同.docx' })
    const message = await missKind(world, file, { kind: 'file', media: file })
    const line = of(page, 'missing')
    await line
      .getByText('合同.docx could not be fetched: WeChat does not have it any more')
      .waitFor()
    await line.getByRole('button', { name: 'Try again' }).click()
    await until(() => commands().length, 'the command')
    expect(commands()).toEqual([['fetch', message.id]])
  })

  it('has a button for whoever wants to be a friend', async () => {
    const page = await open()
    await of(page, 'friendRequest').getByRole('button', { name: 'Accept' }).click()
    await until(() => commands().length, 'the command')
    expect(commands()).toEqual([['accept', '4']])
  })

  it('asks who somebody is, with a button for each answer, and says that it was answered', async () => {
    const page = await open(desktop, '#/bridge')
    await tell(world, {
      type: 'doubt',
      code: '7',
      name: '王伟 <b>',
      about: ['浙江 杭州'],
      choices: [{ name: '王伟', last: '晚上见' }, { name: '王伟（同事）' }],
    })
    const question = page.getByLabel('Who is “王伟 <b>”?')
    await question.getByText('Last words: “晚上见”').waitFor()
    await page.screenshot({ path: join(screenshots, 'doubt.png') })
    await question.getByRole('button', { name: '王伟（同事）' }).click()
    await until(() => commands().length, 'the command')
    expect(commands()).toEqual([['same', '7', '2']])
    await question.getByText('Answered').waitFor()
    await page.reload()
    await question.getByRole('button', { name: 'Somebody new' }).waitFor()
    await tell(world, { type: 'settled', name: '王伟 <b>', same: true })
    await question.getByText('Answered').waitFor()
  })

  it('tells the risk before the first login, and logs in only after it was accepted', async () => {
    const page = await open(phone, '#/bridge')
    await running.hub.showLogin({ state: 'offline', reason: 'risk', relogin: true }, never)
    await page.getByText('many accounts are thrown out').waitFor()
    await page.screenshot({ path: join(screenshots, 'risk.png') })
    expect(await page.getByRole('button', { name: 'Log in', exact: true }).count()).toBe(0)
    await page.getByRole('button', { name: 'I understand the risk' }).click()
    await until(() => commands().length, 'the command')
    await running.hub.showLogin({ state: 'scanned' }, never)
    await page.getByText('No code is needed this time').waitFor()
    await page.getByRole('button', { name: 'Show a code instead' }).click()
    await until(() => commands().length === 2, 'the second command')
    expect(commands()).toEqual([
      ['login', 'yes'],
      ['login', 'code'],
    ])
    await running.hub.showLogin({ state: 'scan', qr: 'https://login.example/1', attempt: 1 }, never)
    await running.hub.showLogin({ state: 'scanned' }, never)
    await page.getByText('One more tap').waitFor()
  })

  it('tells the bridge what was read, and forgets its own mark when another device read it', async () => {
    const page = await open(desktop, '#/')
    const entry = page.locator('.entry', { hasText: 'Every kind' })
    await entry.locator('.dot').waitFor()
    await world.database.store.unit((unit) => unit.markRead(kindsChat.id, Date.now()))
    await entry.locator('.dot').waitFor({ state: 'detached' })
    expect(running.events).toEqual([])
    const tom = { id: contactId('wx:100/tom'), name: 'Tom' }
    const at = Date.now() + 60_000
    const message = said('kind-new', { kind: 'text', text: 'new' }, inGroup(tom), at)
    await world.database.store.unit((unit) => unit.saveMessage(message))
    await entry.locator('.dot').waitFor()
    await entry.click()
    await until(() => running.events.length, 'the read mark')
    expect(running.events).toMatchObject([{ type: 'read', from: 'owner', room: 'portalkindsx' }])
  })

  it('sends any file, with its name', async () => {
    const page = await open()
    const buffer = Buffer.from('not a picture')
    const name = '会议 记录(终).txt'
    await page.locator('input[type=file]').setInputFiles([{ name, mimeType: 'text/plain', buffer }])
    await page.locator('.attached', { hasText: name }).waitFor()
    await page.getByLabel('Send', { exact: true }).click()
    const event = await until(
      () => running.events.find((one) => one.type === 'message'),
      'the file',
    )
    expect(event).toMatchObject({ media: { kind: 'file', name, bytes: buffer.length } })
    expect(complaints).toEqual([])
  })

  it('searches WeChat for whom it does not know, and opens their room', async () => {
    const page = await open(desktop, '#/')
    await page.getByRole('searchbox', { name: 'Search' }).fill('王 wei')
    await page.getByRole('button', { name: 'Search WeChat for “王 wei”' }).click()
    const found = [{ kind: 'friend', name: '王伟', alias: 'ww', detail: '杭州' }] as const
    await tell(world, { type: 'found', words: '王 wei', found })
    await page.getByRole('button', { name: 'Open: 王伟' }).click()
    await until(() => commands().length === 2, 'both commands')
    expect(commands()).toEqual([
      ['search', '王', 'wei'],
      ['start', '1'],
    ])
  })

  it('opens what was found in the room of another chat from there, where its numbers count', async () => {
    const page = await open()
    const found = [{ kind: 'group', name: '爬山', detail: '' }] as const
    await tell(world, { type: 'found', words: '山', found }, kindsChat.id)
    await page.getByRole('button', { name: 'Open: 爬山' }).click()
    await until(() => commands().length, 'the command')
    const said = running.events.filter(({ type }) => type === 'command')
    expect(said).toMatchObject([{ words: ['start', '1'], room: 'portalkindsx' }])
  })

  it('marks chats that are not sure, left, muted or pinned, and holds what is written', async () => {
    const marked = { ...kindsChat, unconfirmed: true, left: true, muted: true } as const
    await world.database.store.unit((unit) => unit.saveChats([marked]))
    const page = await open()
    const entry = page.locator('.entry', { hasText: 'Every kind' })
    await entry.getByText('Not sure who').waitFor()
    await entry.getByRole('img', { name: 'muted' }).waitFor()
    await entry.getByRole('img', { name: 'pinned' }).waitFor()
    await page.getByText('will not arrive').waitFor()
    await page.screenshot({ path: join(screenshots, 'marked.png') })
    await page.getByRole('link', { name: 'Answer the question' }).click()
    await page.getByRole('heading', { name: 'The bridge', exact: true }).waitFor()
    expect(complaints).toEqual([])
  })
})
