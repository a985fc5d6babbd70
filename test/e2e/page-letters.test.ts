import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { contactId, messageId, weChatLane } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import {
  account,
  logIn,
  makeWorld,
  never,
  type RunningHub,
  runHub,
  type World,
} from '../adapters/web/page-client.ts'
import { chats, fill, lin, portals, sayPicture, sendOf } from '../adapters/web/page-content.ts'
import { until } from '../support/until.ts'
import { desktop, launch, phone, remembered } from './page-browser.ts'
import { chromiumPath } from './setup.ts'

const executablePath = chromiumPath()
const screenshots = join(tmpdir(), 'wechat-bridge-screenshots')

describe.skipIf(!executablePath)('what waits for a word, on the page', () => {
  let browser: Browser
  let world: World
  let running: RunningHub
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
    running = await runHub(world)
    await running.hub.showLogin(
      { state: 'online', account, me: { id: contactId('wx:100/me'), name: '林间' } },
      never,
    )
    await fill(world, running.hub)
    await holdBack()
  })
  afterEach(async () => {
    await context?.close()
    await running.stop()
    await world.drop()
  })

  const hostile = 'The same to all <img src=x onerror=alert(1)> \u202eevil'

  /** What outbound does with the same text to many. */
  async function holdBack(): Promise<void> {
    const message: Message = {
      id: messageId('web/held0000000000000'),
      aliases: [],
      account,
      chat: chats.lin.id,
      sender: { type: 'myself' },
      at: Date.now(),
      mentionsMe: false,
      content: { kind: 'text', text: hostile },
    }
    const failure = { code: 'rate', heal: 'never', certain: true, reason: 'repeated' } as const
    await world.database.store.unit(async (unit) => {
      await unit.saveMessage(message)
      const lane = weChatLane(account)
      await unit.hold(lane, sendOf(message, portals.lin), Date.now(), failure)
      const notice = {
        type: 'heldBack',
        why: 'repeated',
        seq: '5',
        chats: { count: 4 },
        withinMs: 600_000,
      } as const
      await unit.saveMessage(
        {
          ...message,
          id: messageId('notice/heldBack/x'),
          sender: { type: 'bridge' },
          content: { kind: 'notice', notice },
        },
        message.id,
      )
    })
  }

  async function open(more: object, where: string): Promise<Page> {
    const storageState = remembered(running.home, await logIn(running))
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

  const told = () =>
    running.events.flatMap((event) => (event.type === 'command' ? [event.words] : []))
  const letter = (page: Page, text: string) => page.locator('.letter', { hasText: text })
  const seqOf = async (what: string) => {
    const all = await world.database.archive.deadLetters(10)
    return all.find(({ job }) => job.type === 'send' && JSON.stringify(job.body).includes(what))!
      .seq
  }
  const drop = (seq: number) => world.database.store.unit((unit) => unit.drop(seq))
  const requeue = (seq: number) =>
    world.database.store.unit((unit) => unit.requeue(seq, Date.now()))

  it('lists it with chat, text and reason; the count in the head leads there', async () => {
    const page = await open(desktop, '')
    const count = page.locator('.status .badge.bad')
    expect(await count.textContent()).toBe('3')
    await count.click()
    await page.getByRole('heading', { name: 'Waiting for your word' }).waitFor()
    expect(await page.locator('.letter').count()).toBe(3)
    const dead = letter(page, '橙子')
    expect(await dead.textContent()).toMatch(/林晓.*to WeChat.*Not delivered: it was refused/s)
    expect(await letter(page, 'at nine').textContent()).toContain('look there first')
    const held = letter(page, 'The same to all')
    expect(await held.textContent()).toContain('<img src=x onerror=alert(1)>')
    expect(await held.textContent()).toContain('Held back: ')
    await dead.getByRole('link', { name: '林晓' }).click()
    await page.locator('.head h2', { hasText: '林晓' }).waitFor()
    expect(complaints).toEqual([])
  })

  it('sends again and gives up by the same commands a room has, and shows what comes of it', async () => {
    const page = await open(desktop, '#/bridge')
    const [dead, unknown] = [await seqOf('橙子'), await seqOf('at nine')]
    await letter(page, '橙子').getByRole('button', { name: 'Send again' }).click()
    await until(() => told().length, 'the command')
    expect(told()).toEqual([['resend', String(dead)]])
    await requeue(dead)
    await letter(page, '橙子').waitFor({ state: 'detached' })

    const row = letter(page, 'at nine')
    await row.getByRole('button', { name: 'Give up' }).click()
    await row.getByText('it may have arrived').waitFor()
    await row.getByRole('button', { name: 'Cancel' }).click()
    await row.getByRole('button', { name: 'Give up' }).click()
    expect(told()).toHaveLength(1)
    await row.getByRole('alertdialog').getByRole('button', { name: 'Give up' }).click()
    await until(() => told().length === 2, 'the command')
    expect(told()[1]).toEqual(['drop', String(unknown)])
    await drop(unknown)
    await row.waitFor({ state: 'detached' })
    expect(await page.locator('.status .badge.bad').textContent()).toBe('1')
    await drop(await seqOf('The same to all'))
    await page.locator('.letters').waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
  })

  it('shows what is held back at the message, with both words for it', async () => {
    const page = await open(desktop, `#/chat/${encodeURIComponent(chats.lin.id)}`)
    const message = page.locator('.message.mine', { hasText: 'The same to all' })
    await message.getByText('Held back. It is not sent until you say so.').waitFor()
    expect(await message.textContent()).toContain('which WeChat may take for mass mailing')
    expect(await message.textContent()).not.toContain('!wx')
    await message.getByRole('button', { name: 'Send it' }).click()
    await until(() => told().length, 'the command')
    const seq = await seqOf('The same to all')
    expect(told()).toEqual([['resend', String(seq)]])
    await message.getByRole('button', { name: 'Give up' }).click()
    await message.getByRole('alertdialog').getByRole('button', { name: 'Give up' }).click()
    await until(() => told().length === 2, 'the command')
    await drop(seq)
    await message.getByText('Given up').waitFor()
    expect(await message.getByRole('button', { name: 'Send it' }).count()).toBe(0)
    expect(complaints).toEqual([])
  })

  it('can be used on a small phone, in the dark, in Chinese', async () => {
    const small = { ...phone, viewport: { width: 320, height: 640 }, colorScheme: 'dark' as const }
    const page = await open({ ...small, locale: 'zh-CN' }, '#/bridge')
    await page.evaluate(`localStorage.setItem('language', '"zh"')`)
    await page.reload()
    const held = letter(page, 'The same to all')
    await held.getByRole('button', { name: '不再发' }).click()
    await held.getByText('不再发这一条？').waitFor()
    await page.screenshot({ path: join(screenshots, 'letters-phone-dark.png') })
    const wide = await page.evaluate(
      `Math.max(...[...document.querySelectorAll('.letters *')].map((one) => one.getBoundingClientRect().right))`,
    )
    expect(wide).toBeLessThanOrEqual(320)
    const low = await held.getByRole('button', { name: '取消' }).boundingBox()
    expect(low?.height).toBeGreaterThanOrEqual(28)
    await page.goto(`${running.home}/#/chat/${encodeURIComponent(chats.lin.id)}`)
    await page.getByText('先没有发，等你决定。').scrollIntoViewIfNeeded()
    await page.screenshot({ path: join(screenshots, 'held-phone-dark.png') })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
    expect(complaints).toEqual([])
  })

  it('can be worked with the keyboard alone', async () => {
    const page = await open(desktop, '#/bridge')
    const button = letter(page, 'at nine').getByRole('button', { name: 'Give up' })
    await button.focus()
    await page.keyboard.press('Enter')
    const sure = page.getByRole('alertdialog')
    await sure.waitFor()
    // Who presses twice by mistake has given nothing up.
    await page.keyboard.press('Enter')
    await sure.waitFor({ state: 'detached' })
    await button.focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await until(() => told().length, 'the command')
    expect(told()).toHaveLength(1)
    await page.screenshot({ path: join(screenshots, 'letters-desktop.png'), fullPage: true })
  })

  it('says of media that was pruned that it is not kept any more, with a way to ask for it', async () => {
    const media = await sayPicture(world, 'lin', lin, 'media/old')
    await world.database.store.unit(async (unit) => {
      await unit.wantMedia(media, 0)
      const kept = { bytes: 3, mime: 'image/png', sha256: '0'.repeat(64) }
      await unit.keepMedia(media.id, kept)
      await unit.forgetMedia([media.id])
    })
    const page = await open(desktop, `#/chat/${encodeURIComponent(chats.lin.id)}`)
    const message = page.locator('.message', { hasText: 'is not kept any more' })
    await message.getByRole('button', { name: 'Try again' }).click()
    await until(() => told().length, 'the command')
    expect(told()[0]?.[0]).toBe('fetch')
  })

  it('says until when the line waits', async () => {
    await running.stop()
    const at = Date.now() + 3_600_000
    running = await runHub(world, {}, undefined, undefined, async () => ({
      pausedUntil: at,
      emptyAt: at + 600_000,
    }))
    const page = await open(desktop, '#/bridge')
    const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
    await page.getByText(`It goes on by itself at ${clock.format(at)}`).waitFor()
    await page.getByText('will have gone out by about').waitFor()
  })
})
