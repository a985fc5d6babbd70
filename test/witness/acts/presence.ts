import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { eventsOf } from '../person.ts'
import { nameOf, peopleIn, readBy, stateOf, successorOf } from '../rooms.ts'
import type { Stage } from '../stage.ts'

/** What became of what one wrote, what one has read, and what one wrote elsewhere. */
export function presenceActs(stage: () => Stage): void {
  const lin = () => stage().eye.roomNamed(/^林小满/)
  const status = 'com.beeper.message_send_status'
  const aboutOf = (event: { getContent(): Record<string, unknown> }) =>
    (event.getContent()['m.relates_to'] as { event_id?: string } | undefined)?.event_id

  test('what WeChat has taken is marked as read by the bridge, and told as a status', async () => {
    const { alice, bot, eye, weChat } = stage()
    const room = await lin()
    const event = await alice.say(room.roomId, 'delivered?')
    await weChat.waitDelivered(({ text }) => text === 'delivered?')
    await until(() => readBy(room, event, bot), 'the read mark of the bridge')
    const told = await until(
      () => eventsOf(eye.client, room.roomId, status).find((one) => aboutOf(one) === event),
      'the status',
    )
    expect(told.getSender()).toBe(bot)
    expect(told.getContent()).toMatchObject({ status: 'SUCCESS' })
  })

  test('what is written in a room in the very moment it is there is not lost', async () => {
    const { alice, eye, weChat } = stage()
    await weChat.say('html', '你好')
    const room = await eye.roomNamed(/Tom & "Jerry"/)
    await alice.say(room.roomId, 'at once')
    expect((await weChat.waitDelivered(({ text }) => text === 'at once')).to).toBe('html')
  })

  test('what WeChat refuses is answered with the reason, and has a failed status', async () => {
    const { alice, bot, eye, weChat } = stage()
    await weChat.say('zhou', '在吗')
    const room = await eye.roomNamed(/^老周/)
    await eye.hears(room, '在吗')
    weChat.fault({ path: 'webwxsendmsg', times: 3, how: { ret: 1204 } })
    const event = await alice.say(room.roomId, 'refuse me')
    const told = await eye
      .hears(room, ({ replyTo, kind }) => replyTo === event && kind === 'm.notice')
      .finally(() => weChat.mend())
    expect(told.sender).toBe(bot)
    expect(told.body).toMatch(/not sent/i)
    const failed = await until(
      () => eventsOf(eye.client, room.roomId, status).find((one) => aboutOf(one) === event),
      'the status',
    )
    expect(failed.getContent().status).toMatch(/FAIL_(RETRIABLE|PERMANENT)/)
    expect(weChat.delivered().some(({ text }) => text === 'refuse me')).toBe(false)
    expect(readBy(room, event, bot)).toBe(false)
  })

  test('what cannot be sent at all is answered too', async () => {
    const { alice, bot, eye } = stage()
    const room = await lin()
    const poll = { 'org.matrix.msc1767.text': 'Which day?', 'org.matrix.msc3381.poll.start': {} }
    const event = await alice.send(room.roomId, 'org.matrix.msc3381.poll.start', poll)
    const told = await eye.hears(room, ({ replyTo }) => replyTo === event)
    expect(told.sender).toBe(bot)
    expect(told.body).toMatch(/Was not sent/)
  })

  test('what the owner has read here is read on the phone', async () => {
    const { alice, eye, weChat } = stage()
    const room = await lin()
    await weChat.say('lin', '看到了吗')
    const said = await eye.hears(room, '看到了吗')
    const before = weChat.readMarks().length
    await alice.reads(room.roomId, said.id)
    await until(() => weChat.readMarks().slice(before).includes('lin'), 'the read mark in WeChat')
  })

  test('without a puppet what the owner types on the phone is said by a user that stands for them', async () => {
    const { again, eye, meGhost, weChat } = stage()
    await again()
    await weChat.phoneSay('lin', 'from my phone')
    const said = await eye.hears(await lin(), 'from my phone')
    expect(said.sender).toBe(meGhost)
    expect(said.name).toMatch(/许行舟|alice/)
  })

  test('with the owner’s token it is said by the owner, and is not sent to WeChat again', async () => {
    const { alice, eye, meGhost, weChat } = stage()
    await stage().again(`matrix.doublePuppet.token=${alice.token}`)
    const before = weChat.delivered().length
    await weChat.phoneSay('lin', 'truly mine')
    const room = await lin()
    const said = await eye.hears(room, 'truly mine')
    expect(said.sender).toBe(eye.user)
    await weChat.say('lin', 'and yours')
    await eye.hears(room, 'and yours')
    const event = await alice.say(room.roomId, 'typed here')
    await weChat.waitDelivered(({ text }) => text === 'typed here')
    expect(
      weChat
        .delivered()
        .slice(before)
        .map(({ text }) => text),
    ).toEqual(['typed here'])
    const mine = (await eye.heard(room)).filter(({ body }) => body === 'typed here')
    expect(mine.map(({ id }) => id)).toEqual([event])
    expect(peopleIn(room).map(({ id }) => id)).not.toContain(meGhost)
  })

  test('with it, what was read on the phone is read here', async () => {
    const { eye, weChat } = stage()
    const room = await lin()
    await weChat.say('lin', 'read me on the phone')
    const said = await eye.hears(room, 'read me on the phone')
    expect(room.getEventReadUpTo(eye.user, true)).not.toBe(said.id)
    await weChat.phoneRead('lin')
    await until(() => readBy(room, said.id, eye.user), 'the read mark of the owner')
    await stage().again()
  })

  test('a token that is typed works as well, and its words are gone at once', async () => {
    const { alice, eye, management, weChat } = stage()
    const event = await alice.say(management, `!wx puppet ${alice.token}`)
    const home = await eye.roomNamed('WeChat bridge')
    await eye.hears(home, ({ id, redacted }) => id === event && redacted)
    await weChat.phoneSay('lin', 'mine by a typed token')
    expect((await eye.hears(await lin(), 'mine by a typed token')).sender).toBe(eye.user)
    expect(stage().log.text()).not.toContain(alice.token)
  })

  test('a room that is upgraded is followed by bot, ghosts and words', async () => {
    const { alice, bot, eye, weChat } = stage()
    await weChat.say('lin', '晚饭吃什么', 'family')
    const old = await eye.roomNamed(/^一家人/)
    await eye.hears(old, '晚饭吃什么')
    const ghosts = peopleIn(old)
      .map(({ id }) => id)
      .filter((id) => id.startsWith('@wechat_') && !id.startsWith('@wechat_me'))
    const path = `/rooms/${encodeURIComponent(old.roomId)}/upgrade`
    await alice.call('POST', path, { new_version: old.getVersion() === '12' ? '12' : '11' })
    const room = await until(() => successorOf(eye.client, old), 'the room it goes on as', 30_000)
    // Element invites whoever was in the old room; the server's upgrade by itself does not.
    await alice.call('POST', `/rooms/${encodeURIComponent(room.roomId)}/invite`, { user_id: bot })
    const followers = () =>
      [bot, ...ghosts].filter((id) => room.getMember(id)?.membership === 'join')
    await until(
      () => followers().length === ghosts.length + 1,
      () => `bot and ghosts to follow; there are: ${followers()}`,
      60_000,
    )
    await weChat.say('lin', '吃面吧', 'family')
    const said = await eye.hears(room, '吃面吧')
    expect(ghosts).toContain(said.sender)
    await alice.say(room.roomId, 'noodles it is')
    expect((await weChat.waitDelivered(({ text }) => text === 'noodles it is')).to).toBe('family')
    expect(nameOf(room)).toMatch(/^一家人/)
    expect(stateOf(old, 'm.room.tombstone')?.replacement_room).toBe(room.roomId)
    expect((await eye.heard(old)).some(({ body }) => body === '吃面吧')).toBe(false)
  })
}
