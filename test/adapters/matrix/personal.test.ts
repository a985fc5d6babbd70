import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBackground } from '../../../adapters/matrix/background.ts'
import { createOwnerClient } from '../../../adapters/matrix/owner-client.ts'
import { createPersonal } from '../../../adapters/matrix/personal.ts'
import type { Puppet } from '../../../adapters/matrix/puppet.ts'
import { createRoomBook, type Kept } from '../../../adapters/matrix/room-book.ts'
import { portalId, type RoomId, roomId } from '../../../src/core/ids.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { type Got, type LittleHomeserver, littleHomeserver } from './little-homeserver.ts'

const owner = '@alice:localhost'
const portal = portalId('p1')
const room = roomId('!hikers:localhost')
/** Nobody here needs longer than a moment for anything. */
const quick: Clock = { ...realClock, sleep: (ms, by) => realClock.sleep(Math.min(ms, 10), by) }

const rule = /\/pushrules\/global\/override\/!/
const low = /\/tags\/m\.lowpriority$/
const favourite = /\/tags\/m\.favourite$/

describe('What the owner’s account is given for a room', () => {
  let server: LittleHomeserver
  /** What the account has: its push rules and tags, by their paths. */
  const account = new Map<string, object>()
  /** Which calls are answered when the test says so; and which fail how often. */
  let held: { readonly method: string; readonly path: RegExp } | undefined
  const holding: ServerResponse[] = []
  const failing: { method: string; path: RegExp; status: number }[] = []
  const has = (path: RegExp) => [...account.keys()].some((one) => path.test(one))

  const answer = ({ method, path, body }: Got) => {
    if (method === 'PUT') account.set(path, body)
    else if (method === 'DELETE')
      return { status: account.delete(path) || !rule.test(path) ? 200 : 404 }
    else if (path.endsWith('/tags')) {
      const tags = [...account].filter(([one]) => one.startsWith(`${path}/`))
      return {
        status: 200,
        body: {
          tags: Object.fromEntries(tags.map(([one, is]) => [one.slice(path.length + 1), is])),
        },
      }
    } else {
      const found = account.get(path)
      return found
        ? { status: 200, body: found }
        : { status: 404, body: { errcode: 'M_NOT_FOUND' } }
    }
    return { status: 200 }
  }

  beforeEach(async () => {
    account.clear()
    holding.length = 0
    failing.length = 0
    held = undefined
    server = await littleHomeserver()
    server.answers = (got, response) => {
      const { method, path } = got
      const at = failing.findIndex((one) => one.method === method && one.path.test(path))
      const [failure] = at < 0 ? [] : failing.splice(at, 1)
      if (failure) return { status: failure.status, body: { errcode: 'M_UNKNOWN' } }
      const given = answer(got)
      if (!held || held.method !== method || !held.path.test(path)) return given
      holding.push(response)
      return 'by hand'
    }
  })
  const stops: AbortController[] = []
  afterEach(async () => {
    for (const one of stops.splice(0)) one.abort(new Error('the test ends'))
    await server.stop()
  })

  /** A bridge; a restart has the same vault. */
  const bridge = async (vault = memoryVault(), first: Kept = { room }) => {
    const stop = new AbortController()
    stops.push(stop)
    const log = memoryLog()
    const background = createBackground(log)
    background.until(stop.signal)
    const book = createRoomBook(vault)
    if (!(await book.of(portal))) await book.keep(portal, first)
    const call = createOwnerClient({ url: server.url, owner, token: 'hers', acting: 'owner' })
    const puppet: Puppet = { user: owner, isDated: false, call }
    const parts = {
      puppet: async () => puppet,
      book,
      background,
      clock: quick,
      random: Math.random,
      log,
    }
    const personal = createPersonal(parts)
    return {
      vault,
      book,
      log,
      stop,
      personal,
      idle: background.idle,
      /** As rooms are told of their chats: first it is in the book. */
      told: (chat: { readonly pinned?: true; readonly muted?: true }) =>
        book.turn(portal, async () => {
          const before = (await book.of(portal)) ?? first
          const kept = { ...before, pin: chat.pinned === true, mute: chat.muted === true }
          await book.keep(portal, kept)
          personal.settle(portal)
        }),
    }
  }
  const letGo = (status = 200) => {
    held = undefined
    const answered = { 'content-type': 'application/json' }
    for (const response of holding.splice(0)) response.writeHead(status, answered).end('{}')
  }

  it('is what WeChat says, and goes when WeChat takes it back', async () => {
    const { told, idle } = await bridge()
    await told({ pinned: true, muted: true })
    await idle()
    expect([has(favourite), has(rule), has(low)]).toEqual([true, true, true])
    const count = server.got.length
    await told({ pinned: true, muted: true })
    await idle()
    expect(server.got).toHaveLength(count)
    await told({ muted: true })
    await idle()
    expect([has(favourite), has(rule), has(low)]).toEqual([false, true, true])
    await told({})
    await idle()
    expect([...account]).toEqual([])
  })

  for (const [what, path] of [
    ['push rule', rule],
    ['tag', low],
  ] as const) {
    it(`is taken back, too, when it is just being given: while its ${what} is set`, async () => {
      const { told, idle } = await bridge()
      held = { method: 'PUT', path }
      await told({ pinned: true, muted: true })
      await until(() => holding.length > 0, `the ${what}`)
      await told({})
      letGo()
      await idle()
      expect([...account]).toEqual([])
    })
  }

  it('is given, too, when it is just being taken back', async () => {
    const { told, idle } = await bridge()
    await told({ muted: true })
    await idle()
    held = { method: 'DELETE', path: rule }
    await told({})
    await until(() => holding.length > 0, 'the end of the push rule')
    await told({ muted: true })
    letGo()
    await idle()
    expect([has(rule), has(low)]).toEqual([true, true])
  })

  it('is tried again until it comes to that, and is the bridge’s own then', async () => {
    const { told, idle, log } = await bridge()
    failing.push(
      { method: 'PUT', path: rule, status: 429 },
      { method: 'PUT', path: low, status: 503 },
    )
    await told({ muted: true })
    await idle()
    expect([has(rule), has(low)]).toEqual([true, true])
    await told({})
    await idle()
    expect([...account]).toEqual([])
    expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([])
  })

  for (const [when, path] of [
    ['before the push rule is set', rule],
    ['between the push rule and the tag', low],
  ] as const) {
    it(`is the bridge’s own also where it is stopped ${when}`, async () => {
      const first = await bridge()
      held = { method: 'PUT', path }
      await first.told({ muted: true })
      await until(() => holding.length > 0, 'the last call of that run')
      first.stop.abort(new Error('the bridge stops'))
      await first.idle()
      letGo()
      const second = await bridge(first.vault)
      await second.personal.settleAll()
      await second.idle()
      expect([has(rule), has(low)]).toEqual([true, true])
      await second.told({})
      await second.idle()
      expect([...account]).toEqual([])
    })
  }

  it('stays where the owner has set it themselves', async () => {
    const { told, idle, book } = await bridge()
    const path = `/_matrix/client/v3/pushrules/global/override/${room}`
    account.set(path, { actions: [] })
    await told({ muted: true })
    await idle()
    await told({})
    await idle()
    expect([...account.keys()]).toEqual([path])
    expect(await book.of(portal)).toMatchObject({ muted: undefined, quiet: undefined })
  })

  it('is not missed where the owner has taken it away themselves', async () => {
    const { told, idle, log, book } = await bridge()
    await told({ pinned: true, muted: true })
    await idle()
    account.clear()
    await told({})
    await idle()
    expect(await book.of(portal)).toMatchObject({ pinned: undefined, muted: undefined })
    expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([])
  })

  it('says of each chat with a person once that it is one, whatever else is said there', async () => {
    const path = `/_matrix/client/v3/user/${owner}/account_data/m.direct`
    account.set(path, { '@wechat_lin:localhost': ['!other:x'], else: 1 })
    const { told, idle, personal } = await bridge(memoryVault(), {
      room,
      person: '@wechat_lin:localhost',
    })
    await told({})
    await idle()
    expect(account.get(path)).toEqual({
      '@wechat_lin:localhost': ['!other:x', room],
      else: 1,
    })
    account.delete(path)
    await personal.settleAll()
    await idle()
    expect([...account]).toEqual([])
  })

  it('goes from a room that shows the chat no more, also where it is just being given', async () => {
    const { told, idle, book, personal } = await bridge()
    const elsewhere = roomId('!kitchen:localhost')
    const moveTo = (to: RoomId) =>
      book.turn(portal, async () => {
        const left = (await book.of(portal)) ?? { room }
        await book.keep(portal, { room: to, kind: 'linked' })
        personal.release(portal, left)
      })
    for (const [method, path] of [
      ['PUT', favourite],
      ['GET', rule],
      ['PUT', rule],
      ['PUT', low],
    ] as const) {
      held = { method, path }
      await told({ pinned: true, muted: true })
      await until(() => holding.length > 0, 'the call that takes long')
      await moveTo(elsewhere)
      letGo(method === 'GET' ? 404 : 200)
      await idle()
      expect([...account], `${method} ${path}`).toEqual([])
      await moveTo(room)
    }
    await told({ muted: true })
    await idle()
    expect([has(rule), has(low)]).toEqual([true, true])
  })
})
