import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Room } from 'matrix-js-sdk'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { fixture } from '../witness/acts/management.ts'
import type { Heard } from '../witness/heard.ts'
import { openStage, raisedLimits, type Stage } from '../witness/stage.ts'
import { openViewer, type Viewer } from '../witness/viewer.ts'
import { removed } from '../witness/views.ts'
import { launch } from './page-browser.ts'
import { chromiumPath } from './setup.ts'
import { synapseUnavailable } from './synapse-install.ts'

const executablePath = chromiumPath()
const why = synapseUnavailable() ?? (executablePath ? undefined : 'there is no Chromium')
const shots = fileURLToPath(new URL('../.cache/', import.meta.url))
const hostile = '<img src=x onerror="document.title=1"><b>粗</b> & "引号"'

// The checklist beside the picture this makes is docs/matrix-view.md.
describe.skipIf(why)(
  `a lively room, drawn from its Matrix events${why ? ` (skipped: ${why})` : ''}`,
  () => {
    let stage: Stage
    let room: Room
    let viewer: Viewer
    let browser: Browser
    let page: Page
    let heard: readonly Heard[]
    const complaints: string[] = []
    const words: Record<string, string> = {}

    beforeAll(async () => {
      stage = await openStage(raisedLimits)
      await stage.world.logIn()
      await talk()
      viewer = await openViewer(stage.eye, [room])
      browser = await launch(executablePath!)
      page = await (await browser.newContext({ viewport: { width: 1180, height: 900 } })).newPage()
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
      await page.goto(viewer.address(room))
      await page.waitForSelector('.message')
    }, 240_000)
    afterAll(async () => {
      await browser?.close()
      await viewer?.close()
      await stage?.drop()
    })

    /** One of everything, each waited for, so that their order is known. */
    async function talk(): Promise<void> {
      const { alice, eye, weChat } = stage
      const from = async (who: string, text: string) => {
        await weChat.say(who, text, 'hikers')
        room = await eye.roomNamed(/^周末爬山队/)
        return eye.hears(room, text)
      }
      await from('wu', '周六早上八点，东门集合')
      await from('lin', hostile)
      const calling = await weChat.say('wu', '@行舟\u2005 你带地图好吗？', 'hikers')
      words.calling = (await eye.hears(room, /你带地图好吗/)).id
      words.mine = await alice.say(room.roomId, 'Sure, and tee')
      await weChat.waitDelivered(({ text }) => text === 'Sure, and tee')
      await alice.edit(room.roomId, words.mine, 'Sure, and tea')
      await weChat.waitDelivered(({ text }) => text === 'Sure, and tea')
      await weChat.share('qiao', { kind: 'quote', text: '我带狗', of: calling }, 'hikers')
      words.quote = (await eye.hears(room, '我带狗')).id
      words.gone = await alice.say(room.roomId, 'oops, wrong room')
      await weChat.waitDelivered(({ text }) => text === 'oops, wrong room')
      await alice.redact(room.roomId, words.gone)
      await eye.hears(room, ({ id, redacted }) => id === words.gone && redacted)
      await weChat.picture('lin', await fixture('mountain.jpg'), 'hikers')
      words.picture = (await eye.hears(room, ({ kind }) => kind === 'm.image')).id
      await weChat.share('mei', { kind: 'voice', ms: 4000 }, 'hikers')
      words.voice = (await eye.hears(room, ({ kind }) => kind === 'm.audio')).id
      await weChat.share('wu', { kind: 'file', name: '路线 <最终>.pdf' }, 'hikers')
      words.file = (await eye.hears(room, ({ kind }) => kind === 'm.file')).id
      const secret = await weChat.say('wu', '我钱包丢了，别告诉别人', 'hikers')
      words.recalled = (await eye.hears(room, '我钱包丢了，别告诉别人')).id
      await weChat.recall(secret)
      words.notice = (await eye.hears(room, /recalled a message/)).id
      const poll = { 'org.matrix.msc1767.text': 'Lunch?', 'org.matrix.msc3381.poll.start': {} }
      words.poll = await alice.send(room.roomId, 'org.matrix.msc3381.poll.start', poll)
      words.refused = (await eye.hears(room, /Was not sent/)).id
      await weChat.phoneSay('hikers', '我在路上了')
      words.phone = (await eye.hears(room, '我在路上了')).id
      heard = await eye.heard(room)
    }

    const of = (name: string) => page.locator(`[data-id="${words[name]}"]`)

    test('everything is there, in the order of the room', async () => {
      await until(async () => {
        heard = await stage.eye.heard(room)
        const shown = await page
          .locator('.messages [data-id]')
          .evaluateAll((all) => all.map((each) => each.getAttribute('data-id')))
        return shown.join() === heard.map(({ id }) => id).join()
      }, 'the page to show what is in the room')
      expect(heard.length).toBeGreaterThanOrEqual(13)
      expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length)
      expect(await page.locator('.head h2').textContent()).toMatch(/^周末爬山队⛰/)
    })

    test('everybody has the name they have in the group', async () => {
      const names = await page.locator('.message .name').allTextContents()
      for (const name of ['吴领队', '林小满🌿', '乔安 & 狗', 'Mei Chen', 'WeChat bridge']) {
        expect(names, name).toContain(name)
      }
      expect(names.join()).not.toMatch(/@wechat_|吴大山/)
    })

    test('answers stand under what they answer', async () => {
      expect(await of('quote').locator('.quote').textContent()).toMatch(/吴领队.*你带地图好吗/)
      expect(await of('notice').locator('.quote').textContent()).toMatch(/吴领队.*我钱包丢了/)
      expect(await of('notice').locator('.text').textContent()).toMatch(
        /^吴领队 recalled a message \(sent .*, recalled .*\)[\s\S]*我钱包丢了/,
      )
    })

    test('what was changed shows its last words, what was redacted none', async () => {
      expect(await of('mine').locator('.text').textContent()).toBe('Sure, and tea (edited)')
      expect(await of('gone').locator('.text').textContent()).toBe(removed)
      expect(await of('gone').locator('.bubble.recalled').count()).toBe(1)
      expect(await page.getByText('oops, wrong room').count()).toBe(0)
      expect(await of('recalled').locator('.text').textContent()).toBe('我钱包丢了，别告诉别人')
    })

    test('pictures load, a voice has its length, a file its name', async () => {
      const image = of('picture').locator('img').last()
      await until(
        () =>
          image.evaluate((each) => (each as unknown as { naturalWidth: number }).naturalWidth > 0),
        'the picture to be loaded',
      )
      expect(await of('voice').locator('.voice-length').textContent()).toBe('0:04')
      expect(await of('file').locator('.file-name').textContent()).toBe('路线 <最终>.pdf')
    })

    test('what people wrote is never markup', async () => {
      expect(await page.getByText(hostile, { exact: true }).count()).toBe(1)
      expect(await page.locator('img[src="x"], .messages .text b').count()).toBe(0)
      expect(await page.title()).not.toBe('1')
      expect(complaints).toEqual([])
    })

    test('the owner is called by a pill, and their own words from the phone are known as theirs', async () => {
      const calling = heard.find(({ id }) => id === words.calling)
      expect(decodeURIComponent(calling?.html ?? '')).toContain(`matrix.to/#/${stage.eye.user}"`)
      expect(await of('calling').locator('.text').textContent()).toContain('你带地图好吗')
      const phone = heard.find(({ id }) => id === words.phone)
      expect(phone?.sender).toBe(stage.meGhost)
      expect(phone?.name).toMatch(/许行舟|行舟|alice/)
    })

    test('what could not be sent is said by the bridge, with the reason', async () => {
      expect(await of('refused').locator('.text').textContent()).toMatch(/^Was not sent: .*poll/i)
      expect(heard.find(({ id }) => id === words.refused)?.replyTo).toBe(words.poll)
      expect(await of('refused').locator('.quote').textContent()).toMatch(/Lunch\?/)
    })

    test('a picture of it is made for somebody to look at', async () => {
      await mkdir(shots, { recursive: true })
      const tall = await page.locator('.column').evaluate((column) => column.scrollHeight)
      await page.setViewportSize({ width: 1180, height: tall + 240 })
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      expect(wide).toBeLessThanOrEqual(0)
      await until(
        () =>
          page.evaluate<boolean>(
            `[...document.querySelectorAll('.messages img')].every((image) => image.complete)`,
          ),
        'all pictures',
      )
      await page.screenshot({ path: `${shots}matrix-view.png` })
    })
  },
)
