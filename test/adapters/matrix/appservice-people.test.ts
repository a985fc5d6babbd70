import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AppserviceOptions,
  type AppservicePorts,
  createAppservice,
  type Inhabitant,
  type MatrixAppservice,
} from '../../../adapters/matrix/appservice.ts'
import type { Fleeting } from '../../../adapters/matrix/ephemeral.ts'
import { makeRegistration } from '../../../adapters/matrix/registration.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { type LittleHomeserver, littleHomeserver } from './little-homeserver.ts'

const registration = makeRegistration({ url: 'http://127.0.0.1:9' })
const alice = '@alice:localhost'
const bob = '@bob:localhost'
const bot = '@wechatbot:localhost'

describe('an application service with several people', () => {
  let homeserver: LittleHomeserver
  let vault: ReturnType<typeof memoryVault>
  let log: ReturnType<typeof memoryLog>
  let service: MatrixAppservice
  const leaving: (() => Promise<void>)[] = []
  let transactions = 0

  const fresh = (changed: Partial<AppserviceOptions & AppservicePorts> = {}) => {
    service = createAppservice(
      {
        homeserver: { url: homeserver.url, domain: 'localhost' },
        registration,
        listen: { host: '127.0.0.1', port: 0 },
        ...changed,
      },
      { vault, clock: realClock, random: () => 0, log, ...changed },
    )
  }
  /** Somebody who keeps the words they hear, unless `refuses` says that they cannot. */
  const person = (owner: string, name?: string) => {
    const it = {
      said: [] as string[],
      fleeting: [] as Fleeting[],
      refuses: (_words: string): boolean => false,
      inhabitant: {
        owner,
        names: service.names(name),
        read(event) {
          const words = String(event.content.body)
          if (words === 'stumble') throw new Error('stumbled')
          return {
            event: event.id,
            room: event.room,
            async to() {
              if (it.refuses(words)) throw new Error('not now')
              it.said.push(words)
            },
          }
        },
        fleeting: (event) => void it.fleeting.push(event),
      } as Inhabitant,
    }
    return it
  }
  const enter = async ({ inhabitant }: { inhabitant: Inhabitant }) => {
    const stop = new AbortController()
    const over = service.house(inhabitant, stop.signal)
    await Promise.race([service.address, over])
    const leave = async () => {
      stop.abort(new Error('the test ends it'))
      await over
    }
    leaving.push(leave)
    return leave
  }
  const put = async (events: unknown[], more: object = {}, id = `t${transactions++}`) => {
    const answer = await request(`${await service.address}/_matrix/app/v1/transactions/${id}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${registration.hsToken}` },
      body: JSON.stringify({ events, ...more }),
    })
    await answer.body.dump()
    return answer.statusCode
  }
  let events = 0
  const said = (room: string, sender: string, body: string) => ({
    event_id: `$${events++}`,
    room_id: room,
    sender,
    type: 'm.room.message',
    origin_server_ts: 5,
    content: { msgtype: 'm.text', body },
  })
  const invited = (room: string, sender: string, who: string) => ({
    ...said(room, sender, ''),
    type: 'm.room.member',
    state_key: who,
    content: { membership: 'invite' },
  })

  beforeEach(async () => {
    homeserver = await littleHomeserver()
    vault = memoryVault()
    log = memoryLog()
    fresh()
  })
  afterEach(async () => {
    for (const leave of leaving.splice(0)) await leave()
    await homeserver.stop()
  })

  /** Alice is in, Bob is expected, and each has a room. */
  const two = async () => {
    const hers = person(alice)
    const his = person(bob, 'bob')
    service.expect(alice)
    service.expect(bob, 'bob')
    await enter(hers)
    await service.claim('!hers', hers.inhabitant)
    await service.claim('!his', his.inhabitant)
    return { hers, his }
  }

  it('tells each person what is theirs: by room, by who speaks, and by whose ghost it is about', async () => {
    const { hers, his } = await two()
    await enter(his)
    const ghost = { ...invited('!new', '@eve:else', service.names('bob').me), content: {} }
    const about = { ...ghost, content: { body: 'about a ghost' } }
    await put([
      said('!hers', bob, 'in her room'),
      said('!elsewhere', bob, 'of his'),
      about,
      said('!elsewhere', '@eve:else', 'of nobody'),
    ])
    expect(hers.said).toEqual(['in her room'])
    expect(his.said).toEqual(['of his', 'about a ghost'])
  })

  it('keeps what is for somebody who is not in, over a restart, before anything newer', async () => {
    const { hers } = await two()
    expect(await put([said('!his', bob, 'one'), said('!hers', alice, 'hers')])).toBe(200)
    expect(await put([said('!his', bob, 'two')])).toBe(200)
    expect(hers.said).toEqual(['hers'])
    for (const leave of leaving.splice(0)) await leave()

    fresh()
    const { his, hers: again } = await two()
    expect(await put([said('!his', bob, 'three')])).toBe(200)
    let left = 2
    his.refuses = (words) => words === 'one' && left-- > 0
    await enter(his)
    expect(await put([said('!his', bob, 'four')])).toBe(200)
    await until(() => his.said.length >= 4, 'all of it')
    expect(his.said).toEqual(['one', 'two', 'three', 'four'])
    expect(again.said).toEqual([])
    await until(() => [...vault.entries.keys()].every((name) => !/^kept\/.*\/\d+$/.test(name)))
    await put([said('!his', bob, 'five')])
    expect(his.said.at(-1)).toBe('five')
  })

  it('lets nobody wait for somebody whose part takes nothing, and loses nothing of theirs', async () => {
    const { hers, his } = await two()
    await enter(his)
    his.refuses = () => true
    const putting = put([said('!his', bob, 'stuck'), said('!hers', alice, 'free')])
    await until(() => hers.said.includes('free'), 'what is hers', 8_000)
    expect(await putting).toBe(200)
    expect(await put([said('!his', bob, 'behind')])).toBe(200)
    his.refuses = () => false
    await until(() => his.said.length >= 2, 'what is his')
    expect(his.said).toEqual(['stuck', 'behind'])
  })

  it('takes a transaction again of which it had only the beginning, under another number', async () => {
    const { hers, his } = await two()
    const both = [said('!hers', alice, 'first'), said('!his', bob, 'second')]
    const set = vault.set
    vault.set = async (name, text) => {
      if (name.startsWith('kept/')) throw new Error('the disk is full')
      return set(name, text)
    }
    const stuck = put(both, {}, '7').catch(() => 'cut off')
    await until(() => hers.said.length > 0, 'the first')
    // As if it were killed between the two.
    for (const leave of leaving.splice(0)) await leave()
    expect(await stuck).not.toBe(200)
    vault.set = set
    fresh()
    const again = await two()
    expect(await put(both, {}, '8')).toBe(200)
    await enter(again.his)
    await until(() => again.his.said.length > 0, 'the second')
    expect(again.his.said).toEqual(['second'])
    expect(his.said).toEqual([])
  })

  it('keeps as much as comes for somebody who is away, and refuses nothing to anybody', async () => {
    const { hers, his } = await two()
    vault.entries.set(`kept/${bob}`, JSON.stringify({ from: 0, to: 9_998 }))
    for (let at = 0; at < 9_998; at++) {
      vault.entries.set(`kept/${bob}/${at}`, JSON.stringify(said('!his', bob, `old ${at}`)))
    }
    const late = [said('!his', bob, 'late'), said('!his', bob, 'later'), said('!hers', alice, 'hi')]
    expect(await put(late)).toBe(200)
    expect(hers.said).toEqual(['hi'])
    const complaints = () => log.lines.filter((line) => line.includes('"kept":'))
    expect(complaints()).toEqual([expect.stringContaining('"kept":10000')])
    await enter(his)
    await until(() => his.said.length >= 10_000, 'what was kept')
    expect(his.said.slice(-2)).toEqual(['late', 'later'])
  })

  it('forgets somebody who will not come any more', async () => {
    await two()
    await put([said('!his', bob, 'kept')])
    await service.dismiss(bob)
    expect([...vault.entries.keys()].filter((name) => /^kept\/.*\/\d/.test(name))).toEqual([])
    expect(await put([said('!his', bob, 'nobody is told')])).toBe(200)
  })

  it('tells nobody what is said in the rooms of somebody who was forgotten, also not the only one left', async () => {
    fresh({ permissions: { [bob]: 'user' } })
    const { hers } = await two()
    await service.dismiss(bob)
    await put([
      said('!his', bob, 'his'),
      said('!his', alice, 'in his room'),
      said('!new', bob, 'x'),
    ])
    expect(hers.said).toEqual(['x'])
    service.expect(bob, 'bob')
    const his = person(bob, 'bob')
    await enter(his)
    await put([said('!his', alice, 'again')])
    expect(his.said).toEqual(['again'])
  })

  it('keeps removing what was kept where a crash cut it off, and hands over the rest in order', async () => {
    const { his } = await two()
    await put(['one', 'two', 'three'].map((words) => said('!his', bob, words)))
    const drop = vault.drop
    let left = 1
    vault.drop = async (name) => {
      if (name.startsWith('kept/') && left-- <= 0) throw new Error('killed')
      return drop(name)
    }
    await expect(service.dismiss(bob)).rejects.toThrow('killed')
    vault.drop = drop
    for (const leave of leaving.splice(0)) await leave()
    fresh()
    const again = await two()
    await enter(again.his)
    await until(() => again.his.said.length === 2, 'the rest')
    expect([again.his.said, his.said]).toEqual([['two', 'three'], []])
  })

  it('lets nobody wait for somebody whose part neither takes nor refuses', async () => {
    const { hers, his } = await two()
    const stuck = Promise.withResolvers<void>()
    const read = his.inhabitant.read
    let first = true
    Object.assign(his.inhabitant, {
      read: (event: Parameters<Inhabitant['read']>[0]) => {
        const handing = read(event)
        const to = async () => {
          if (first) {
            first = false
            await stuck.promise
          }
          await handing?.to()
        }
        return handing && { ...handing, to }
      },
    })
    await enter(his)
    const putting = put([said('!his', bob, 'stuck'), said('!hers', alice, 'free')])
    await until(() => hers.said.includes('free'), 'what is hers', 8_000)
    expect(await putting).toBe(200)
    await until(() => his.said.includes('stuck'), 'what is his')
    stuck.resolve()
  })

  it('knows rooms that were written down nowhere by asking whose they are', async () => {
    const { hers, his } = await two()
    await enter(his)
    Object.assign(hers.inhabitant, { holds: async (room: string) => room === '!old' })
    await put([said('!old', bob, 'a guest in her room'), said('!none', bob, 'elsewhere')])
    expect([hers.said, his.said]).toEqual([['a guest in her room'], ['elsewhere']])
    expect(vault.entries.get('place/!old')).toBe(alice)
  })

  it('keeps what is of somebody who may live here and whose data is not found, for when it is', async () => {
    fresh({ permissions: { [bob]: 'user' } })
    const hers = person(alice)
    service.expect(alice)
    await enter(hers)
    await service.claim('!his', person(bob, 'bob').inhabitant)
    await service.claim('!eves', person('@eve:else', 'eve').inhabitant)
    await put([
      said('!his', bob, 'his'),
      said('!eves', alice, 'nobody’s'),
      said('!x', alice, 'hers'),
    ])
    expect(hers.said).toEqual(['hers'])
    const his = person(bob, 'bob')
    service.expect(bob, 'bob')
    await enter(his)
    await until(() => his.said.length === 1, 'what was kept')
    expect([...vault.entries.keys()].filter((name) => name.includes('@eve'))).toEqual([])
  })

  it('gives the rooms of a former first person to who is the first now', async () => {
    vault.entries.set('place/!hers', '@alice:former')
    vault.entries.set('firsts', '["@alice:former"]')
    const hers = person(alice)
    const his = person(bob, 'bob')
    service.expect(alice)
    service.expect(bob, 'bob')
    await enter(hers)
    await enter(his)
    await put([said('!hers', bob, 'a guest'), said('!hers', alice, 'herself')])
    expect([hers.said, his.said]).toEqual([['a guest', 'herself'], []])
  })

  it('goes on after an event that makes somebody stumble', async () => {
    const { hers } = await two()
    expect(await put([said('!hers', alice, 'stumble'), said('!hers', alice, 'fine')])).toBe(200)
    expect(hers.said).toEqual(['fine'])
  })

  it('hands what is of the moment to whose room it is, once, under either name, and never fails of it', async () => {
    const { hers, his } = await two()
    await enter(his)
    const receipt = (room: string) => ({ type: 'm.receipt', room_id: room, content: {} })
    const old = 'de.sorunome.msc2409.ephemeral'
    const junk = [null, 5, {}, { type: 'm.receipt' }, { ...receipt('!his'), content: [] }]
    expect(await put([], { ephemeral: [receipt('!hers')], [old]: [receipt('!hers')] })).toBe(200)
    expect(await put([], { [old]: [...junk, receipt('!his')] })).toBe(200)
    expect(await put([], { ephemeral: 'no list', [old]: { no: 'list' } })).toBe(200)
    const noise = { 'de.sorunome.msc2409.to_device': [{}], device_lists: { changed: ['@x:y'] } }
    expect(await put([said('!hers', alice, 'with devices')], noise)).toBe(200)
    await until(() => hers.fleeting.length > 0 && his.fleeting.length > 0, 'the receipts')
    expect(hers.fleeting.map(({ room }) => room)).toEqual(['!hers'])
    expect(his.fleeting.map(({ room }) => room)).toEqual(['!his'])
    expect(hers.said).toEqual(['with devices'])
    expect(log.lines.filter((line) => /^(warn|error)/.test(line))).toEqual([])
  })

  describe('asked into rooms', () => {
    const joins = () => homeserver.calls('POST', /\/join$/).map(({ path }) => path.split('/')[5])
    const leaves = () =>
      homeserver
        .calls('POST', /\/leave$/)
        .map(({ path, query }) => [path.split('/')[5], query.get('user_id')])

    it('comes to its people, and to nobody else', async () => {
      await two()
      const ghost = service.names().me
      await put([
        invited('!a', alice, bot),
        invited('!b', '@eve:else', bot),
        invited('!c', '@eve:else', ghost),
        invited('!d', alice, ghost),
        invited('!e', alice, '@eve:else'),
        invited('!f', bot, ghost),
      ])
      await until(() => leaves().length >= 3 && joins().length >= 1, 'the answers')
      expect(joins()).toEqual(['!a'])
      expect(leaves().sort()).toEqual([
        ['!b', null],
        ['!c', ghost],
        ['!d', ghost],
      ])
      const reasonAt = (room: string) =>
        homeserver.calls('POST', /\/leave$/).find(({ path }) => path.includes(room))?.body.reason
      expect(reasonAt('/!d/')).toContain('!wx open')
      expect(reasonAt('/!b/')).toContain('not open to you')
      await until(() => vault.entries.get('place/!a') === alice, 'whose room it is')
    })

    it('leaves a room to the person whose chat it shows, whoever else asks it there', async () => {
      await two()
      await put([invited('!his', alice, bot)])
      await until(() => joins().length > 0, 'the answer')
      expect(vault.entries.get('place/!his')).toBe(bob)
    })

    it('answers only so many strangers at the same time', async () => {
      await two()
      homeserver.answers = ({ path }) => (path.endsWith('/leave') ? 'by hand' : undefined)
      const flood = Array.from({ length: 500 }, (_, n) => invited(`!s${n}`, '@eve:else', bot))
      expect(await put(flood)).toBe(200)
      expect(await put([invited('!a', alice, bot)])).toBe(200)
      await until(() => joins().includes('!a'), 'what its people want')
      expect(leaves().length).toBeLessThanOrEqual(1)
    })

    it('makes a bridge for who may have one, and says in their room why not', async () => {
      const asked: string[] = []
      let works = false
      fresh({
        permissions: { '@bob:localhost': 'user', localhost: 'relay' },
        newcomer: async (user) => {
          asked.push(user)
          if (!works) throw new Error('the disk is full')
          service.expect(user, 'bob')
          return true
        },
      })
      await enter(person(alice))
      await put([invited('!b', bob, bot), invited('!m', '@mallory:localhost', bot)])
      const notices = () => homeserver.calls('PUT', /\/send\/m\.room\.message\//)
      await until(() => notices().length > 0 && leaves().length > 0, 'the answers')
      expect(joins()).toEqual(['!b'])
      expect(leaves()).toEqual([['!m', null]])
      expect(notices()[0]?.path).toContain('/!b/')
      expect(String(notices()[0]?.body.body)).toMatch(/微信.*\n.*the disk is full/)
      works = true
      await put([invited('!b2', bob, bot)])
      await until(() => vault.entries.get('place/!b2') === bob, 'his room')
      expect(asked).toEqual([bob, bob])
    })

    it('tries again with somebody who is known and whose part does not run', async () => {
      const asked: string[] = []
      fresh({
        permissions: { '@bob:localhost': 'user' },
        newcomer: async (user) => {
          asked.push(user)
          return asked.length > 1
        },
      })
      service.expect(alice)
      service.expect(bob, 'bob')
      await enter(person(alice))
      await put([invited('!b', bob, bot), invited('!a', alice, bot)])
      const notices = () => homeserver.calls('PUT', /\/send\/m\.room\.message\//)
      await until(() => notices().length === 1 && joins().includes('!a'), 'the answers')
      expect(notices()[0]?.path).toContain('/!b/')
      expect(vault.entries.get('place/!b')).toBe(bob)
      await put([invited('!b2', bob, bot)])
      await until(() => joins().includes('!b2'), 'the answer')
      await until(() => asked.length === 2, 'the other try')
      expect(asked).toEqual([bob, bob])
      expect(notices()).toHaveLength(1)
    })
  })
})
