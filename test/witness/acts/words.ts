import type { Room } from 'matrix-js-sdk'
import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { readBy } from '../rooms.ts'
import type { Stage } from '../stage.ts'

/** What people say to each other: words, whom they name, what they answer. */
export function wordActs(stage: () => Stage): void {
  const lin = () => stage().eye.roomNamed(/^林小满/)
  const hikers = () => stage().eye.roomNamed(/^周末爬山队/)
  const ghostOf = async (...names: readonly string[]) => {
    const room = await hikers()
    const found = await until(
      () => room.getMembers().find((member) => names.includes(member.rawDisplayName)),
      `${names} in the group’s room`,
    )
    return found.userId
  }
  /** WeChat has it, and the bridge knows. */
  const isThrough = async (room: Room, event: string) => {
    await until(() => readBy(room, event, stage().bot), 'the read mark of the bridge')
  }
  const pill = (id: string, name: string) => `<a href="https://matrix.to/#/${id}">${name}</a>`

  test('words from WeChat arrive whole, at the time they were said, and never as markup', async () => {
    const { eye, weChat } = stage()
    const words = '第一行 <b>不是粗体</b> & "引号"\n第二行 https://example.org/路?a=1&b=2 🌿'
    const id = await weChat.say('lin', words)
    const said = await eye.hears(await lin(), /第一行/)
    expect(said.body).toBe(words)
    expect(said.html ?? '').not.toMatch(/<b>|<script/)
    const { at } = weChat.said().find((one) => one.id === id)!
    expect(Math.abs(said.at - at)).toBeLessThan(1001)
    expect(said.mentions).toEqual({})
    expect(said.kind).toBe('m.text')
  })

  test('formatted words go to WeChat as plain ones that keep their meaning', async () => {
    const { alice, weChat } = stage()
    await alice.say((await lin()).roomId, 'fallback that nobody should see', {
      format: 'org.matrix.custom.html',
      formatted_body:
        '<p>Shopping <strong>now</strong>:</p><ul><li>rice &amp; oil</li><li>tea</li></ul>' +
        '<p>See <a href="https://example.org/list">the list</a></p><script>alert(1)</script>',
    })
    const sent = await weChat.waitDelivered(({ text }) => text.includes('Shopping'))
    expect(sent.text).not.toMatch(/<\/?(p|strong|ul|li|a|script)\b|fallback|alert/)
    const lines = sent.text.split('\n').map((line) => line.trim())
    expect(lines.some((line) => line.includes('rice & oil'))).toBe(true)
    expect(lines.find((line) => line.includes('rice'))).not.toContain('tea')
    expect(sent.text).toContain('https://example.org/list')
  })

  test('who is named in WeChat is named by a pill here, and rings if it is the owner', async () => {
    const { eye, weChat } = stage()
    const room = await eye.roomNamed(/^周末爬山队/)
    await weChat.setDisplay('hikers', 'qiao', '乔队医')
    const qiao = await ghostOf('乔队医')
    await weChat.say('wu', '@行舟\u2005 你带水，@乔队医\u2005 带饭', 'hikers')
    const said = await eye.hears(room, /你带水/)
    expect(said.mentions.user_ids).toContain(eye.user)
    expect(decodeURIComponent(said.html ?? '')).toContain(`"https://matrix.to/#/${eye.user}"`)
    expect(said.mentions.user_ids).toContain(qiao)
    expect(decodeURIComponent(said.html ?? '')).toContain(`"https://matrix.to/#/${qiao}"`)
    expect(eye.client.getPushActionsForEvent(said.event)).toMatchObject({
      notify: true,
      tweaks: { highlight: true },
    })
  })

  test('who names everybody in WeChat rings for the room, and who only writes so does not', async () => {
    const { eye, weChat } = stage()
    await weChat.say('wu', '@所有人\u2005 出发了', 'hikers')
    const said = await eye.hears(await hikers(), /出发了/)
    expect(said.mentions.room).toBe(true)
    await weChat.say('qiao', '@所有人\u2005 等等我', 'hikers')
    expect((await eye.hears(await hikers(), /等等我/)).mentions.room).toBe(true)
    for (const words of ['@room @没有这个人 你好', '@所有人 这是我打的字']) {
      await weChat.say('lin', words, 'hikers')
      expect((await eye.hears(await hikers(), words)).mentions).toEqual({})
    }
  })

  test('a pill goes to WeChat as the @ of the person’s name in that group', async () => {
    const { alice, weChat } = stage()
    const wu = await ghostOf('吴领队', '吴大山')
    const room = await hikers()
    await alice.say(room.roomId, '吴领队: when?', {
      format: 'org.matrix.custom.html',
      formatted_body: `${pill(wu, '老吴')} when?`,
      'm.mentions': { user_ids: [wu] },
    })
    const sent = await weChat.waitDelivered(({ text }) => text.includes('when?'))
    expect(sent.to).toBe('hikers')
    expect(sent.text).toMatch(/^@吴领队\u2005\s?when\?$/)
  })

  test('an answer in WeChat is a reply here, without a quotation in its words', async () => {
    const { eye, weChat } = stage()
    const of = await weChat.say('wu', '谁带绳子？', 'hikers')
    const room = await hikers()
    const question = await eye.hears(room, '谁带绳子？')
    await weChat.share('lin', { kind: 'quote', text: '我带', of }, 'hikers')
    const reply = await eye.hears(room, '我带')
    expect(reply.replyTo).toBe(question.id)
    expect(reply.html ?? '').not.toContain('mx-reply')
  })

  test('a reply here is an answer in WeChat that says what it is about', async () => {
    const { alice, eye, weChat } = stage()
    const room = await hikers()
    const question = await eye.hears(room, '谁带绳子？')
    await alice.answer(room.roomId, question.id, 'I have one too')
    const sent = await weChat.waitDelivered(({ text }) => text.includes('I have one too'))
    expect(sent.text).toContain('谁带绳子？')
    expect(sent.text).toContain('吴领队')
  })

  test('a change within two minutes takes the old words back and says the new ones', async () => {
    const { alice, weChat } = stage()
    const { roomId } = await lin()
    const event = await alice.say(roomId, 'at seven')
    const first = await weChat.waitDelivered(({ text }) => text === 'at seven')
    await alice.edit(roomId, event, 'at eight')
    await weChat.waitDelivered(({ text }) => text === 'at eight')
    await until(() => first.recalled, 'the old words to be taken back')
    expect((await stage().eye.hears(await lin(), 'at eight')).edited).toBe(true)
  })

  test('a later change is told in a line of its own', async () => {
    const { alice, later, weChat } = stage()
    const room = await lin()
    const event = await alice.say(room.roomId, 'by train')
    const first = await weChat.waitDelivered(({ text }) => text === 'by train')
    await isThrough(room, event)
    later(150_000)
    await alice.edit(room.roomId, event, 'by bus')
    const second = await weChat.waitDelivered(({ text }) => text.includes('by bus'))
    later(0)
    expect(second.text).not.toBe('by bus')
    expect(first.recalled).toBe(false)
  })

  test('a reaction is said as a line', async () => {
    const { alice, eye, weChat } = stage()
    const room = await lin()
    await weChat.say('lin', '爬到山顶了')
    const said = await eye.hears(room, '爬到山顶了')
    await alice.react(room.roomId, said.id, '👍')
    const sent = await weChat.waitDelivered(({ text }) => text.includes('👍'))
    expect(sent.to).toBe('lin')
    expect(sent.text).toContain('爬到山顶了')
  })

  test('what is redacted here is recalled in WeChat, as long as WeChat lets one', async () => {
    const { alice, eye, weChat } = stage()
    const room = await lin()
    const event = await alice.say(room.roomId, 'a typo')
    const sent = await weChat.waitDelivered(({ text }) => text === 'a typo')
    await alice.redact(room.roomId, event)
    await until(() => sent.recalled, 'the recall in WeChat')
    await eye.hears(room, ({ id, redacted }) => id === event && redacted)
  })

  test('after that a clear answer says that the others still see it', async () => {
    const { alice, bot, eye, later, weChat } = stage()
    const room = await lin()
    const event = await alice.say(room.roomId, 'too late')
    const sent = await weChat.waitDelivered(({ text }) => text === 'too late')
    await isThrough(room, event)
    later(150_000)
    await alice.redact(room.roomId, event)
    const told = await eye.hears(room, /Was not recalled: WeChat allows it for two minutes/)
    later(0)
    expect(told).toMatchObject({ sender: bot, kind: 'm.notice', replyTo: event })
    expect(sent.recalled).toBe(false)
  })

  test('a recall in WeChat leaves the original and tells who took back what', async () => {
    const { eye, weChat } = stage()
    const room = await hikers()
    const id = await weChat.say('wu', '密码是 1234', 'hikers')
    const original = await eye.hears(room, '密码是 1234')
    await weChat.recall(id)
    const told = await eye.hears(room, /recalled a message \(sent .*\)[\s\S]*密码是 1234/)
    expect(told.replyTo).toBe(original.id)
    expect((await eye.hears(room, (one) => one.id === original.id)).redacted).toBe(false)
  })
}
