import { expect } from 'vitest'
import type { Sender } from '../../../src/core/chat.ts'
import { accountOf } from '../../../src/core/ids.ts'
import { until } from '../../support/until.ts'
import type { Case } from '../skip.ts'
import { type Bench, names, textOf } from './bench.ts'
import { bytesOf, sha } from './jobs.ts'

/** What is said in WeChat becomes facts. */
export function receivingCases(it: Case, at: () => Bench): void {
  const toldInOrder = async (say: (text: string) => Promise<string>) => {
    const one = await at().online()
    await say('one')
    await say('two')
    await one.facts.said('two')
    expect(one.facts.order.length).toBeGreaterThan(0)
    for (const message of one.facts.messages) {
      const told = one.facts.order.indexOf(`chat ${message.chat}`)
      expect(told).toBeGreaterThanOrEqual(0)
      expect(told).toBeLessThan(one.facts.order.indexOf(`message ${message.id}`))
    }
    const data = { messages: one.facts.messages, chats: [...one.facts.chats.values()] }
    expect(JSON.parse(JSON.stringify(data))).toEqual(data)
  }

  it('tells a chat before anything said in it, and everything as plain data', () =>
    toldInOrder((text) => at().world.friendSays(text)))

  it('tells a group before anything said in it, and everything as plain data', () =>
    toldInOrder((text) => at().world.memberSays(text)))

  const hard = 'a <b>& "c" &amp; &lt;br/&gt; <br/>\n第二行 🙂 it\'s'

  it('tells what a friend said, character by character', async () => {
    const one = await at().online()
    await at().world.friendSays(hard)
    const said = await one.facts.said(hard)
    const chat = await at().friendChat(one)
    expect(said.chat).toBe(chat.id)
    expect(said.sender).toMatchObject({ type: 'contact', contact: { name: at().world.friend } })
    expect(Math.abs(said.at - Date.now())).toBeLessThan(60_000)
  })

  it('tells what was said in a group, by whom, character by character', async () => {
    const one = await at().online()
    await at().world.memberSays(hard)
    const said = await one.facts.said(hard)
    expect(said.chat).toBe(one.facts.chat('group', at().world.group)?.id)
    expect(said.sender).toMatchObject({ type: 'group', contact: { name: expect.any(String) } })
  })

  it('tells what the owner said on the phone as theirs, character by character', async () => {
    const one = await at().online()
    await at().world.phoneSays(hard)
    const said = await one.facts.said(hard)
    const chat = await at().friendChat(one)
    expect(said.chat).toBe(chat.id)
    expect(said.sender).toEqual({ type: 'myself' })
  })

  it('names its account in the ids of all chats and contacts', async () => {
    const one = await at().online()
    await at().world.friendSays('who are you')
    const said = await one.facts.said('who are you')
    const login = one.facts.last()
    const account = login?.state === 'online' ? login.account : undefined
    expect(account).toBeTruthy()
    expect(account).not.toContain('/')
    for (const chat of one.facts.chats.values()) {
      expect(chat.account).toBe(account)
      expect(accountOf(chat.id)).toBe(account)
    }
    expect(said.account).toBe(account)
    const { sender } = said
    expect('contact' in sender && accountOf(sender.contact.id)).toBe(account)
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

  const recalled = async (say: (text: string) => Promise<string>, sender: Sender['type']) => {
    const one = await at().online()
    const id = await say('hasty')
    const said = await one.facts.said('hasty')
    await at().world.recall(id)
    const recall = await until(
      () => one.facts.messages.find((each) => each.content.kind === 'recall'),
      'the recall',
    )
    expect(recall.sender.type).toBe(sender)
    expect(recall.chat).toBe(said.chat)
    expect(names(recall, said)).toBe(true)
  }

  it('tells a recall, naming the recalled message and who did it', () =>
    recalled((text) => at().world.friendSays(text), 'contact'))

  it('tells what the owner recalled on the phone', () =>
    recalled((text) => at().world.phoneSays(text), 'myself'))

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
    await at().world.friendSays('all that')
    await one.facts.said('through')
    await one.facts.said('all that')
    expect(one.facts.texts()).toEqual(['through', 'all that'])
    expect(one.facts.logins.filter((each) => each.state === 'scan')).toHaveLength(1)
  })
}
