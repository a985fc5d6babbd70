import { expect, test } from 'vitest'
import type { ChatId } from '../../../src/core/ids.ts'
import { chatId } from '../../../src/core/ids.ts'
import type { MediaKind } from '../../../src/core/message.ts'
import type { ChatSend } from '../../../src/ports/wechat.ts'
import type { Running } from '../../contract/connector/bench.ts'
import {
  failure,
  jpeg,
  opened,
  sendPicture,
  sendRecall,
  sendText,
} from '../../contract/connector/jobs.ts'
import type { IlinkSim } from '../../sim/ilink/sim.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, greet, logIn, quick, stage } from './lab.ts'

const { sim: start, run, spy } = stage()

/** Online, with something to answer. */
async function ready(options?: Parameters<typeof start>[0], vault = memoryVault()) {
  const sim = await start(options)
  const one = run(connectorTo(sim, vault))
  await logIn(sim, one)
  await greet(sim, one)
  return { sim, one, chat: await chatOf(one), vault }
}

const chatOf = async (one: Running): Promise<ChatId> =>
  (await until(() => one.facts.chat('friend', 'Me'))).id

function sendMedia(chat: ChatId, kind: MediaKind, mime: string, name?: string): ChatSend {
  const job = sendPicture(chat, mime)
  if (job.body.kind !== 'media') throw new Error('a picture is media')
  const media = { ...job.body.media, kind, ...(name === undefined ? {} : { name }) }
  return { ...job, body: { kind: 'media', media } }
}

test('nothing is sent before something was said, and says how that is healed', async () => {
  const sim = await start()
  const one = run(connectorTo(sim))
  await logIn(sim, one)
  const job = sendText(await chatOf(one), 'first')
  expect(() => one.connector.check?.(job)).toThrow('Write something to the bot')
  const quota = { code: 'rate', heal: 'wait', certain: true, reason: 'quota' }
  expect((await failure(one.send(job))).failure).toMatchObject(quota)
  expect(sim.control.asked('sendmessage')).toBe(0)
  await greet(sim, one)
  one.connector.check?.(job)
  await one.send(job)
  expect(sim.control.delivered()).toMatchObject([{ text: 'first', clientId: job.clientId }])
})

test('the eleventh answer to one message waits for the next', async () => {
  const { sim, one, chat } = await ready()
  for (let count = 1; count <= 10; count++) await one.send(sendText(chat, `answer ${count}`))
  const over = sendText(chat, 'one too many')
  const { failure: refusal } = await failure(one.send(over))
  expect(refusal).toMatchObject({ code: 'rate', heal: 'wait', certain: true, reason: 'quota' })
  expect(refusal.afterMs).toBeGreaterThan(0)
  expect(await one.connector.find(over, 0, AbortSignal.timeout(1_000))).toBeTypeOf('string')
  await greet(sim, one, 'more')
  await one.send(over)
  expect(sim.control.delivered()).toHaveLength(11)
})

test('a day without a word takes the leave to answer away', async () => {
  const { sim, one, chat } = await ready()
  sim.control.lapse()
  const late = await failure(one.send(sendText(chat, 'late')))
  expect(late.failure).toMatchObject({ reason: 'quota' })
})

test('the leave to answer outlives a restart', async () => {
  const { sim, one, chat, vault } = await ready()
  await one.stop()
  const again = run(connectorTo(sim, vault))
  await until(() => again.facts.last()?.state === 'online')
  await again.send(sendText(chat, 'still allowed'))
  expect(sim.control.delivered()).toMatchObject([{ text: 'still allowed' }])
})

test('an old message that comes again does not take away the newer leave', async () => {
  const { sim, one, chat } = await ready()
  const [old] = one.facts.messages
  for (let count = 1; count <= 10; count++) await one.send(sendText(chat, `${count}`))
  await greet(sim, one, 'newer')
  await sim.control.repeat(old?.aliases[0] ?? '')
  await sim.control.settled()
  await one.send(sendText(chat, 'by the newer'))
})

test('an answer that is lost leaves it unclear, until it is seen coming back', async () => {
  const { sim, one, chat } = await ready()
  sim.control.fault({ path: 'sendmessage', how: 'lost' })
  const job = sendText(chat, 'lost')
  const error = await failure(one.send(job))
  expect(error.failure).toMatchObject({ code: 'network', heal: 'retry', certain: false })
  const signal = AbortSignal.timeout(5_000)
  expect(await one.connector.find(job, 0, signal)).toBe('unknown')
  await sim.control.repeat(job.clientId)
  const echo = await until(() => one.facts.echoes.get(job.key), 'the echo')
  expect(echo.ids).toContain(sim.control.delivered()[0]?.id)
  expect(await one.connector.find(job, 0, signal)).toMatchObject({ ids: echo.ids })
  expect(one.facts.texts()).toEqual(['hello'])
})

test('what was known to be delivered proves nothing by coming back', async () => {
  const { sim, one, chat } = await ready()
  const { ids } = await one.send(sendText(chat, 'known'))
  await sim.control.repeat(ids[0] ?? '')
  await greet(sim, one, 'after')
  expect(one.facts.echoes.size).toBe(0)
  expect(one.facts.texts()).toEqual(['hello', 'after'])
})

test('a refusal after a lost answer does not make it certain that nothing went out', async () => {
  const { sim, one, chat } = await ready()
  const since = Date.now()
  const job = sendText(chat, 'lost')
  sim.control.fault({ path: 'sendmessage', how: 'lost' })
  await failure(one.send(job))
  sim.control.fault({ path: 'sendmessage', how: { answer: { ret: -1 } } })
  await failure(one.send(job))
  expect(await one.connector.find(job, since, AbortSignal.timeout(1_000))).toBe('unknown')
})

test('what was surely not sent is absent, and goes under the same id again', async () => {
  const { sim, one, chat } = await ready()
  const since = Date.now()
  const job = sendText(chat, 'again')
  sim.control.fault({ path: 'sendmessage', how: { answer: { ret: -5, errmsg: 'busy' } } })
  const error = await failure(one.send(job))
  expect(error.failure).toMatchObject({ code: 'server', certain: true, said: 'busy' })
  expect(await one.connector.find(job, since, AbortSignal.timeout(1_000))).toBe('absent')
  await one.send(job)
  expect(sim.control.delivered()).toMatchObject([{ text: 'again', clientId: job.clientId }])
})

test.each(['empty', 'html', 'truncated', 'huge', '500'] as const)(
  'an answer that is %s leaves it unclear',
  async (how) => {
    const { sim, one, chat } = await ready()
    sim.control.fault({ path: 'sendmessage', how })
    const error = await failure(one.send(sendText(chat, 'x')))
    expect(error.failure).toMatchObject({ code: 'server', heal: 'retry', certain: false })
  },
)

test('a stop in the middle of a send still learns what became of it', async () => {
  const { sim, one, chat, vault } = await ready()
  sim.control.fault({ path: 'sendmessage', how: 'slow' })
  const stop = new AbortController()
  const job = sendText(chat, 'on its way')
  const sent = one.connector.send(job, async () => opened(new Uint8Array(), ''), stop.signal)
  await until(() => sim.control.asked('sendmessage') === 1)
  stop.abort()
  const receipt = await sent
  await one.stop()
  const again = connectorTo(sim, vault)
  const found = await again.find(job, 0, AbortSignal.timeout(1_000))
  expect(found).toMatchObject({ ids: receipt.ids })
})

test('what cannot go anywhere is refused before WeChat is asked', async () => {
  const { sim, one, chat } = await ready()
  const account = chat.slice(0, chat.indexOf('/'))
  const refused = { code: 'refused', heal: 'never', certain: true }
  const recall = { ...sendRecall(chat, sendText(chat, 'x')), recalls: { ids: ['1'], at: 0 } }
  for (const job of [
    sendText(chatId(`${account}/group:some@chatroom`), 'to a group'),
    sendText(chatId('ilink:somebody@im.wechat/somebody@im.wechat'), 'to another account'),
    sendText(chatId(`${account}/%`), 'to nobody'),
    recall,
  ]) {
    expect((await failure(one.send(job))).failure).toMatchObject(refused)
  }
  const empty = await failure(one.send(sendText(chat, ' \n')))
  expect(empty.failure).toMatchObject({ code: 'format', heal: 'never', certain: true })
  expect(sim.control.asked('sendmessage')).toBe(0)
})

const mp4 = Buffer.concat([Buffer.from('0000001c667479706d703432', 'hex'), Buffer.alloc(90_000, 7)])
const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(40_000, 3)])
const ogg = Buffer.concat([Buffer.from('OggS'), Buffer.alloc(4_000, 1)])

test.each([
  { kind: 'image', mime: 'image/jpeg', bytes: jpeg(70_000), as: 'image' },
  { kind: 'image', mime: 'image/gif', bytes: gif, as: 'image' },
  { kind: 'video', mime: 'video/mp4', bytes: mp4, as: 'video' },
  { kind: 'voice', mime: 'audio/ogg', bytes: ogg, as: 'file', called: 'voice.ogg' },
  {
    ...{ kind: 'file', mime: 'text/plain', bytes: Buffer.from('a\r\nb'), as: 'file' },
    ...{ name: '../..\\etc/\u202etxt.\u0007note.txt', called: 'txt.note.txt' },
  },
  {
    ...{ kind: 'image', mime: 'image/jpeg', bytes: jpeg(6 * 1024 * 1024), as: 'file' },
    ...{ name: 'large.jpg', called: 'large.jpg' },
  },
] as const)('$kind of $mime goes as $as, byte by byte', async (what) => {
  const { sim, one, chat } = await ready()
  const job = sendMedia(
    chat,
    what.kind as MediaKind,
    what.mime,
    'name' in what ? what.name : undefined,
  )
  const receipt = await one.send(job, async () => opened(what.bytes, what.mime))
  const [arrived] = sim.control.delivered()
  expect(arrived).toMatchObject({ type: what.as, id: receipt.ids[0] })
  if ('called' in what) expect(arrived?.name).toBe(what.called)
  expect(Buffer.compare(arrived?.bytes ?? Buffer.alloc(0), what.bytes)).toBe(0)
})

test.each([1, 15, 16, 17, 3 * 1024 * 1024 + 1])('a file of %i bytes arrives', async (size) => {
  const { sim, one, chat } = await ready({ fullUrls: size % 2 === 0 })
  const bytes = Buffer.from(jpeg(size)).subarray(4)
  const job = sendMedia(chat, 'file', 'application/octet-stream', 'x.bin')
  await one.send(job, async () => opened(bytes, ''))
  const [arrived] = sim.control.delivered()
  expect(arrived?.size).toBe(size)
  expect(Buffer.compare(arrived?.bytes ?? Buffer.alloc(0), bytes)).toBe(0)
})

test('bytes that change between looking and sending do not go out', async () => {
  const { sim, one, chat } = await ready()
  let asked = 0
  const open = async () => opened(Buffer.from(asked++ === 0 ? 'one thing' : 'the other'), '')
  const error = await failure(one.send(sendMedia(chat, 'file', 'text/plain', 'x'), open))
  expect(error.failure).toMatchObject({ code: 'format', heal: 'never', certain: true })
  expect(sim.control.delivered()).toEqual([])
})

test('what is too large is refused with its limit, and nothing of it is uploaded', async () => {
  const sim = await start()
  const one = run(connectorTo(sim, memoryVault(), memoryLog(), { maxFileBytes: 6 * 1024 * 1024 }))
  await logIn(sim, one)
  await greet(sim, one)
  const job = sendMedia(await chatOf(one), 'file', 'application/pdf', 'x.pdf')
  const much = Buffer.alloc(21 * 1024 * 1024)
  const error = await failure(one.send(job, async () => opened(much, '')))
  expect(error.failure).toMatchObject({ code: 'tooLarge', heal: 'never', certain: true })
  expect(sim.control.asked('getuploadurl')).toBe(0)
})

test('an upload led astray is not made, and nothing was sent', async () => {
  const { sim, one, chat } = await ready()
  const stranger = await spy()
  const answer = { upload_full_url: `${stranger.origin}/upload` }
  sim.control.fault({ path: 'getuploadurl', how: { answer } })
  const job = sendMedia(chat, 'file', 'text/plain', 'x.txt')
  const error = await failure(one.send(job, async () => opened(Buffer.from('secret'), '')))
  expect(error.failure).toMatchObject({ certain: true })
  expect(stranger.heard).toEqual([])
  expect(sim.control.delivered()).toEqual([])
})

test.each([
  { how: 'html' as const },
  { how: { answer: { ret: 0 } } },
  { how: '500' as const },
  { how: 'reset' as const },
])('an upload that is not allowed ($how) was certainly no send', async ({ how }) => {
  const { sim, one, chat } = await ready()
  sim.control.fault({ path: 'getuploadurl', how })
  const job = sendMedia(chat, 'file', 'text/plain', 'x.txt')
  const open = async () => opened(Buffer.from('x'), '')
  expect((await failure(one.send(job, open))).failure).toMatchObject({
    heal: 'retry',
    certain: true,
  })
  await one.send(job, open)
  expect(sim.control.delivered()).toHaveLength(1)
})

test('a refusal for the quota after the upload costs nothing but the upload', async () => {
  const sim: IlinkSim = await start()
  const timeouts = { ...quick, quota: 1_234 }
  const one = run(connectorTo(sim, memoryVault(), memoryLog(), { timeouts }))
  await logIn(sim, one)
  await greet(sim, one)
  sim.control.lapse()
  const job = sendMedia(await chatOf(one), 'file', 'text/plain', 'x.txt')
  const error = await failure(one.send(job, async () => opened(Buffer.from('x'), '')))
  expect(error.failure).toMatchObject({ reason: 'quota', certain: true, afterMs: 1_234 })
})
