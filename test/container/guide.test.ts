import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startIlink } from '../sim/ilink/server.ts'
import type { IlinkSim } from '../sim/ilink/sim.ts'
import { freePort } from '../support/free-port.ts'
import { type Replacement, replacing, run } from '../support/guide.ts'
import { Person } from '../support/person.ts'
import { tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { commands, Stack, startApi } from './compose.ts'
import { openDoor } from './door.ts'
import { build, engineEnv, outcome, podman } from './engine.ts'
import { buildImage, image } from './image.ts'
import { onContainers } from './install.ts'

// The rest of the container guide, by its words: somebody's own WeChat, looking after it, a backup, a restore, an upgrade.

const tag = 'localhost/wechat-bridge:guide'
const derived = `${image.split(':')[0]}:next`

const table: readonly Replacement[] = [
  [' exec ', ' exec -T ', 'there is no terminal here'],
  [' run --rm ', ' run --rm -T ', 'there is no terminal here'],
  [
    'docker compose --profile page cp page:',
    'podman cp "$(docker-compose --profile page ps --quiet page)":',
    'the older program has no cp',
  ],
  ['sudo ', '', 'there is no sudo here'],
  ['git pull', 'true', 'there is no newer version'],
  ['docker compose --profile page build', `podman tag ${derived} ${tag}`, 'it was built above'],
]

onContainers('the container guide', () => {
  let api: Awaited<ReturnType<typeof startApi>>
  let ends: (() => unknown)[]

  beforeAll(async () => {
    await buildImage()
    api = await startApi()
  }, 900_000)
  beforeEach(() => {
    ends = []
  })
  afterEach(async () => {
    for (const end of ends.reverse()) await end()
  })
  afterAll(() => api?.stop())

  const within = <T>(fact: () => T | Promise<T>, what: string) => until(fact, what, 180_000)
  const logs = 'docker compose --profile page logs page'
  /** Somebody at the page, by the newest link in the log. */
  const someone = async (stack: Stack): Promise<Person> => {
    await stack.healthy('page')
    const newest = async () =>
      [...(await stack.follow(logs)).matchAll(/http:\S+login\?token=\S+/g)].at(-1)?.[0]
    return within(async () => {
      const link = await newest()
      const person = link ? await Person.at(link) : undefined
      // After a restart the link before it may still be the last one in the log, and lets nobody in.
      return person && (await person.login()) && person
    }, 'a link in the log that lets somebody in')
  }
  const has = (person: Person, chat: string, text: string) =>
    within(
      async () => (await person.messages(chat)).some((each) => JSON.stringify(each).includes(text)),
      `"${text}" on the page`,
    )
  const chatOf = (person: Person) =>
    within(async () => (await person.chats()).find(({ name }) => name === 'Me')?.id, 'the chat')
  /** A newer image, which says that it is. */
  const buildNext = async () => {
    const folder = await tempFolder()
    ends.push(() => outcome('untag', derived, derived), folder.drop)
    await writeFile(join(folder.path, 'Dockerfile'), `FROM ${image}\nLABEL next=yes\n`)
    await build(folder.path, derived)
  }
  const arrives = (sim: IlinkSim, text: string) =>
    within(() => sim.control.delivered().filter((each) => each.text === text).length === 1, text)

  test('a login of one’s own, and then every command: backup, restore and upgrade keep what was said', async () => {
    await podman('tag', image, tag)
    ends.push(() => outcome('untag', tag, tag))
    const sim = await startIlink({ holdMs: 2_000 })
    ends.push(() => sim.close())
    const stack = await Stack.make({ profile: 'page', table, image: tag })
    ends.push(stack.drop)

    await stack.create()
    const door = await openDoor(`${stack.name}_default`, Number(new URL(sim.origin).port))
    ends.push(door.close)
    await stack.set('page', {
      language: 'en',
      'wechat.ilink.name': 'Me',
      'wechat.ilink.loginBase': door.url,
      'wechat.ilink.cdnBase': door.url,
      'backup.everyHours': '0',
    })
    await stack.follow(commands('From nothing to a scanned login', 3), 'ilink\n\n')
    let person = await someone(stack)
    await person.state('scan', 180_000)
    sim.control.leadTo(door.url)
    await sim.control.scan()
    await sim.control.confirm()
    await person.state('online', 180_000)
    const chat = await chatOf(person)
    await sim.control.says('said before the backup')
    await has(person, chat, 'said before the backup')
    await person.write(chat, 'written before the backup')
    await arrives(sim, 'written before the backup')

    const told = await stack.follow(commands('Look after it', 0))
    expect(told).toMatch(/WeChat: online/)
    expect(told).toMatch(/wechat\.connector = "ilink"/)
    expect(told).toMatch(/✓/)
    expect(told).not.toMatch(/✗/)

    await stack.follow(commands('Look after it', 1))
    await sim.control.says('said after the backup')
    await has(person, chat, 'said after the backup')

    const back = await stack.follow(commands('Look after it', 2))
    expect(back).toMatch(/Restored into \/data/)
    person = await someone(stack)
    await person.state('online', 180_000)
    await has(person, chat, 'said before the backup')
    await has(person, chat, 'written before the backup')
    // The login of the backup had not heard this yet, and is told again.
    await has(person, chat, 'said after the backup')
    const kept = await outcome('exec', await stack.container('page'), 'ls', '/data')
    expect(kept.said).toMatch(/before-restore-/)
    expect(kept.said).toMatch(/bridge\.yaml/)

    await buildNext()
    await stack.follow(commands('Look after it', 3))
    person = await someone(stack)
    const label = ['inspect', '--format', '{{index .Config.Labels "next"}}']
    expect(await podman(...label, await stack.container('page'))).toBe('yes')
    await person.state('online', 180_000)
    await has(person, chat, 'said before the backup')
    await sim.control.says('said after all of it')
    await has(person, chat, 'said after all of it')
    await person.write(chat, 'written after all of it')
    await arrives(sim, 'written after all of it')
    expect(sim.control.asked('get_bot_qrcode'), 'no code was scanned again').toBe(1)
    expect(stack.unused()).toEqual([])
    console.log('guide: login, every command, backup, restore and upgrade in a container')
  }, 900_000)

  test('without compose: one command, and it is the same bridge', async () => {
    const name = `bridge-guide-${process.pid}`
    const port = await freePort()
    const words = replacing([
      [
        'run --rm -it -v wechat-bridge:/data wechat-bridge setup',
        `run --rm -i -v ${name}:/data ${image} setup`,
        'there is no terminal here',
      ],
      ['docker ', 'podman ', 'the program that is here'],
      ['--name wechat-bridge', `--name ${name}`, 'there may be one of this name'],
      ['-v wechat-bridge:', `-v ${name}:`, 'the same'],
      ['logs wechat-bridge', `logs ${name}`, 'the same'],
      ['exec wechat-bridge', `exec ${name}`, 'the same'],
      ['--stop-timeout 30 wechat-bridge', `--stop-timeout 30 ${image}`, 'what it is called here'],
      ['-p 127.0.0.1:8686:', `-p 127.0.0.1:${port}:`, 'a port that is free here'],
    ])
    const block = words.in(commands('Without compose', 0))
    const env = Object.fromEntries(
      Object.entries(engineEnv).flatMap(([key, value]) => (value ? [[key, value]] : [])),
    )
    ends.push(() => outcome('volume', 'rm', '--force', name))
    ends.push(() => outcome('rm', '--force', '--time', '20', name))
    const lines = block.split('\n')
    const start = lines.findIndex((line) => line.startsWith('podman logs'))
    // It asks before it speaks with WeChat, so nothing leaves this machine.
    const input = 'web\n\n'
    await run(lines.slice(0, start).join('\n'), { cwd: process.cwd(), env, input })
    const [logsLine = '', statusLine = ''] = lines.slice(start)
    const shell = { cwd: process.cwd(), env }
    // Whoever looks too soon looks again: it is well before it has a page.
    const link = /http:\/\/localhost:8686\/\S*login\?token=/
    await within(async () => link.test(await run(logsLine, shell)), 'the link in the log')
    expect((await outcome('healthcheck', 'run', name)).code).toBe(0)
    expect(await run(statusLine, shell)).toMatch(/微信已离线/)
    expect(words.unused()).toEqual([])
  }, 300_000)
})
