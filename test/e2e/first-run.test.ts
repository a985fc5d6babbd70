import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ANSWERS, CHATTER, OPENING } from '../../src/sandbox/lines.ts'
import { picture } from '../../src/sandbox/world.ts'
import { launch } from './page-browser.ts'
import { chromiumPath } from './setup.ts'

const executablePath = chromiumPath()
const why = executablePath ? '' : ' (skipped: no Chromium here)'
const screenshots = join(tmpdir(), 'wechat-bridge-screenshots')
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.skipIf(!executablePath)(`a newcomer types npm start${why}`, () => {
  let bridge: ChildProcess
  let address: string
  let began: number
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true })
    bridge = spawn('npm', ['start', '--silent', '--', '--set', 'web.port=0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    address = await new Promise((resolve, reject) => {
      const errors: string[] = []
      bridge.stderr?.on('data', (chunk) => errors.push(String(chunk)))
      bridge.once('exit', (code) =>
        reject(new Error(`npm start ended with ${code}: ${errors.join('')}`)),
      )
      createInterface({ input: bridge.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        const url = /http:\/\/\S+/.exec(line)?.[0]
        if (url) resolve(url)
      })
    })
    began = performance.now()
    browser = await launch(executablePath!)
    page = await browser.newPage({ viewport: { width: 1180, height: 800 }, locale: 'zh-CN' })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (line) => {
      if (line.type() === 'error' && !line.text().includes('404')) complaints.push(line.text())
    })
    await page.goto(address)
  })
  afterAll(async () => {
    await browser?.close()
    if (!bridge?.pid || bridge.exitCode !== null) return
    const gone = new Promise((resolve) => bridge.once('exit', resolve))
    // npm and what it started share the process group that `detached` made.
    process.kill(-bridge.pid, 'SIGTERM')
    await gone
  })

  const chat = (name: string) => page.locator('a.entry', { hasText: name })
  const open = async (name: string) => {
    await chat(name).click()
    await page.locator('main h2, header h2', { hasText: name }).first().waitFor()
  }
  const shown = (text: string) => page.locator('article', { hasText: text }).first().waitFor()
  /** The bytes of the picture in an article, as the page itself loads them. */
  const bytesIn = async (article: string) => {
    const image = page.locator(`${article} .picture.loaded img`).first()
    await image.waitFor()
    const src = await image.getAttribute('src')
    const answer = await page.request.get(new URL(src ?? '', page.url()).href)
    return answer.body()
  }

  test('within 20 s of the start line: a friend, a group and an MP, their words, a picture, both recalls', async () => {
    for (const name of ['林小满', '周末爬山队', '城市晚报']) await chat(name).waitFor()
    await open('城市晚报')
    await shown('【晚间速览】')
    await open('周末爬山队')
    await shown('6:30 南门集合')
    expect(sha(await bytesIn('article.message'))).toBe(sha(await readFile(picture('mountain'))))
    await page.screenshot({ path: join(screenshots, 'first-run-group.png') })

    await open('老周')
    const notice = page.locator('article.recall', { hasText: '摊位在三号' })
    await notice.waitFor()
    await page.screenshot({ path: join(screenshots, 'first-run-recall.png') })
    await open('林小满')
    expect(sha(await bytesIn('article.recall'))).toBe(sha(await readFile(picture('cat'))))
    expect(performance.now() - began).toBeLessThan(20_000)
    await page.screenshot({ path: join(screenshots, 'first-run-friend.png') })
  })

  test('an answer typed on the page reaches WeChat, which answers back', async () => {
    await open('林小满')
    await page.locator('textarea').fill('收到你的猫了')
    await page.locator('textarea').press('Enter')
    const mine = page.locator('article.message.mine', { hasText: '收到你的猫了' })
    await mine.locator('.tick').waitFor()
    expect(await mine.count()).toBe(1)
    // The words people in the sandbox answer with, and never say by themselves: nobody answers what did not arrive.
    const unasked = [...OPENING, ...CHATTER].filter(({ from }) => from === 'lin')
    const said = unasked.map(({ text }) => text ?? '').join('\n')
    expect(ANSWERS.text.filter((words) => said.includes(words))).toEqual([])
    const hasText = new RegExp(ANSWERS.text.join('|'), 'u')
    const answered = page.locator('article.message.theirs', { hasText })
    await answered.first().waitFor()
    await page.screenshot({ path: join(screenshots, 'first-run-answer.png') })
  })

  test('it says plainly that this is a sandbox, and the browser has nothing to complain about', async () => {
    expect(await page.locator('body').innerText()).toContain('沙盒')
    expect(complaints).toEqual([])
  })
})
