import { appendFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Message } from '@grammyjs/types'
import { expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/server.ts'
import { startTelegram } from '../sim/telegram/server.ts'
import type { SimOptions } from '../sim/telegram/sim.ts'
import { freePort } from '../support/free-port.ts'
import { begin, block, guideFolder, replacing, run, says } from '../support/guide.ts'
import { answered, type Spot, saidAt } from '../support/telegram-world-seen.ts'
import { until } from '../support/until.ts'
import { readsAs } from './qr-reader.ts'

// docs/guides/telegram.md, done by somebody who does what it says and nothing else, with a strict Bot API.

const guide = 'docs/guides/telegram.md'
const waitMs = 120_000

/** Everything up to the first evening. */
async function followed(options: SimOptions) {
  const folder = await guideFolder()
  onTestFinished(folder.drop)
  const sandbox = await startSandbox({ holdMs: 400 })
  onTestFinished(sandbox.close)
  const sim = await startTelegram(options)
  onTestFinished(sim.close)
  const ann = sim.user('Ann', { language: 'en' })
  // Everything that is not as the guide has it.
  const words = replacing([
    ['npm ci', ':', 'download: the packages are here already'],
    ['123456:your-token', sim.token, 'token'],
  ])
  const shell = {
    cwd: folder.path,
    env: {
      // A port, and the addresses of WeChat and Telegram.
      BRIDGE__WEB__PORT: String(await freePort()),
      BRIDGE__WECHAT__WEB__LOGINBASE: sandbox.origin,
      BRIDGE__TELEGRAM__APIROOT: sim.apiRoot,
    },
  }
  const config = join(folder.path, 'bridge.yaml')
  const does = (heading: string) => run(words.in(block(guide, heading, 'sh')), shell)
  const starts = () => {
    const program = begin(block(guide, 'Start it', 'sh'), shell)
    onTestFinished(() => program.stop('SIGKILL'))
    return program
  }
  await does('Get the bridge')
  await does('Give it the token')
  expect(words.unused()).toEqual([])
  expect((await stat(join(folder.path, '.env'))).mode & 0o777).toBe(0o600)
  await writeFile(config, `${block(guide, 'Configure it', 'yaml')}\n`)

  const management: Spot = { chat: ann.id }
  /** What is said there by the bot, after a message if one is named. */
  const hears = (spot: Spot, what: string | RegExp, after?: Message): Promise<Message> => {
    const all = () =>
      saidAt(ann, spot).filter(
        ({ from, message_id: id }) => from?.id === sim.bot.id && id > (after?.message_id ?? 0),
      )
    const wordsOf = ({ text, caption }: Message) => text ?? caption ?? ''
    return until(
      () =>
        all().find((one) =>
          typeof what === 'string' ? wordsOf(one).includes(what) : what.test(wordsOf(one)),
        ),
      () => `${what}; there is ${all().map(wordsOf).join(' | ')}`,
      waitMs,
    )
  }
  const topic = async (name: string, chat = ann.id): Promise<Spot> => {
    const { thread } = await until(
      () => ann.topics(chat).find((one) => one.name.startsWith(name)),
      () => `a topic ${name}; there are ${ann.topics(chat).map((one) => one.name)}`,
      waitMs,
    )
    return { chat, thread }
  }
  /** What came to WeChat with these words. */
  const delivered = (text: string | RegExp) =>
    sandbox.control.waitDelivered(
      (one) => (typeof text === 'string' ? one.text === text : text.test(one.text)),
      waitMs,
    )

  let bridge = starts()
  const printed = says(
    guide,
    'Telegram: open https://t.me/… and press Start, or send … to @… in private, and the bridge is yours.',
  )
  const line = new RegExp(printed.replaceAll(/[.?]/g, '\\$&').replaceAll('…', '(\\S+)'))
  const [, link = '', code = ''] = await bridge.line(line)
  expect(link).toMatch(new RegExp(`^${sim.bot.username}\\?start=${code}$`))
  return {
    ...{ sandbox, sim, ann, config, management, hears, topic, delivered, code },
    async restart() {
      await bridge.stop()
      bridge = starts()
      await bridge.line(/page.*http:/)
    },
    /** What the command says that looks for what is wrong. */
    checks: () => run(`${block(guide, says(guide, 'When it does not work'), 'sh')} || true`, shell),
    /** As the steps under "Make it yours, and log in" say it. */
    async logsIn() {
      await ann.starts(code)
      await hears(management, says(guide, 'This bridge is yours now.'))
      const asked = await ann.says(ann.id, says(guide, '/login'))
      const risk = await hears(management, /Web login is risky/, asked)
      await ann.taps(ann.id, risk.message_id, says(guide, 'Log in all the same'))
      const shown = await until(
        () => saidAt(ann, management).find(({ photo }) => photo),
        'the picture with the code',
        waitMs,
      )
      const qr = `${sandbox.origin}/l/${await sandbox.control.code()}`
      expect(readsAs(Buffer.from(ann.bytesOf(shown)), qr)).toBe(true)
      await sandbox.control.scan()
      await sandbox.control.confirm()
      await hears(management, says(guide, 'WeChat is online as'))
      await until(
        () => !saidAt(ann, management).some(({ message_id: id }) => id === shown.message_id),
        'the picture to go away',
        waitMs,
      )
      await sandbox.control.settled(waitMs)
    },
  }
}

test('the guide for Telegram leads from nothing to topics and groups that go both ways, word for word', async () => {
  const here = await followed({})
  const { sandbox, ann, management, hears, topic, delivered } = here
  const { control } = sandbox
  await here.logsIn()
  // What else the machine may lack is not asked here: only what the guide has set up.
  await until(
    async () => /✓ Telegram/.test(await here.checks()),
    'the command that looks for what is wrong to find Telegram well',
    2 * waitMs,
  )

  // Chats.
  const first = await control.say('lin', '你到家了吗？')
  const lin = await topic('林小满')
  const asked = await hears(lin, '你到家了吗？')
  const written = await ann.says(lin.chat, '刚到', lin)
  const sent = await delivered('刚到')
  expect(sent.to).toBe('lin')
  await ann.says(lin.chat, '到了', { ...lin, replyTo: asked.message_id })
  await delivered(/你到家了吗？[\s\S]*到了$/)
  await ann.says(lin.chat, says(guide, '/recall'), { ...lin, replyTo: written.message_id })
  await until(() => sent.recalled, 'the recall in WeChat', waitMs)
  await control.recall(first)
  const recalled = await hears(lin, /recalled a message[\s\S]*你到家了吗？/)
  expect(answered(recalled)).toBe(asked.message_id)

  const looked = await ann.says(ann.id, says(guide, '/chats mum').replace('mum', '老周'))
  const list = await hears(management, /^Chats/, looked)
  await ann.taps(ann.id, list.message_id, '老周（木工）')
  await topic('老周（木工）')
  for (const command of ['queue', 'status', 'dead', 'help']) {
    const said = await ann.says(ann.id, says(guide, `/${command}`))
    const answer = await hears(management, /./, said)
    expect(answer.text, command).not.toMatch(/There is no command/)
  }

  // A group for a chat.
  const wish = await ann.says(lin.chat, says(guide, '/link'), lin)
  const invitation = await hears(lin, says(guide, 'Open this and pick a group'), wish)
  const payload = /startgroup=(\w+)/.exec(JSON.stringify(invitation))?.[1] ?? ''
  const group = await ann.makesGroup('小满', { payload })
  await hears({ chat: group }, says(guide, 'This group now shows the WeChat chat'))
  await ann.says(group, '在群里写的')
  expect((await delivered('在群里写的')).to).toBe('lin')
  const unlinked = await ann.says(group, says(guide, '/unlink'))
  await hears({ chat: group }, /Done\.|goes on/, unlinked)
  await control.say('lin', '回到话题')
  await hears(lin, '回到话题')

  // Topics in a group.
  const forum = await ann.makesGroup('微信', { type: 'forum', admin: false })
  await ann.promotesBot(forum, ['can_manage_topics'])
  await appendFile(here.config, `${block(guide, 'Topics in a group', 'yaml')}\n`)
  await here.restart()
  const all = await ann.says(forum, says(guide, '/link all'))
  await hears({ chat: forum }, /^Done\. Chats without a group/, all)
  await control.say('wu', '周六几点？', 'hikers')
  const hikers = await topic('周末爬山队', forum)
  await hears(hikers, '周六几点？')
  await ann.says(forum, '八点', hikers)
  expect((await delivered('八点')).to).toBe('hikers')
  const moved = await ann.says(forum, says(guide, '/place private'), hikers)
  await hears(hikers, /goes on in a topic of its own/, moved)
  await hears(await topic('周末爬山队'), /is a topic in the private chat/)
  expect(control.session().logins).toBe(1)
}, 600_000)

test('without topics the guide’s words hold too, and topics can be switched on later', async () => {
  const here = await followed({ privateTopics: false })
  const { sandbox, sim, ann, management, hears, topic, delivered } = here
  const { control } = sandbox
  await here.logsIn()

  await control.say('lin', '你到家了吗？')
  const asked = await hears(management, /^林小满.*: 你到家了吗？/)
  await ann.says(ann.id, '刚到', { replyTo: asked.message_id })
  expect((await delivered(/刚到$/)).to).toBe('lin')
  const lost = await ann.says(ann.id, '给谁的？')
  const question = await hears(management, /Which chat is it for/, lost)
  await ann.taps(ann.id, question.message_id, '林小满🌿')
  expect((await delivered('给谁的？')).to).toBe('lin')

  sim.setPrivateTopics(true)
  await here.restart()
  await control.say('lin', '早点休息')
  await hears(await topic('林小满'), '早点休息')
}, 400_000)
