import { Agent, request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createAppservice,
  type Inhabitant,
  type MatrixAppservice,
} from '../../../adapters/matrix/appservice.ts'
import { makeRegistration } from '../../../adapters/matrix/registration.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { type Got, type LittleHomeserver, littleHomeserver } from './little-homeserver.ts'

const registration = makeRegistration({ url: 'http://127.0.0.1:9' })
const alice = '@alice:localhost'
const bot = '@wechatbot:localhost'

interface Event {
  readonly event_id: string
  readonly room_id: string
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly origin_server_ts: number
  readonly content: Record<string, unknown>
  readonly unsigned?: object
}

describe('what the homeserver has and did not tell', () => {
  let homeserver: LittleHomeserver
  let vault: ReturnType<typeof memoryVault>
  let log: ReturnType<typeof memoryLog>
  let service: MatrixAppservice
  let stop: AbortController
  let over: Promise<void>
  let said: string[]
  let refuses: boolean
  /** All events of the homeserver. */
  let events: Event[]
  /** What the bot is in beside the rooms where something happened. */
  let rooms: string[]
  let connections: Agent[]
  let transactions = 0
  let minute: number
  let again: number

  /** A minute is as long as the test says, and so are the waits until all is looked into again after a sign. */
  const clock = {
    ...realClock,
    sleep: (ms: number, signal?: AbortSignal) => {
      const isAgain = ms === 2_000 || ms === 8_000
      return realClock.sleep(isAgain ? again : ms >= 40_000 ? minute : ms, signal as AbortSignal)
    },
  }

  const messages = ({ path, query }: Got) => {
    const room = path.split('/')[5]
    const from = Number(query.get('from')?.slice(1) ?? events.length)
    const older = events.slice(0, from).filter((event) => event.room_id === room)
    const chunk = older.slice(-Number(query.get('limit'))).reverse()
    const last = chunk.at(-1)
    const shown = chunk.map(({ room_id: _, ...rest }) => rest)
    return { status: 200, body: { chunk: shown, ...(last && { end: `t${events.indexOf(last)}` }) } }
  }
  const answer = (got: Got) => {
    const joined = new Set([...rooms, ...events.map((event) => event.room_id)])
    if (got.path.endsWith('/joined_rooms'))
      return { status: 200, body: { joined_rooms: [...joined] } }
    return got.path.endsWith('/messages') ? messages(got) : undefined
  }

  const start = async () => {
    service = createAppservice(
      {
        homeserver: { url: homeserver.url, domain: 'localhost' },
        registration,
        listen: { host: '127.0.0.1', port: 0 },
      },
      { vault, clock, random: () => 0.5, log },
    )
    const inhabitant: Inhabitant = {
      owner: alice,
      names: service.names(),
      read: (event) => ({
        event: event.id,
        room: event.room,
        async to() {
          if (refuses) throw new Error('not now')
          said.push(String(event.content.body ?? event.type))
        },
      }),
    }
    stop = new AbortController()
    over = service.house(inhabitant, stop.signal)
    await Promise.race([service.address, over])
  }
  const end = async () => {
    stop.abort(new Error('the test ends it'))
    await over
  }
  const looks = () => homeserver.calls('GET', /\/joined_rooms$/)
  const read = (room: string) =>
    homeserver.calls('GET', /\/messages$/).filter(({ path }) => path.includes(room))
  const mark = () => vault.entries.get('caught-up')
  const begin = async () => {
    await start()
    await until(mark, 'the first mark')
  }
  /** Resolves when all rooms were looked into once more. */
  const looked = async () => {
    const before = mark()
    await sign()
    await until(() => mark() !== before, 'the next mark')
  }

  const event = (body: string, more: Partial<Event> = {}): Event => ({
    event_id: `$${events.length}-${body}`,
    room_id: '!room:localhost',
    type: 'm.room.message',
    sender: alice,
    origin_server_ts: Date.now(),
    content: { msgtype: 'm.text', body },
    ...more,
  })
  const happens = (body: string, more: Partial<Event> = {}) => {
    const one = event(body, more)
    events.push(one)
    return one
  }
  const put = async (body: string, dispatcher?: Agent) => {
    const url = `${await service.address}/_matrix/app/v1/transactions/t${transactions++}`
    const headers = { authorization: `Bearer ${registration.hsToken}` }
    const asked = { method: 'PUT', headers, body, ...(dispatcher && { dispatcher }) } as const
    const answered = await request(url, asked)
    await answered.body.dump()
    return answered.statusCode
  }
  const tell = (...told: Event[]) => put(JSON.stringify({ events: told }))
  /** As another process of the homeserver tells it, which has connections of its own. */
  const tellAnew = async (...told: Event[]) => {
    const connection = new Agent()
    connections.push(connection)
    return put(JSON.stringify({ events: told }), connection)
  }
  /** A transaction that fails: a sign that something may have been lost. */
  const sign = () => put('cut o')

  beforeEach(async () => {
    homeserver = await littleHomeserver()
    homeserver.answers = answer
    vault = memoryVault()
    log = memoryLog()
    said = []
    refuses = false
    events = []
    rooms = []
    connections = []
    minute = 60_000
    again = 60_000
  })
  afterEach(async () => {
    await end()
    await Promise.all(connections.map((one) => one.destroy()))
    await homeserver.stop()
  })

  it('is not looked for the first time, as nothing was told before', async () => {
    for (let n = 0; n < 10; n++) happens(`old ${n}`)
    await begin()
    expect(looks()).toHaveLength(0)
    expect(homeserver.calls('GET', /\/messages$/)).toHaveLength(0)
    expect(said).toEqual([])
  })

  it('is told once at the start, although a transaction has it too', async () => {
    await begin()
    await end()
    const lost = happens('lost')
    await start()
    await until(() => said.includes('lost'), 'the lost message')
    expect(await tell(lost)).toBe(200)
    expect(await tell(happens('next'))).toBe(200)
    await looked()
    expect(said).toEqual(['lost', 'next'])
  })

  it('is looked for again soon after the start, though nothing more is told', async () => {
    await begin()
    await end()
    again = 500
    const first = mark()
    await start()
    await until(() => mark() !== first, 'the look at the start')
    // What is said in the moment in which Synapse ends catching up with us is stored there, and not sent.
    happens('stored and not sent')
    await until(() => said.includes('stored and not sent'), 'the second look')
  })

  it('is looked for after every return', async () => {
    await begin()
    await homeserver.stop()
    const call = { method: 'GET', path: '/_matrix/client/v3/account/whoami', what: 'ask' } as const
    await expect(service.homeserver.call(call, stop.signal)).rejects.toBeDefined()
    happens('lost')
    await homeserver.start()
    await until(() => said.includes('lost'), 'the lost message', 3_000)
  })

  it('is looked for when a connection ends on which it called', async () => {
    await begin()
    const connection = new Agent()
    expect(await put('{"events":[]}', connection)).toBe(200)
    happens('lost')
    await connection.destroy()
    await until(() => said.includes('lost'), 'the lost message', 3_000)
  })

  it('is looked for every minute where people speak, and nowhere else', async () => {
    minute = 100
    rooms = ['!silent:localhost']
    await begin()
    expect(await tell(happens('told'))).toBe(200)
    happens('lost')
    await until(() => said.includes('lost'), 'the lost message', 3_000)
    const seen = read('!room:localhost').length
    await until(() => read('!room:localhost').length > seen, 'another minute')
    expect(said).toEqual(['told', 'lost'])
    expect(read('!silent:localhost')).toEqual([])
  })

  it('comes before what a transaction brings meanwhile', async () => {
    await begin()
    happens('first')
    const gate = Promise.withResolvers<void>()
    homeserver.answers = (got, response) => {
      const found = answer(got)
      if (!got.path.endsWith('/messages')) return found
      const head = { 'content-type': 'application/json' }
      void gate.promise.then(() => response.writeHead(200, head).end(JSON.stringify(found?.body)))
      return 'by hand'
    }
    await sign()
    await until(() => read('!room:localhost').length > 0, 'the look')
    const telling = tell(happens('second'))
    // Another request, which is behind it, is answered: it waits in the line.
    await sign()
    expect(said).toEqual([])
    gate.resolve()
    expect(await telling).toBe(200)
    expect(said).toEqual(['first', 'second'])
  })

  it('comes before what is newer when a homeserver calls that nobody saw go', async () => {
    await begin()
    expect(await tell(happens('told'))).toBe(200)
    happens('lost')
    happens('lost too')
    expect(await tellAnew(happens('new'))).toBe(200)
    expect(said).toEqual(['told', 'lost', 'lost too', 'new'])
    happens('lost elsewhere', { room_id: '!other:localhost' })
    expect(await tellAnew(happens('again'))).toBe(200)
    const elsewhere = happens('new elsewhere', { room_id: '!other:localhost' })
    expect(await tellAnew(elsewhere)).toBe(200)
    expect(said.slice(4)).toEqual(['again', 'lost elsewhere', 'new elsewhere'])
  })

  it('comes before what is newer after a restart of the bridge, whoever calls first', async () => {
    await begin()
    await end()
    happens('lost')
    homeserver.answers = (got) =>
      /\/ping$|joined_rooms$/.test(got.path) ? { status: 502 } : answer(got)
    await start()
    expect(await tell(happens('new'))).toBe(200)
    expect(said).toEqual(['lost', 'new'])
  })

  it('comes first in rooms where something newer came, however many others there are', async () => {
    await begin()
    rooms = Array.from({ length: 200 }, (_, n) => `!${n}:localhost`)
    const silent = new Set(rooms)
    homeserver.answers = (got) => {
      const isSilent = got.path.endsWith('/messages') && silent.has(got.path.split('/')[5] ?? '')
      return isSilent ? 'by hand' : answer(got)
    }
    happens('lost')
    happens('lost', { room_id: '!other:localhost' })
    await sign()
    await until(() => looks().length > 0, 'the look')
    const other = happens('new', { room_id: '!other:localhost' })
    expect(await tell(happens('new'), other)).toBe(200)
    expect(said).toEqual(['lost', 'new', 'lost', 'new'])
  })

  it('is looked for once more when the homeserver goes again meanwhile', async () => {
    await begin()
    happens('lost')
    const gate = Promise.withResolvers<void>()
    homeserver.answers = (got, response) => {
      const found = answer(got)
      if (!got.path.endsWith('/messages') || read('!room:localhost').length > 1) return found
      const head = { 'content-type': 'application/json' }
      void gate.promise.then(() => response.writeHead(200, head).end(JSON.stringify(found?.body)))
      return 'by hand'
    }
    const telling = tellAnew(happens('new'))
    await until(() => read('!room:localhost').length > 0, 'the look')
    happens('lost too')
    const own = { sender: '@wechat_ann:localhost' }
    expect(await tellAnew(happens('a post', own))).toBe(200)
    gate.resolve()
    expect(await telling).toBe(200)
    expect(said).toEqual(['a post', 'lost', 'new', 'lost too'])
    expect(log.text()).not.toContain('could not be read in time')
  })

  it('is not waited for by what is only our own', async () => {
    await begin()
    happens('lost')
    homeserver.answers = (got) => (got.path.endsWith('/messages') ? 'by hand' : answer(got))
    const own = { sender: '@wechat_ann:localhost' }
    expect(await tellAnew(happens('a post', own))).toBe(200)
    expect(read('!room:localhost')).toEqual([])
    homeserver.answers = answer
    expect(await tell(happens('new'))).toBe(200)
    expect(said).toEqual(['a post', 'lost', 'new'])
  })

  it('is read back as far as it is known only, while a transaction waits', async () => {
    await begin()
    for (let n = 0; n < 300; n++) happens(`${n}`)
    expect(await tell(...events)).toBe(200)
    happens('lost')
    const before = read('!room:localhost').length
    expect(await tellAnew(happens('new'))).toBe(200)
    expect(read('!room:localhost')).toHaveLength(before + 1)
    expect(said.slice(-3)).toEqual(['299', 'lost', 'new'])
  })

  it('is found behind what was said long ago and told late', async () => {
    await begin()
    happens('lost')
    const late = { sender: '@wechat_ann:localhost', origin_server_ts: Date.now() - 5 * 3_600_000 }
    for (let n = 0; n < 20; n++) happens('late', { ...late, unsigned: { age: 50 } })
    await looked()
    expect(said.slice(0, 2)).toEqual(['lost', 'late'])
  })

  it('does not keep transactions waiting for a homeserver that is slow', async () => {
    await begin()
    expect(await tell(happens('before'))).toBe(200)
    homeserver.answers = (got) => (got.path.endsWith('/messages') ? 'by hand' : answer(got))
    await sign()
    expect(await tell(happens('told'))).toBe(200)
    expect(log.text()).toContain('could not be read in time')
    // Which was after some seconds; then nothing waits any more.
    const since = Date.now()
    expect(await tell(happens('told at once'))).toBe(200)
    expect(Date.now() - since).toBeLessThan(1_000)
    homeserver.answers = answer
    happens('lost')
    expect(await tellAnew(happens('new'))).toBe(200)
    expect(said).toEqual(['before', 'told', 'told at once', 'lost', 'new'])
  })

  it('is looked for again by the next process if it was not durable', async () => {
    await begin()
    refuses = true
    const before = mark()
    happens('lost')
    await sign()
    await until(() => log.text().includes('An event could not be kept'), 'a refusal')
    await end()
    expect(mark()).toBe(before)
    refuses = false
    await start()
    await until(() => mark() !== before, 'that all is known')
    expect(said).toEqual(['lost'])
  })

  it('is looked for again while the homeserver cannot say', async () => {
    await begin()
    happens('lost')
    let failures = 3
    homeserver.answers = (got) =>
      /joined_rooms|messages/.test(got.path) && failures-- > 0 ? { status: 502 } : answer(got)
    await sign()
    await until(() => said.includes('lost'), 'the lost message')
    expect(failures).toBeLessThan(1)
  })

  it('is found although another room cannot be read', async () => {
    await begin()
    rooms = ['!gone:localhost']
    happens('lost')
    homeserver.answers = (got) =>
      got.path.includes('!gone') ? { status: 403, body: { errcode: 'M_FORBIDDEN' } } : answer(got)
    await looked()
    expect(said).toEqual(['lost'])
  })

  it('is read back as far as it is not known, in order, and no further', async () => {
    await begin()
    for (let n = 0; n < 300; n++) happens(`old ${n}`, { origin_server_ts: Date.now() - 3_600_000 })
    for (let n = 0; n < 250; n++) happens(`${n}`)
    for (let n = 0; n < 5; n++) happens(`elsewhere ${n}`, { room_id: '!other:localhost' })
    await looked()
    const here = said.filter((words) => !words.startsWith('elsewhere'))
    expect(here).toEqual(Array.from({ length: 250 }, (_, n) => `${n}`))
    expect(said.filter((words) => words.startsWith('elsewhere'))).toHaveLength(5)
    expect(read('!room:localhost').length).toBeLessThan(5)
  })

  it('is read back as far as the bridge was away, but not for ever', async () => {
    await begin()
    await end()
    const hour = 3_600_000
    const ago = (hours: number) => ({ origin_server_ts: Date.now() - hours * hour })
    happens('ten days ago', ago(240))
    happens('five hours ago', ago(5))
    happens('two hours ago', ago(2))
    vault.entries.set('caught-up', String(Date.now() - 3 * hour))
    await start()
    await until(() => said.length > 0, 'something')
    expect(said).toEqual(['two hours ago'])
    await end()
    vault.entries.set('caught-up', '5')
    said.length = 0
    await start()
    await until(() => said.length > 1, 'more')
    expect(said).toEqual(['five hours ago', 'two hours ago'])
  })

  it('is read back up to a bound, and that is said', async () => {
    await begin()
    for (let n = 0; n < 1_300; n++) happens(`${n}`)
    await looked()
    expect(said).toEqual(Array.from({ length: 1_010 }, (_, n) => `${n + 290}`))
    expect(log.text()).toMatch(/warn So much was said/)
  })

  it('is nothing from before the bot came into a room', async () => {
    await begin()
    for (let n = 0; n < 20; n++) happens(`before ${n}`)
    const member = { type: 'm.room.member', state_key: bot, sender: bot }
    happens('', { ...member, content: { membership: 'join' } })
    for (let n = 0; n < 6; n++) happens(`after ${n}`)
    // A new name is no coming.
    const renamed = {
      content: { membership: 'join' },
      unsigned: { prev_content: { membership: 'join' } },
    }
    happens('', { ...member, ...renamed })
    await looked()
    const after = Array.from({ length: 6 }, (_, n) => `after ${n}`)
    expect(said).toEqual(['m.room.member', ...after, 'm.room.member'])
  })

  it('waits for who is not in, as what a transaction brings does', async () => {
    const bob = '@bob:localhost'
    await begin()
    service.expect(alice)
    service.expect(bob, 'bob')
    happens('for Bob', { sender: bob, room_id: '!bobs:localhost' })
    await looked()
    expect(said).toEqual([])
    expect(vault.entries.get(`kept/${bob}/0`)).toContain('for Bob')
  })

  it('may be garbage', async () => {
    await begin()
    for (const body of [
      {},
      { joined_rooms: 5 },
      { joined_rooms: [7, '', '..', '!room:localhost'] },
    ]) {
      for (const chunk of [undefined, 5, [null, 7, {}, { event_id: 5, origin_server_ts: 1e15 }]]) {
        homeserver.answers = (got) => {
          if (got.path.endsWith('/joined_rooms')) return { status: 200, body }
          return got.path.endsWith('/messages')
            ? { status: 200, body: { chunk, end: 7 } }
            : undefined
        }
        await looked()
      }
    }
    expect(said).toEqual([])
    homeserver.answers = answer
    happens('lost')
    await looked()
    expect(said).toEqual(['lost'])
  }, 15_000)
})
