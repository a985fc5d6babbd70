import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, start } from '../../src/main.ts'
import { picture } from '../../src/sandbox/world.ts'
import { startBridgeProcess } from '../support/bridge-process.ts'
import { loadConfig } from '../support/config.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { memoryLog } from '../support/ports.ts'
import { until } from '../support/until.ts'
import type { ClientEvent } from './matrix-user.ts'
import { onSynapse } from './on-synapse.ts'

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const bodyOf = (event: ClientEvent) => String(event.content.body)
const replyOf = (event: ClientEvent) =>
  (event.content['m.relates_to'] as Record<string, { event_id: string }>)?.['m.in_reply_to']
    ?.event_id

onSynapse('WeChat and a real Synapse', () => {
  let ground: MatrixGround
  let world: MatrixWorld
  let bridge: Running
  let management: string
  const log = memoryLog()

  beforeAll(async () => {
    ground = await matrixGround()
    world = await ground.world()
    bridge = await start(loadConfig({ files: [], env: {}, sets: world.sets }).config, { log })
    management = await world.room('WeChat bridge')
  })
  afterAll(async () => {
    await bridge?.stop()
    await world?.drop()
    await ground?.drop()
  })

  const saying = (room: string, what: string | RegExp) =>
    until(async () => {
      const said = await world.said(room)
      return said.find((event) =>
        typeof what === 'string' ? bodyOf(event) === what : what.test(bodyOf(event)),
      )
    }, `"${what}" in the room`)

  test('the owner logs in by scanning the picture in the management room, which then goes away', async () => {
    const code = await until(
      async () => (await world.said(management)).find((event) => event.content.url),
      'the code',
    )
    const bytes = await world.alice.download(String(code.content.url))
    expect(Buffer.from(bytes.subarray(1, 4)).toString()).toBe('PNG')
    await world.logIn()
    await saying(management, /WeChat is online as 许行舟/)
    await until(async () => {
      const events = await world.alice.events(management)
      return events.find((event) => event.event_id === code.event_id)?.unsigned?.redacted_because
    }, 'the used code to be gone')
  })

  test('a friend’s words arrive by their ghost, with name and picture, at the time they were said', async () => {
    const before = Date.now()
    await world.sandbox.control.say('lin', '晚上好\n第二行 <b>not bold</b>')
    const room = await world.room('林小满🌿')
    const event = await saying(room, '晚上好\n第二行 <b>not bold</b>')
    expect(Math.abs(event.origin_server_ts - before)).toBeLessThan(15_000)
    const ghost = (await world.alice.members(room))[event.sender]
    expect(ghost?.display_name).toContain('林小满')
    await until(
      async () => (await world.alice.members(room))[event.sender]?.avatar_url,
      'the ghost’s picture',
    )
  })

  test('group members speak under their own names, strangers to the owner included', async () => {
    await world.sandbox.control.say('wu', '周六几点？', 'hikers')
    await world.sandbox.control.say('lin', '八点', 'hikers')
    const room = await world.room('周末爬山队')
    const one = await saying(room, '周六几点？')
    const two = await saying(room, '八点')
    expect(one.sender).not.toBe(two.sender)
    const members = await world.alice.members(room)
    expect(members[one.sender]?.display_name).toBeTruthy()
  })

  test('what the owner writes arrives in WeChat, once, and is not repeated in the room', async () => {
    const room = await world.room('林小满🌿')
    await world.alice.say(room, '好的 <i>&amp;</i> 🙂')
    const sent = await world.sandbox.control.waitDelivered((one) => one.to === 'lin')
    expect(sent.text).toBe('好的 <i>&amp;</i> 🙂')
    await world.sandbox.control.say('lin', 'after')
    await saying(room, 'after')
    const mine = (await world.said(room)).filter((event) => bodyOf(event).startsWith('好的'))
    expect(mine).toHaveLength(1)
  })

  test('pictures go both ways with equal bytes', async () => {
    const room = await world.room('林小满🌿')
    const theirs = await readFile(picture('mountain'))
    await world.sandbox.control.picture('lin', theirs)
    const event = await until(
      async () => (await world.said(room)).find((one) => one.content.msgtype === 'm.image'),
      'the picture in the room',
    )
    const url = String(event.content.url)
    expect(sha(await world.alice.download(url))).toBe(sha(theirs))

    const mine = await readFile(picture('cat'))
    const uploaded = await world.alice.upload(mine, 'image/png')
    await world.alice.send(room, 'm.room.message', {
      msgtype: 'm.image',
      body: 'cat.png',
      url: uploaded,
      info: { mimetype: 'image/png', size: mine.length },
    })
    const sent = await world.sandbox.control.waitDelivered((one) => one.type === 'image')
    expect(sha(sent.bytes as Uint8Array)).toBe(sha(mine))
  })

  test('a recalled text is told as a reply with its original, also after a restart', async () => {
    const room = await world.room('周末爬山队')
    const id = await world.sandbox.control.say('wu', '这句话马上撤回', 'hikers')
    const original = await saying(room, '这句话马上撤回')
    await bridge.stop()
    bridge = await start(loadConfig({ files: [], env: {}, sets: world.sets }).config, { log })
    await world.sandbox.control.recall(id)
    const notice = await saying(room, /recalled a message \(sent .*\)[\s\S]*这句话马上撤回/)
    expect(replyOf(notice)).toBe(original.event_id)
    expect(world.sandbox.control.session().logins).toBe(1)
  })

  test('a recalled picture is shown again with equal bytes', async () => {
    const room = await world.room('林小满🌿')
    const bytes = await readFile(picture('poster'))
    const id = await world.sandbox.control.picture('lin', bytes)
    const original = await until(
      async () =>
        (await world.said(room)).filter((one) => one.content.msgtype === 'm.image').at(1 + 1),
      'the picture',
    )
    await world.sandbox.control.recall(id)
    const again = await until(
      async () =>
        (await world.said(room)).find(
          (one) => one.content.msgtype === 'm.image' && replyOf(one) === original.event_id,
        ),
      'the picture again',
    )
    expect(sha(await world.alice.download(String(again.content.url)))).toBe(sha(bytes))
    await saying(room, /林小满.* recalled a message/)
  })

  test('what the owner writes on the phone appears, and so does recalling it there', async () => {
    const room = await world.room('林小满🌿')
    const id = await world.sandbox.control.phoneSay('lin', 'from my phone')
    const event = await saying(room, 'from my phone')
    expect(event.sender).not.toBe(world.alice.id)
    await world.sandbox.control.recall(id, 'phone')
    const notice = await saying(room, /^You recalled a message/)
    expect(replyOf(notice)).toBe(event.event_id)
  })

  test('taking back a message in the room recalls it in WeChat', async () => {
    const room = await world.room('林小满🌿')
    const event = await world.alice.say(room, 'typo')
    const sent = await world.sandbox.control.waitDelivered((one) => one.text === 'typo')
    await world.alice.redact(room, event)
    await until(() => sent.recalled, 'the recall in WeChat')
  })

  test('20 000 characters arrive whole and in order, both ways', async () => {
    const room = await world.room('林小满🌿')
    const line = Array.from({ length: 2000 }, (_, n) => `${n}`.padStart(9, '长')).join('\n')
    expect(line.length).toBeGreaterThan(19_900)
    const count = world.sandbox.control.delivered().length
    await world.alice.say(room, line)
    const sent = () => world.sandbox.control.delivered().slice(count)
    await until(
      () =>
        sent()
          .map((one) => one.text)
          .join('') === line,
      'all parts in WeChat',
    )
    await world.sandbox.control.say('lin', line)
    await until(async () => {
      const all = (await world.said(room)).filter((one) => one.sender !== world.alice.id)
      return all.map(bodyOf).join('').includes(line)
    }, 'all parts in the room')
  })

  test('a picture too large for a picture goes as a file, with equal bytes', async () => {
    const room = await world.room('林小满🌿')
    const big = randomBytes(20 * 1024 * 1024 + 1)
    big.set([0xff, 0xd8, 0xff, 0xe0])
    const url = await world.alice.upload(big, 'image/jpeg')
    await world.alice.send(room, 'm.room.message', {
      msgtype: 'm.image',
      body: 'large.jpg',
      url,
      info: { mimetype: 'image/jpeg', size: big.length },
    })
    const sent = await world.sandbox.control.waitDelivered((one) => one.type === 'file', 60_000)
    expect(sent.text).toBe('large.jpg')
    expect(sha(sent.bytes as Uint8Array)).toBe(sha(big))
  })

  test('a picture over every limit is refused with words; the room goes on', async () => {
    const room = await world.room('林小满🌿')
    const big = randomBytes(22 * 1024 * 1024)
    big.set([0xff, 0xd8, 0xff, 0xe0])
    const url = await world.alice.upload(big, 'image/jpeg')
    await world.alice.send(room, 'm.room.message', {
      msgtype: 'm.image',
      body: 'big.jpg',
      url,
      info: { mimetype: 'image/jpeg', size: big.length },
    })
    await saying(room, /Was not sent: it has 22.0 MB, the limit is 21.0 MB/)
    // A sender whose client does not tell the size learns it too.
    await world.alice.send(room, 'm.room.message', { msgtype: 'm.image', body: 'big.jpg', url })
    await saying(room, /Was not sent: it is too large/)
    await world.alice.say(room, 'still here')
    await world.sandbox.control.waitDelivered((one) => one.text === 'still here')
  })

  test('a 20 MB picture from WeChat arrives with equal bytes', async () => {
    const big = randomBytes(20 * 1024 * 1024)
    big.set([0xff, 0xd8, 0xff, 0xe0])
    await world.sandbox.control.picture('zhou', big)
    const room = await world.room('老周（木工）')
    const event = await until(
      async () => (await world.said(room)).find((one) => one.content.msgtype === 'm.image'),
      'the picture',
      60_000,
    )
    expect(sha(await world.alice.download(String(event.content.url)))).toBe(sha(big))
  })

  test('names made of HTML stay text, in names of rooms and ghosts', async () => {
    await world.sandbox.control.say('html', 'hi')
    const name = '<b>Tom & "Jerry"</b><script>alert(1)</script>'
    const room = await world.room(name)
    const event = await saying(room, 'hi')
    expect((await world.alice.members(room))[event.sender]?.display_name).toContain(name)
  })

  test('a stranger in a room or in the management room can do nothing', async () => {
    const room = await world.room('林小满🌿')
    for (const place of [room, management]) {
      await world.alice.call('POST', `/rooms/${encodeURIComponent(place)}/invite`, {
        user_id: ground.mallory.id,
      })
      await ground.mallory.join(place)
    }
    const count = world.sandbox.control.delivered().length
    await ground.mallory.say(room, 'I am not Alice')
    await ground.mallory.say(management, '!wx logout')
    await ground.mallory.say(room, '!wx logout')
    await world.alice.say(room, 'I am Alice')
    await world.sandbox.control.waitDelivered((one) => one.text === 'I am Alice')
    expect(
      world.sandbox.control
        .delivered()
        .slice(count)
        .map((one) => one.text),
    ).toEqual(['I am Alice'])
    expect(world.sandbox.control.session().online).toBe(true)
  })

  test('a caller with a wrong hs_token is refused and changes nothing', async () => {
    const room = await world.room('林小满🌿')
    const count = world.sandbox.control.delivered().length
    const forged = {
      event_id: '$forged',
      room_id: room,
      sender: world.alice.id,
      type: 'm.room.message',
      origin_server_ts: Date.now(),
      content: { msgtype: 'm.text', body: 'forged' },
    }
    const transaction = (token: string, id: string) =>
      fetch(`${ground.bridgeUrl}/_matrix/app/v1/transactions/${id}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events: [forged] }),
      })
    expect((await transaction('wrong', 'x1')).status).toBe(403)
    await world.alice.say(room, 'mine')
    await world.sandbox.control.waitDelivered((one) => one.text === 'mine')
    expect(
      world.sandbox.control
        .delivered()
        .slice(count)
        .map((one) => one.text),
    ).toEqual(['mine'])
  })

  test('a kick is told once with the way back, and what is written meanwhile goes after the next login', async () => {
    const room = await world.room('林小满🌿')
    await world.sandbox.control.kick()
    await saying(management, /WeChat is offline/)
    await world.alice.say(room, 'waiting for the login')
    await world.alice.say(management, '!wx login')
    await world.logIn()
    await world.sandbox.control.waitDelivered((one) => one.text === 'waiting for the login')
    const offline = (await world.said(management)).filter((one) => /offline/.test(bodyOf(one)))
    expect(offline).toHaveLength(1)
    // The new login gave everyone new names, and still each chat has its one room.
    await world.sandbox.control.say('lin', 'same room')
    await saying(room, 'same room')
  })

  test('commands are answered in the management room', async () => {
    await world.alice.say(management, '!wx status')
    await saying(management, /WeChat: online \(许行舟.*\)\. \d+ chats/)
    // Nor does the bridge take back what it says there of tokens.
    const isHelp = (event: ClientEvent) => /!wx resend NUMBER/.test(bodyOf(event))
    for (const count of [1, 2]) {
      await world.alice.say(management, '!wx help')
      await until(
        async () => (await world.said(management)).filter(isHelp).length === count,
        `${count} times the help`,
      )
    }
  })

  test('the log holds no secret and no message', () => {
    const text = log.text()
    expect(text.length).toBeGreaterThan(100)
    expect(text).not.toContain(ground.hsToken)
    expect(text).not.toMatch(/晚上好|@crypt_|from my phone/)
  })
})

onSynapse('a bridge killed while it makes a room', () => {
  test('each chat has its room exactly once', async () => {
    const ground = await matrixGround()
    const world = await ground.world()
    let bridge = startBridgeProcess({ sets: world.sets })
    try {
      await world.logIn()
      await bridge.stop()
      const kill = { point: 'makingRoom', towards: 'hub', nth: 1 } as const
      bridge = startBridgeProcess({ sets: world.sets, kill })
      await bridge.ready
      await world.sandbox.control.say('lin', 'one')
      expect(await bridge.ended).toBe('SIGKILL')
      bridge = startBridgeProcess({ sets: world.sets })
      await bridge.ready
      await world.sandbox.control.say('lin', 'two')
      const room = await world.room('林小满🌿')
      await until(async () => {
        const said = (await world.said(room)).map(bodyOf)
        return said.includes('one') && said.includes('two')
      }, 'both messages in the one room')
      const names = await Promise.all(
        ((await world.alice.call('GET', '/joined_rooms')).joined_rooms as string[]).map(
          async (one) =>
            (await world.alice.state(one, 'm.room.name').catch(() => ({})))['name' as never],
        ),
      )
      expect(names.filter((name) => name === '林小满🌿')).toHaveLength(1)
      expect(await world.alice.invitations()).toEqual([])
    } finally {
      await bridge.stop()
      await world.drop()
      await ground.drop()
    }
  })
})
