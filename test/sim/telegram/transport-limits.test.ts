import { expect, test } from 'vitest'
import { type Stage, stage } from './transport-stage.ts'

const send = (at: Stage, chat: number | string, text = 'x') =>
  at.call('sendMessage', { chat_id: chat, text })

/** Sends until it is refused, so many times at most: how often that went well. */
async function burst(at: Stage, chat: number | string, most: number): Promise<number> {
  for (let sent = 0; sent < most; sent++) if ((await send(at, chat)).status === 429) return sent
  return most
}

test('a chat bears a few messages at once, and then one a second', async () => {
  const at = await stage()
  expect(await burst(at, 7, 10)).toBe(4)
  const refused = await send(at, 7)
  expect(refused).toMatchObject({
    status: 429,
    body: {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 3',
      parameters: { retry_after: 3 },
    },
  })
  expect(refused.headers.get('retry-after')).toBe('3')
  // Another chat is another matter.
  expect((await send(at, 8)).status).toBe(200)
  expect(at.sim.floods).toEqual([at.clock.at, at.clock.at])
})

test('who was refused stays so until retry_after has passed, and asking does not prolong it', async () => {
  const at = await stage()
  await burst(at, 7, 10)
  at.clock.at += 500
  expect((await send(at, 7)).body.parameters).toEqual({ retry_after: 3 })
  at.clock.at += 2400
  expect((await send(at, 7)).body.parameters).toEqual({ retry_after: 1 })
  at.clock.at += 100
  expect((await send(at, 7)).status).toBe(200)
})

test('one message a second goes on for ever', async () => {
  const at = await stage()
  for (let n = 0; n < 90; n++) {
    at.clock.at += 1000
    expect((await send(at, 7)).status).toBe(200)
  }
  expect(at.sim.floods).toEqual([])
})

test('a group takes twenty a minute, and not one more', async () => {
  const at = await stage()
  for (let n = 0; n < 20; n++) {
    expect((await send(at, -1001)).status).toBe(200)
    at.clock.at += 1000
  }
  const { body } = await send(at, -1001)
  expect(body.parameters).toEqual({ retry_after: 40 })
  at.clock.at += 39_000
  expect((await send(at, -1001)).status).toBe(429)
  at.clock.at += 1000
  expect((await send(at, -1001)).status).toBe(200)
})

test('twenty a minute at an even pace go on for ever in a group', async () => {
  const at = await stage()
  for (let n = 0; n < 60; n++) {
    expect((await send(at, '@forum')).status).toBe(200)
    at.clock.at += 3000
  }
})

test('a group is one chat by its number and by its name', async () => {
  const at = await stage()
  expect(await burst(at, '@forum', 10)).toBe(4)
  expect((await send(at, -1009)).status).toBe(429)
})

test('all chats together take thirty a second', async () => {
  const at = await stage()
  for (let n = 0; n < 30; n++) expect((await send(at, 100 + n)).status).toBe(200)
  expect((await send(at, 200)).body.parameters).toEqual({ retry_after: 1 })
  expect((await send(at, 201)).status).toBe(429)
  at.clock.at += 1000
  for (let n = 0; n < 30; n++) expect((await send(at, 300 + n)).status).toBe(200)
})

test('an album counts as many as are in it, and so does a forward of many', async () => {
  const at = await stage()
  const media = Array.from({ length: 10 }, () => ({ type: 'photo', media: 'id' }))
  const form = new URLSearchParams({ chat_id: '-1001', media: JSON.stringify(media) })
  expect((await at.post('sendMediaGroup', form)).status).toBe(200)
  expect((await send(at, -1001)).body.parameters).toEqual({ retry_after: 7 })
  at.clock.at += 10_000
  const forward = { chat_id: -1001, from_chat_id: 1, message_ids: [...Array(10).keys()] }
  expect((await at.call('forwardMessages', forward)).status).toBe(200)
  at.clock.at += 20_000
  expect((await send(at, -1001)).body.parameters).toEqual({ retry_after: 30 })
})

test('edits count half in their chat; what leaves no message counts nothing', async () => {
  const at = await stage()
  const edit = () => at.call('editMessageText', { chat_id: 7, message_id: 1, text: 'x' })
  for (let n = 0; n < 40; n++)
    expect((await at.call('sendChatAction', { chat_id: 7, action: 'typing' })).status).toBe(200)
  for (let n = 0; n < 8; n++) expect((await edit()).status).toBe(200)
  expect((await edit()).status).toBe(429)
  expect((await send(at, 7)).status).toBe(429)
})

test('calls that are refused for another reason are not counted', async () => {
  const at = await stage()
  for (let n = 0; n < 40; n++) expect((await send(at, -1001, 'refused')).status).toBe(400)
  expect(await burst(at, -1001, 10)).toBe(4)
})

test('the limits can be off', async () => {
  const at = await stage({ limits: false })
  expect(await burst(at, -1001, 50)).toBe(50)
})
