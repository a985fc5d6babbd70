import { expect } from 'vitest'
import { until } from '../../support/until.ts'
import type { Case } from '../skip.ts'
import { type Bench, names, textOf } from './bench.ts'
import { bytesOf, sha } from './jobs.ts'

/** What is said in WeChat becomes facts. */
export function receivingCases(it: Case, at: () => Bench): void {
  it('tells a chat before anything said in it, and everything as plain data', async () => {
    const one = await at().online()
    await at().world.friendSays('one')
    await at().world.memberSays('two')
    await one.facts.said('two')
    expect(one.facts.order.length).toBeGreaterThan(0)
    for (const message of one.facts.messages) {
      const told = one.facts.order.indexOf(`chat ${message.chat}`)
      expect(told).toBeGreaterThanOrEqual(0)
      expect(told).toBeLessThan(one.facts.order.indexOf(`message ${message.id}`))
    }
    const data = { messages: one.facts.messages, chats: [...one.facts.chats.values()] }
    expect(JSON.parse(JSON.stringify(data))).toEqual(data)
  })

  it('tells who said what where, character by character', async () => {
    const one = await at().online()
    const text = 'a <b>& "c" &amp; &lt;br/&gt; <br/>\n第二行 🙂 it\'s'
    await at().world.friendSays(text)
    await at().world.memberSays(`${text}!`)
    await at().world.phoneSays(`${text}?`)
    const byFriend = await one.facts.said(text)
    const byMember = await one.facts.said(`${text}!`)
    const byPhone = await one.facts.said(`${text}?`)
    const chat = await at().friendChat(one)
    expect(byFriend.chat).toBe(chat.id)
    expect(byFriend.sender).toMatchObject({ type: 'contact', contact: { name: at().world.friend } })
    expect(byMember.chat).toBe(one.facts.chat('group', at().world.group)?.id)
    expect(byMember.sender.type).toBe('group')
    expect(byPhone.chat).toBe(chat.id)
    expect(byPhone.sender).toEqual({ type: 'myself' })
  })

  it('tells which groups have members, and each time that they change', async () => {
    const one = await at().online()
    const group = await until(
      () => one.facts.chat('group', at().world.group)?.id,
      'the chat of the group',
    )
    await until(() => one.facts.rosters.includes(group), 'the members being told of')
    const { newcomer } = at().world
    const members = async () => (await one.connector.people?.members(group)) ?? []
    const found = async () => (await members()).find(({ name }) => name === newcomer)
    const before = await members()
    expect(before.length).toBeGreaterThan(0)
    expect(before.some(({ nick, name }) => nick === name)).toBe(false)
    expect(await found()).toBeUndefined()
    const after = async (change: () => Promise<void>) => {
      const told = one.facts.rosters.filter((each) => each === group).length
      await change()
      const now = () => one.facts.rosters.filter((each) => each === group).length
      await until(() => now() > told, 'the members being told of again')
    }
    await after(() => at().world.memberJoins())
    expect(await found()).not.toHaveProperty('nick')
    await after(() => at().world.memberIsCalled('a nick'))
    expect(await found()).toMatchObject({ name: newcomer, nick: 'a nick' })
    await after(() => at().world.memberLeaves())
    expect(await members()).toEqual(before)
  })

  it('keeps the order in which things were said', async () => {
    const one = await at().online()
    const texts = Array.from({ length: 30 }, (_, index) => `number ${index}`)
    for (const text of texts) await at().world.friendSays(text)
    await one.facts.said('number 29')
    expect(one.facts.texts()).toEqual(texts)
  })

  it('offers a message again until it is kept, and what follows only then', async () => {
    const one = await at().online()
    let refusals = 0
    one.facts.refuse = (message) => textOf(message) === 'first' && ++refusals <= 3
    await at().world.friendSays('first')
    await at().world.friendSays('second')
    await one.facts.said('second')
    expect(refusals).toBeGreaterThan(3)
    expect(one.facts.texts()).toEqual(['first', 'second'])
  })

  it('offers after a restart what was not kept before it', async () => {
    const one = await at().online()
    let refused = false
    one.facts.refuse = (message) => {
      refused ||= textOf(message) === 'precious'
      return textOf(message) === 'precious'
    }
    await at().world.friendSays('precious')
    await until(() => refused, 'the message being offered')
    await one.stop()
    const again = at().start()
    const kept = await again.facts.said('precious')
    expect(kept.content).toEqual({ kind: 'text', text: 'precious' })
    expect(again.facts.logins.map((each) => each.state)).not.toContain('scan')
  })

  it('gives a repeated message the same id, if it tells it at all', async () => {
    const one = await at().online()
    const id = await at().world.friendSays('once')
    const first = await one.facts.said('once')
    await at().world.repeat(id)
    await at().world.friendSays('after')
    await one.facts.said('after')
    const same = one.facts.messages.filter((each) => textOf(each) === 'once')
    expect(new Set(same.map((each) => each.id))).toEqual(new Set([first.id]))
  })

  it('opens a received picture with equal bytes', async () => {
    const one = await at().online()
    const { bytes } = at().world.picture(300_000)
    await at().world.friendSendsPicture(bytes)
    const media = await until(() => one.facts.pictures()[0], 'the picture')
    const opened = await one.connector.download(media, AbortSignal.timeout(20_000))
    expect(sha(await bytesOf(opened.stream))).toBe(sha(bytes))
    expect(opened.mime).toMatch(/^image\//)
  })

  it('tells a recall, naming the recalled message and who did it', async () => {
    const one = await at().online()
    const friend = await at().world.friendSays('hasty')
    const phone = await at().world.phoneSays('hasty too')
    const said = await one.facts.said('hasty')
    const mine = await one.facts.said('hasty too')
    await at().world.recall(friend)
    await at().world.recall(phone)
    const recalls = await until(() => {
      const found = one.facts.messages.filter((each) => each.content.kind === 'recall')
      return found.length === 2 && found
    }, 'two recalls')
    const [first, second] = recalls
    expect(first?.sender.type).toBe('contact')
    expect(first?.chat).toBe(said.chat)
    expect(names(first, said)).toBe(true)
    expect(second?.sender.type).toBe('myself')
    expect(second?.chat).toBe(mine.chat)
    expect(names(second, mine)).toBe(true)
  })

  it('shows what it cannot read as a line, and reads on', async () => {
    const one = await at().online()
    await at().world.nonsense()
    await at().world.friendSays('after the nonsense')
    await one.facts.said('after the nonsense')
    const line = one.facts.messages.find((each) => each.content.kind === 'unsupported')
    expect(line?.content).toMatchObject({ kind: 'unsupported', summary: expect.any(String) })
  })

  it('survives garbage, errors and broken connections without losing a word', async () => {
    const one = await at().online()
    await at().world.garbage()
    await at().world.friendSays('through')
    await at().world.memberSays('all that')
    await one.facts.said('through')
    await one.facts.said('all that')
    expect(one.facts.texts().sort()).toEqual(['all that', 'through'])
    expect(one.facts.logins.filter((each) => each.state === 'scan')).toHaveLength(1)
  })
}
