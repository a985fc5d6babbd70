import { expect } from 'vitest'
import type { Case } from '../skip.ts'
import type { Bench } from './bench.ts'
import { failure, opened, sendPicture, sendRecall, sendText, sha } from './jobs.ts'

/** What is sent arrives, once. */
export function sendingCases(it: Case, at: () => Bench): void {
  it('delivers a text unchanged, with a receipt, and does not take its echo for news', async () => {
    const one = await at().online()
    const chat = await at().friendChat(one)
    const text = 'x <y> & "z" \\u4f60 \\/ 你好\n🙂 &lt;'
    const job = sendText(chat.id, text)
    const receipt = await one.send(job)
    expect(receipt.ids.length).toBeGreaterThan(0)
    expect(at().world.arrived()).toMatchObject([{ to: 'friend', text, recalled: false }])
    await at().world.repeat(receipt.ids[0] ?? '')
    await at().world.friendSays('an answer')
    await one.facts.said('an answer')
    expect(one.facts.texts()).toEqual(['an answer'])
  })

  it('delivers a large picture with equal bytes', async () => {
    const one = await at().online()
    const chat = await at().friendChat(one)
    const { bytes, mime } = at().world.picture(1_300_000)
    await one.send(sendPicture(chat.id, mime), async () => opened(bytes, mime))
    const [arrived] = at().world.arrived()
    expect(sha(arrived?.bytes ?? new Uint8Array())).toBe(sha(bytes))
  })

  it('says that an empty picture was certainly not sent', async () => {
    const one = await at().online()
    const chat = await at().friendChat(one)
    const none = async () => opened(new Uint8Array(), 'image/jpeg')
    const empty = await failure(one.send(sendPicture(chat.id, 'image/jpeg'), none))
    expect(empty.failure).toMatchObject({ heal: 'never', certain: true })
    expect(at().world.arrived()).toEqual([])
  })

  it('takes back what it sent, and does not tell its own recall', async () => {
    const one = await at().online()
    const chat = await at().friendChat(one)
    const job = sendText(chat.id, 'oops')
    const receipt = await one.send(job)
    await one.send({ ...sendRecall(chat.id, job), recalls: receipt })
    expect(at().world.arrived()).toMatchObject([{ text: 'oops', recalled: true }])
    await at().world.friendSays('seen')
    await one.facts.said('seen')
    expect(one.facts.texts()).toEqual(['seen'])
    expect(one.facts.messages.some((each) => each.content.kind === 'recall')).toBe(false)
  })

  it('finds what it delivered, also after a restart, and nothing else', async () => {
    const since = Date.now()
    const one = await at().online()
    const chat = await at().friendChat(one)
    const job = sendText(chat.id, 'found')
    const receipt = await one.send(job)
    const never = sendText(chat.id, 'never sent')
    const signal = AbortSignal.timeout(20_000)
    expect(await one.connector.find(job, since, signal)).toMatchObject({ ids: receipt.ids })
    expect(await one.connector.find(never, since, signal)).toBeTypeOf('string')
    await one.stop()
    const again = at().harness.connector()
    expect(await again.find(job, since, signal)).toMatchObject({ ids: receipt.ids })
    expect(await again.find(never, since, signal)).toBeTypeOf('string')
  })

  it('says of a send while offline that it certainly was not delivered', async () => {
    const one = await at().online()
    const chat = await at().friendChat(one)
    await one.stop()
    const error = await failure(one.send(sendText(chat.id, 'too early')))
    expect(error.failure).toMatchObject({ code: 'session', heal: 'relogin', certain: true })
    expect(at().world.arrived()).toEqual([])
  })
}
