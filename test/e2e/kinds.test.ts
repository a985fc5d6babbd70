import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyField } from '../../adapters/matrix/ingress.ts'
import type { View } from '../../adapters/web/view.ts'
import { type Running, start } from '../../src/main.ts'
import type { Shared } from '../../src/sandbox/shared.ts'
import { loadConfig } from '../support/config.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { Person } from '../support/person.ts'
import { memoryLog } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { launch } from './page-browser.ts'
import { chromiumPath } from './setup.ts'
import { synapseUnavailable } from './synapse-install.ts'

const executablePath = chromiumPath()
const why = synapseUnavailable() ?? (executablePath ? undefined : 'no Chromium')
const screenshots = join(tmpdir(), 'wechat-bridge-screenshots')
/** Two frames: what was scrolled has been drawn. */
const frames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** One of each, as people send them in a group; what the room and the page must then show, in words. */
const shares: readonly {
  readonly what: Shared
  readonly kind: string
  readonly says: RegExp
  readonly msgtype?: string
}[] = [
  { what: { kind: 'voice', ms: 3400 }, kind: 'voice', says: /./, msgtype: 'm.audio' },
  { what: { kind: 'video', seconds: 2 }, kind: 'video', says: /./, msgtype: 'm.video' },
  { what: { kind: 'video', micro: true }, kind: 'video', says: /./, msgtype: 'm.video' },
  {
    what: { kind: 'file', name: '季度报告 v2 & <终>.pdf' },
    kind: 'file',
    says: /季度报告 v2 & <终>\.pdf/,
    msgtype: 'm.file',
  },
  { what: { kind: 'sticker' }, kind: 'sticker', says: /./, msgtype: 'm.image' },
  { what: { kind: 'appPicture' }, kind: 'image', says: /./, msgtype: 'm.image' },
  { what: { kind: 'storeSticker' }, kind: 'bareSticker', says: /sticker/ },
  { what: { kind: 'dice', result: 4 }, kind: 'throw', says: /4/ },
  { what: { kind: 'morra', result: 'rock' }, kind: 'throw', says: /✊/ },
  {
    what: {
      kind: 'location',
      latitude: 34.195278,
      longitude: 117.177803,
      label: '江苏省徐州市铜山区',
      poi: '江苏师范大学',
    },
    kind: 'location',
    says: /江苏师范大学/,
    msgtype: 'm.location',
  },
  { what: { kind: 'liveLocation', phase: 'start' }, kind: 'liveLocation', says: /location/ },
  { what: { kind: 'card', who: 'zhou' }, kind: 'card', says: /周明远/ },
  { what: { kind: 'card', who: 'paper' }, kind: 'card', says: /城市晚报/ },
  {
    what: {
      kind: 'link',
      title: '一篇 <b>文章</b>',
      url: 'https://example.org/a?b=1&c=2',
      description: '摘要',
    },
    kind: 'link',
    says: /一篇 <b>文章<\/b>/,
  },
  {
    what: { kind: 'music', title: '小夜曲', artist: '海顿', url: 'https://example.org/song' },
    kind: 'music',
    says: /小夜曲/,
  },
  {
    what: { kind: 'miniProgram', name: '某商城', title: '点我拼单' },
    kind: 'miniProgram',
    says: /点我拼单/,
  },
  {
    what: { kind: 'channel', what: 'video', name: '山间', text: '日出' },
    kind: 'channel',
    says: /日出/,
  },
  {
    what: {
      kind: 'history',
      title: '群聊的聊天记录',
      lines: [
        { name: '甲', time: '2023-11-14 22:13', text: '你好' },
        {
          name: '乙',
          time: '2023-11-14 22:14',
          text: '',
          lines: [{ name: '丙', time: '2023-11-13 08:00', text: '里面的话' }],
        },
      ],
    },
    kind: 'history',
    says: /里面的话/,
  },
  {
    what: { kind: 'plainQuote', text: '同意', name: '吴大山', quoted: '周六几点？' },
    kind: 'quote',
    says: /同意/,
  },
  { what: { kind: 'solitaire', text: '#接龙\n1. 吴大山\n2. 乔' }, kind: 'solitaire', says: /接龙/ },
  {
    what: { kind: 'announcement', text: '周六八点集合' },
    kind: 'announcement',
    says: /周六八点集合/,
  },
  { what: { kind: 'redPacket', app: true, memo: '恭喜发财' }, kind: 'redPacket', says: /恭喜发财/ },
  { what: { kind: 'redPacket' }, kind: 'redPacket', says: /red packet/ },
  {
    what: { kind: 'transfer', amount: '￥0.10', memo: '午饭', phase: 'sent' },
    kind: 'transfer',
    says: /0\.10/,
  },
  { what: { kind: 'call', phase: 'invite' }, kind: 'call', says: /call/ },
  { what: { kind: 'pat', who: 'me' }, kind: 'pat', says: /拍了拍/ },
  { what: { kind: 'groupInvite', group: '工作群' }, kind: 'groupInvite', says: /工作群/ },
  { what: { kind: 'appText', text: '从应用分享的话' }, kind: 'text', says: /从应用分享的话/ },
  { what: { kind: 'prompt', title: '藏着的标题' }, kind: 'unsupported', says: /phone/ },
  { what: { kind: 'unknown', type: 49, app: true }, kind: 'unsupported', says: /phone/ },
  { what: { kind: 'unknown', type: 777 }, kind: 'unsupported', says: /777|phone/ },
]

describe.skipIf(why)(`every kind of message${why ? ` (skipped: ${why})` : ''}`, () => {
  let ground: MatrixGround
  let world: MatrixWorld
  let bridge: Running
  let person: Person
  let browser: Browser
  const ids = new Map<number, string>()

  beforeAll(async () => {
    ground = await matrixGround()
    world = await ground.world()
    const sets = [...world.sets.filter((each) => !each.startsWith('web.')), 'web.port=0']
    bridge = await start(loadConfig({ files: [], env: {}, sets }).config, { log: memoryLog() })
    person = await Person.at(String(bridge.page))
    await person.state('scan')
    await world.logIn()
    await person.state('online')
    browser = await launch(executablePath!)
    const { control } = world.sandbox
    for (const [at, { what }] of shares.entries()) {
      ids.set(at, await control.share('wu', what, 'hikers'))
    }
  })
  afterAll(async () => {
    await browser?.close()
    await bridge?.stop()
    await world?.drop()
    await ground?.drop()
  })

  const pageRoom = async () => {
    const found = await until(
      async () => (await person.chats()).find(({ name }) => name.startsWith('周末爬山队')),
      'the group on the page',
    )
    return found.id
  }
  const shown = async (at: number): Promise<View> => {
    const id = ids.get(at) ?? ''
    const room = await pageRoom()
    return until(
      async () => (await person.messages(room)).find((view) => view.id.endsWith(`/${id}`)),
      `share ${at} on the page`,
    )
  }

  test('each is on the page as what it is', async () => {
    const wrong: string[] = []
    for (const [at, share] of shares.entries()) {
      const view = await shown(at)
      if (view.kind !== share.kind || !share.says.test(view.line)) {
        wrong.push(`${JSON.stringify(share.what).slice(0, 80)} → ${view.kind}: ${view.line}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('each is in the Matrix room as what it is, with the bytes it had', async () => {
    const room = await world.room('周末爬山队')
    const wrong: string[] = []
    for (const [at, share] of shares.entries()) {
      const keyed = await until(
        async () =>
          (await world.said(room)).find((event) =>
            String(event.content[keyField]).endsWith(`/${ids.get(at)}/0`),
          ),
        `share ${at} in the Matrix room: ${JSON.stringify(share.what).slice(0, 80)}`,
      )
      const { msgtype, body, formatted_body: html } = keyed.content
      const said = `${String(body)} ${String(html ?? '')}`
      const words = /[<>&]/.test(String(share.says)) ? String(body) : said
      if (!share.says.test(words)) wrong.push(`${share.kind}: ${said}`)
      if (share.msgtype && msgtype !== share.msgtype)
        wrong.push(`${share.kind}: ${String(msgtype)}`)
      if (share.msgtype && keyed.content.url) {
        const bytes = await world.alice.download(String(keyed.content.url))
        const page = await person.media((await shown(at)).media?.id ?? '')
        if (bytes.length === 0 || sha(bytes) !== sha(page))
          wrong.push(`${share.kind}: bytes differ`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('pushes of an official account list their articles', async () => {
    await world.sandbox.control.share('paper', {
      kind: 'articles',
      items: [
        { title: '头条标题', url: 'https://mp.example.org/1', digest: '摘要一' },
        { title: '第二篇', url: 'https://mp.example.org/2', digest: '摘要二' },
      ],
    })
    const room = await world.room('Official accounts')
    const event = await until(
      async () =>
        (await world.said(room)).find(({ content }) => /头条标题/.test(String(content.body))),
      'the push in the room',
    )
    expect(String(event.content.formatted_body)).toContain('<a href="https://mp.example.org/2">')
  })

  test('a quote answers the message it quotes', async () => {
    const { control } = world.sandbox
    const first = await control.say('wu', '几点出发？', 'hikers')
    await control.share('lin', { kind: 'quote', text: '八点', of: first }, 'hikers')
    const room = await world.room('周末爬山队')
    const answer = await until(
      async () => (await world.said(room)).find(({ content }) => content.body === '八点'),
      'the answer',
    )
    const asked = (await world.said(room)).find(({ content }) => content.body === '几点出发？')
    const relation = answer.content['m.relates_to'] as Record<string, { event_id: string }>
    expect(relation['m.in_reply_to']?.event_id).toBe(asked?.event_id)
  })

  test('a friend request arrives in the management room and is accepted there', async () => {
    await world.sandbox.control.request('nan', '我是隔壁的南南', '南南')
    const management = await world.room('WeChat bridge')
    const asked = await until(
      async () =>
        (await world.said(management)).find(({ content }) => /南南/.test(String(content.body))),
      'the request',
    )
    const code = /!wx accept (\S+)/.exec(String(asked.content.body))?.[1] ?? ''
    await world.alice.say(management, `!wx accept ${code.replace(/[.。]$/, '')}`)
    await until(() => world.sandbox.control.figure('nan').friend, 'the friendship')
    await world.room('南南')
  })

  test('the room with all of them, seen on the page', async () => {
    await mkdir(screenshots, { recursive: true })
    const complaints: string[] = []
    for (const [name, options] of [
      ['phone-light', { viewport: { width: 390, height: 844 }, colorScheme: 'light' }],
      ['desktop-dark', { viewport: { width: 1180, height: 860 }, colorScheme: 'dark' }],
    ] as const) {
      const { storageState } = person
      const context = await browser.newContext({ ...options, storageState, locale: 'en-GB' })
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (line) => {
        if (line.type() === 'error' && !line.text().includes('404')) complaints.push(line.text())
      })
      await page.goto(`${person.home}/`)
      await page
        .getByText(/周末爬山队/)
        .first()
        .click()
      await page.getByText('藏着的标题').first().waitFor()
      for (let part = 0; part < 6; part++) {
        await page.screenshot({ path: join(screenshots, `kinds-${name}-${part}.png`) })
        await page.mouse.move(name.startsWith('phone') ? 200 : 800, 400)
        await page.mouse.wheel(0, -700)
        await page.evaluate(frames)
      }
      await context.close()
    }
    expect(complaints).toEqual([])
  })
})
