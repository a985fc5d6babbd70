import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectControl } from '../../adapters/control/client.ts'
import { type Running, start } from '../../src/main.ts'
import { personId } from '../../src/persons-folder.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { loadConfig } from '../support/config.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { memoryLog } from '../support/ports.ts'
import { until } from '../support/until.ts'
import type { ClientEvent, MatrixUser } from './matrix-user.ts'
import { onSynapse } from './on-synapse.ts'

const bodyOf = (event: ClientEvent) => String(event.content.body)
const bot = '@wechatbot:localhost'
const inWorld = 60_000

onSynapse('several people on one bridge', () => {
  let ground: MatrixGround
  let world: MatrixWorld
  let alice: MatrixUser
  let bob: MatrixUser
  let carol: MatrixUser
  let theirs: Sandbox
  let data: string
  /** Where each of them talks with their own friend of that name. */
  let hers: string
  let his: string
  let bridge: Running | undefined
  const log = memoryLog()

  const run = async (...more: string[]) => {
    const sets = [
      ...world.sets,
      `matrix.permissions={"${bob.id}": user, "${ground.mallory.id}": relay}`,
      ...more,
    ]
    const { config } = loadConfig({ files: [], env: {}, sets })
    data = config.data.dir
    bridge = await start(config, {
      log,
      loginBase: (user) => (user === bob.id ? theirs : world.sandbox).origin,
    })
  }
  const halt = async () => {
    await bridge?.stop()
    bridge = undefined
  }
  const rerun = async (...more: string[]) => {
    await halt()
    await run(...more)
  }

  beforeAll(async () => {
    ground = await matrixGround()
    world = await ground.world()
    alice = world.alice
    bob = await ground.synapse.user('bob')
    carol = await ground.synapse.user('carol')
    // Another account, in which the people have the same names.
    theirs = await startSandbox({ seed: 2, holdMs: 400 })
    await run()
  })
  afterAll(async () => {
    await bridge?.stop()
    await theirs?.close()
    await world?.drop()
    await ground?.drop()
  })

  const roomsOf = async (who: MatrixUser): Promise<readonly string[]> => {
    for (const room of await who.invitations()) await who.join(room)
    return ((await who.call('GET', '/joined_rooms')) as { joined_rooms: string[] }).joined_rooms
  }
  const roomOf = (who: MatrixUser, name: string) =>
    until(
      async () => {
        for (const room of await roomsOf(who)) {
          const state = await who.state(room, 'm.room.name').catch(() => undefined)
          const create = await who.state(room, 'm.room.create').catch(() => undefined)
          const isSpace = create?.type === 'm.space'
          if (!isSpace && String(state?.name ?? '').startsWith(name)) return room
        }
      },
      `a room of ${who.id} named ${name}`,
      inWorld,
    )
  const wordsIn = async (who: MatrixUser, room: string) =>
    (await who.events(room)).filter(
      (event) => event.type === 'm.room.message' && !event.unsigned?.redacted_because,
    )
  const saying = (who: MatrixUser, room: string, what: string | RegExp, ms = inWorld) =>
    until(
      async () =>
        (await wordsIn(who, room)).find((event) =>
          typeof what === 'string' ? bodyOf(event) === what : what.test(bodyOf(event)),
        ),
      `"${what}" for ${who.id}`,
      ms,
    )
  const logIn = async (sandbox: Sandbox) => {
    await sandbox.control.code()
    await sandbox.control.scan()
    await sandbox.control.confirm()
    await sandbox.control.settled()
  }
  /** Everything a person may see anywhere. */
  const allWords = async (who: MatrixUser) => {
    const found: string[] = []
    for (const room of await roomsOf(who)) found.push(...(await wordsIn(who, room)).map(bodyOf))
    return found
  }
  const asks = (who: MatrixUser, over: Record<string, unknown> = {}) =>
    who.createRoom({ invite: [bot], is_direct: true, ...over })

  test('the owner and one more log in, each to an account of their own', async () => {
    const home = await roomOf(alice, 'WeChat bridge')
    await logIn(world.sandbox)
    await saying(alice, home, /WeChat is online as/)

    await asks(bob)
    const management = await roomOf(bob, 'WeChat bridge')
    expect(management).not.toBe(home)
    await logIn(theirs)
    await saying(bob, management, /WeChat is online as/)
    expect(world.sandbox.control.session().logins).toBe(1)
    expect(theirs.control.session().logins).toBe(1)

    const folder = join(data, 'people', personId(bob.id))
    expect(JSON.parse(await readFile(join(folder, 'person.json'), 'utf8'))).toEqual({
      user: bob.id,
    })
    expect((await stat(join(folder, 'person.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  test('friends of the same name stay in the rooms of whose friends they are', async () => {
    await world.sandbox.control.say('lin', 'for alice alone')
    await theirs.control.say('lin', 'for bob alone')
    hers = await roomOf(alice, '林小满')
    his = await roomOf(bob, '林小满')
    expect(hers).not.toBe(his)
    const one = await saying(alice, hers, 'for alice alone')
    const other = await saying(bob, his, 'for bob alone')
    expect(one.sender).not.toBe(other.sender)
    expect(other.sender).toContain(`@wechat_${personId(bob.id)}_`)
    await bob.say(his, 'from bob')
    const sent = await theirs.control.waitDelivered((each) => each.text === 'from bob')
    expect(sent.to).toBe('lin')
    await alice.say(hers, 'from alice')
    await world.sandbox.control.waitDelivered((each) => each.text === 'from alice')
    expect(world.sandbox.control.delivered().map(({ text }) => text)).not.toContain('from bob')
    expect(await allWords(bob)).not.toContain('for alice alone')
    expect(await allWords(alice)).not.toContain('for bob alone')
  })

  test('in a room of alice bob reads nothing until she invites him, and then commands, takes back and writes nothing', async () => {
    const room = hers
    await expect(bob.events(room)).rejects.toThrow(/403/)
    await alice.call('POST', `/rooms/${encodeURIComponent(room)}/invite`, { user_id: bob.id })
    await bob.join(room)
    const before = world.sandbox.control.delivered().length
    await bob.say(room, '!wx recall')
    await bob.say(room, '!wx remark stolen')
    await bob.say(room, 'bob in the room of alice')
    // What comes after it has come: so has it.
    await alice.say(room, 'alice goes on')
    await world.sandbox.control.waitDelivered((each) => each.text === 'alice goes on')
    expect(
      world.sandbox.control
        .delivered()
        .slice(before)
        .map(({ text }) => text),
    ).toEqual(['alice goes on'])
    expect(theirs.control.delivered().map(({ text }) => text)).toEqual(['from bob'])
    const target = await saying(alice, room, 'from alice')
    await bob.redact(room, target.event_id).catch(() => undefined)
    await alice.say(room, 'and on')
    await world.sandbox.control.waitDelivered((each) => each.text === 'and on')
    expect(world.sandbox.control.delivered().filter(({ type }) => type === 'other')).toEqual([])
  })

  test('where alice allows it bob writes with his name in front, and not after she forbids it', async () => {
    const room = hers
    await alice.say(room, '!wx relay on')
    await saying(alice, room, /goes to WeChat from now on/)
    await bob.say(room, 'hello from outside')
    const sent = await world.sandbox.control.waitDelivered((each) =>
      each.text.includes('hello from outside'),
    )
    expect(sent.text).toMatch(/^bob.*hello from outside/)
    await alice.say(room, '!wx relay off')
    await saying(alice, room, /Only what the owner/)
    await bob.say(room, 'not any more')
    await alice.say(room, 'after it')
    await world.sandbox.control.waitDelivered((each) => each.text === 'after it')
    const texts = world.sandbox.control.delivered().map(({ text }) => text)
    expect(texts.filter((text) => text.includes('not any more'))).toEqual([])
  })

  test('a stranger’s invitation is declined, and they get nothing; neither does one who may only relay', async () => {
    for (const stranger of [carol, ground.mallory]) {
      const room = await asks(stranger)
      await until(
        async () =>
          (await stranger.state(room, 'm.room.member', bot)).membership === 'leave' || undefined,
        'the bot to decline',
      )
      expect(await stranger.invitations()).toEqual([])
    }
    expect(await readdir(join(data, 'people'))).toEqual([personId(bob.id)])
  })

  test('the owner may know who has an account here, and nobody else', async () => {
    const home = await roomOf(alice, 'WeChat bridge')
    await alice.say(home, '!wx people')
    const list = await saying(alice, home, /who have a WeChat account/)
    expect(bodyOf(list)).toContain(`${alice.id}  online\n${bob.id}  online`)
    const management = await roomOf(bob, 'WeChat bridge')
    await bob.say(management, '!wx people')
    await saying(bob, management, /is in its configuration/)
  })

  test('the command line is told how both stand, and nothing of what is in it', async () => {
    const remote = await connectControl(join(data, 'control.sock'))
    const standing = await remote?.standing()
    expect(standing?.login.state).toBe('online')
    expect(standing?.people).toEqual([{ user: bob.id, state: 'online', waiting: 0, dead: 0 }])
    const his = await remote?.of(bob.id)
    expect(await his?.letters(10)).toEqual([])
    const nobody = await remote?.of(carol.id)
    await expect(nobody?.drop('all')).rejects.toThrow(/has no account on this bridge/)
    await remote?.close()
  })

  test('after a restart both go on, with what was said meanwhile', async () => {
    await halt()
    await theirs.control.say('lin', 'while it was away')
    const room = his
    await bob.say(room, 'written while it was away')
    await run()
    await saying(bob, room, 'while it was away')
    await theirs.control.waitDelivered((each) => each.text === 'written while it was away')
    await world.sandbox.control.say('lin', 'still here')
    await saying(alice, hers, 'still here')
    expect(theirs.control.session().logins).toBe(1)
    expect(world.sandbox.control.session().logins).toBe(1)
  })

  test('while the data of one is broken the others go on, and what is written to it comes later', async () => {
    await halt()
    const file = join(data, 'people', personId(bob.id), 'bridge.sqlite')
    await rename(file, `${file}.away`)
    await writeFile(file, 'this is no database, but long enough to be taken for one'.repeat(200))
    const before = log.lines.length
    await run()
    await until(
      () => log.lines.slice(before).find((line) => line.includes('does not run, the others go on')),
      'a word in the log',
    )
    const room = his
    await bob.say(room, 'kept until then')
    await world.sandbox.control.say('lin', 'alice is well')
    await saying(alice, hers, 'alice is well')
    await halt()
    await rename(`${file}.away`, file)
    await run()
    await theirs.control.waitDelivered((each) => each.text === 'kept until then')
    const texts = theirs.control.delivered().map(({ text }) => text)
    expect(texts.filter((text) => text === 'kept until then')).toHaveLength(1)
  })

  test('whose level was taken away is not started, and their data stays', async () => {
    await rerun(`matrix.permissions={"${ground.mallory.id}": relay}`)
    const home = await roomOf(alice, 'WeChat bridge')
    await alice.say(home, '!wx people')
    const list = await until(async () => {
      const found = (await wordsIn(alice, home)).map(bodyOf)
      return found.findLast(
        (text) => /who have a WeChat account/.test(text) && !text.includes('bob'),
      )
    }, 'a list without bob')
    expect(list).toContain(alice.id)
    expect(await readdir(join(data, 'people', personId(bob.id)))).toContain('bridge.sqlite')
  })
})
