import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import type { Language } from '../../src/core/words.ts'
import { groupChat, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { openWorld, roomOf, type World } from './harness.ts'
import { ask, buttonsOf, equip, press } from './pressing.ts'

let world: World
afterEach(() => world.close())

const speaking = (language: Language) => ({ voice: { language, timezone: 'UTC' } })
/** Not shared by the worlds of one test: a new process reads its configuration anew. */
const opened = (language: Language) =>
  openWorld({
    parts: speaking(language),
    prepare: ({ hub }) => {
      equip(hub)
    },
  })

const statusWords = async () => plainOf((await ask(world, management, 'status')).post.body)

test('the language changes at once, by a button too, everywhere something is said', async () => {
  world = await opened('en')
  await world.wechat.hear(message('2', { chat: { ...groupChat }.id }))
  await roomOf(world, groupChat)
  const now = await ask(world, management, 'language')
  expect(now.notice).toEqual({ type: 'language', language: 'en' })
  const changed = await press(world, now.post, '中文')
  expect(changed.notice).toEqual({ type: 'language', language: 'zh', now: true })
  expect(plainOf(changed.post.body)).toBe('好了，以后用中文。')
  expect(await statusWords()).toContain('微信：在线')
  // Names are joined as the language joins them: what was made at the start must not keep its language.
  world.wechat.people.inGroup = ['一', '二'].map((name) => ({ id: name as never, name }))
  await ask(world, groupChat, 'members')
  const removed = await ask(world, groupChat, 'remove 1 2')
  expect(removed.notice).toMatchObject({ name: '一、二' })
  const help = await ask(world, management, 'help')
  expect(plainOf(help.post.body)).toContain('命令：')
  expect(buttonsOf(help.post).flat()[0]).toMatchObject({ label: '聊天' })
})

test('wrong words change nothing', async () => {
  world = await opened('en')
  for (const line of ['language fr', 'language zh now', 'language constructor']) {
    expect((await ask(world, management, line)).notice).toEqual({
      type: 'usage',
      usage: '!wx language zh|en',
    })
  }
  expect(await statusWords()).toContain('WeChat: online')
})

test('it is kept over a restart', async () => {
  const voice = { language: 'en' as Language, timezone: 'UTC' }
  const parts = {
    get voice() {
      return { ...voice }
    },
  }
  world = await openWorld({ parts })
  await ask(world, management, 'language zh')
  world = await world.restart()
  expect(await statusWords()).toContain('微信：在线')
  // Whoever changes the configuration afterwards means it.
  voice.language = 'zh'
  world = await world.restart()
  await ask(world, management, 'language en')
  world = await world.restart()
  expect(await statusWords()).toContain('WeChat: online')
  voice.language = 'en'
  world = await world.restart()
  expect(await statusWords()).toContain('WeChat: online')
  voice.language = 'zh'
  world = await world.restart()
  expect(await statusWords()).toContain('微信：在线')
})
