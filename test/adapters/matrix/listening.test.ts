import '../../support/seed.ts'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { createCalling } from '../../../adapters/matrix/calling.ts'
import { names as namesOf } from '../../../adapters/matrix/ids.ts'
import { keyField, roomEvent, roomField } from '../../../adapters/matrix/ingress.ts'
import type { Json } from '../../../adapters/matrix/json.ts'
import { createListening } from '../../../adapters/matrix/listening.ts'
import { createTypedTokens } from '../../../adapters/matrix/typed-token.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { contactId, hubId } from '../../../src/core/ids.ts'
import type { HubEvent } from '../../../src/ports/hub.ts'
import { memoryLog, realClock } from '../../support/ports.ts'

const names = namesOf('wechat_', 'wechatbot', 'hs')
const li = contactId('contact/li')
const ghost = names.ghost(li)

let told: { event: HubEvent; raw: string }[]
let hidden: string[]
let log: ReturnType<typeof memoryLog>
let joined: Json | BridgeError
let asked: number
let calling: ReturnType<typeof createCalling>
let listening: ReturnType<typeof createListening>

beforeEach(() => {
  told = []
  hidden = []
  log = memoryLog()
  asked = 0
  joined = {
    '@owner:hs': { display_name: 'Ann' },
    '@bob:hs': { display_name: 'Bob' },
    [ghost]: { display_name: 'Li' },
  }
  calling = createCalling({
    clock: realClock,
    log,
    reserved: ['WeChat bridge'],
    homeserver: {
      async call() {
        asked++
        if (joined instanceof BridgeError) throw joined
        return { joined }
      },
    },
  })
  const isManagement = (room: string) => room === '!management'
  listening = createListening({
    hub: hubId('matrix'),
    owner: '@owner:hs',
    names,
    log,
    isManagement,
    calling,
    people: {
      roleOf: (from) => (from === '@owner:hs' ? 'owner' : from === '@bob:hs' ? 'relay' : undefined),
    },
    async authorOf(_, event) {
      if (event === '$broken') throw new Error('it is away')
      return { $bobs: '@bob:hs', $mine: '@owner:hs', $li: ghost }[event]
    },
    contactOf: async (user) => (user === ghost ? li : undefined),
    untokened: createTypedTokens({ owner: '@owner:hs', isManagement, offered: () => 'kept-1' }),
    hide: (event) => hidden.push(event.id),
    async tell(event, raw) {
      told.push({ event, raw })
    },
  })
})

const hear = async (content: Json, sender = '@owner:hs', more: object = {}) => {
  const raw = {
    event_id: `$${told.length + 1}`,
    room_id: '!room',
    sender,
    type: 'm.room.message',
    origin_server_ts: Date.now(),
    content: { msgtype: 'm.text', ...content },
    ...more,
  }
  const event = roomEvent(raw, Date.now())
  const heard = event && listening(event)
  await heard?.handing.to()
  return heard && told.at(-1)?.event
}
const renamed = (user: string, displayname: string) =>
  hear({ membership: 'join', displayname }, user, { type: 'm.room.member', state_key: user })

describe('listening to rooms', () => {
  it('tells what the owner writes without a name', async () => {
    expect(await hear({ body: 'hi' })).not.toHaveProperty('name')
    expect(asked).toBe(0)
  })

  it('does not tell what a stranger does', async () => {
    expect(await hear({ body: '!wx logout' }, '@eve:hs')).toBeUndefined()
    expect(told).toEqual([])
  })

  it('knows whom a pill names, also somebody who was not known before', async () => {
    const formatted_body = `<a href="https://matrix.to/#/${ghost}">Li</a>, <a href="https://matrix.to/#/${names.me}">me</a>`
    const pill = { body: 'x', format: 'org.matrix.custom.html', formatted_body }
    for (let time = 0; time < 2; time++) {
      expect(await hear(pill)).toMatchObject({
        text: 'Li, me',
        points: [{ start: 0, end: 2, who: li }],
      })
    }
  })

  it('tells what a guest is called, as it is now', async () => {
    expect(await hear({ body: 'hi' }, '@bob:hs')).toMatchObject({ name: 'Bob' })
    await renamed('@bob:hs', 'Bobby')
    expect(await hear({ body: 'hi' }, '@bob:hs')).toMatchObject({ name: 'Bobby' })
    expect(asked).toBe(1)
  })

  it.each(['Ann', 'Li', 'lі', 'WeChat bridge', '🦊', ''])(
    'tells the id of a guest who is called %j',
    async (name) => {
      await hear({ body: 'hi' }, '@bob:hs')
      await renamed('@bob:hs', name)
      expect(await hear({ body: 'hi' }, '@bob:hs')).toMatchObject({
        name: expect.stringContaining('@bob:hs'),
      })
    },
  )

  it('tells the id of a guest where it cannot ask', async () => {
    joined = new BridgeError('away', { code: 'network', heal: 'retry', certain: true })
    for (let time = 0; time < 2; time++) {
      expect(await hear({ body: 'hi' }, '@bob:hs')).toMatchObject({ name: '@bob:hs' })
    }
    expect(asked).toBe(1)
  })

  it.each([
    ['$mine', '@owner:hs', true],
    ['$bobs', '@bob:hs', true],
    ['$unknown', '@bob:hs', true],
    ['$broken', '@owner:hs', true],
    ['$bobs', '@owner:hs', false],
    ['$li', '@owner:hs', false],
    ['$mine', '@bob:hs', false],
  ])('tells a change of %s by %s: %s', async (event_id, sender, isTold) => {
    const change = {
      body: '* new',
      'm.new_content': { msgtype: 'm.text', body: 'new' },
      'm.relates_to': { rel_type: 'm.replace', event_id },
    }
    await hear(change, sender)
    expect(told.map((each) => each.event.type)).toEqual(isTold ? ['edit'] : [])
  })

  it('takes nothing back of what the bridge says', async () => {
    const body = '!wx puppet ACCESS_TOKEN|off  is what you write on the phone your own here'
    expect(await hear({ body, [keyField]: 'post/1' }, names.bot)).toMatchObject({ type: 'echo' })
    expect(hidden).toEqual([])
  })

  it('hides a token once it is told, and tells and logs nothing of it', async () => {
    const token = 'syt_secret_secret_secret'
    expect(await hear({ body: `!wx puppet ${token}` })).toMatchObject({
      type: 'command',
      words: ['puppet', 'kept-1'],
    })
    expect(hidden).toEqual(['$1'])
    expect(JSON.stringify([told, log.lines])).not.toContain('secret')
    await hear({ body: `!wx puppet ${token}` }, '@eve:hs')
    expect(hidden).toHaveLength(2)
    expect(told).toHaveLength(1)
  })

  it('never fails, whatever anybody writes, and tells only who may be heard', async () => {
    const anything = fc.anything({ withBigInt: false })
    const words = fc.oneof(
      anything,
      fc.constantFrom(
        '!wx puppet x',
        'puppet\n\u200b1',
        '！ｗｘ puppet',
        '<a href="matrix:u/b:c">',
      ),
    )
    const content = fc.dictionary(
      fc.constantFrom(
        ...['msgtype', 'body', 'format', 'formatted_body', 'm.relates_to', 'm.new_content', 'url'],
        ...['m.mentions', 'membership', 'displayname', 'redacts', keyField, roomField, '__proto__'],
      ),
      words,
    )
    const people = ['@owner:hs', '@bob:hs', '@eve:hs', ghost, names.bot, names.me]
    const raw = fc.record({
      event_id: fc.constantFrom('$1', '$mine', '$bobs'),
      room_id: fc.constantFrom('!room', '!management'),
      sender: fc.constantFrom(...people),
      type: fc.constantFrom('m.room.message', 'm.reaction', 'm.room.redaction', 'm.room.member'),
      state_key: fc.option(fc.constantFrom(...people), { nil: undefined }),
      content: fc.oneof(
        content.map((each) => ({ msgtype: 'm.text', ...each })),
        content,
        anything,
      ),
      unsigned: anything,
    })
    await fc.assert(
      fc.asyncProperty(raw, async (one) => {
        told = []
        const event = roomEvent(JSON.parse(JSON.stringify(one)), Date.now())
        if (!event) return
        await listening(event)?.handing.to()
        for (const { event: each } of told) {
          expect(one.sender === '@eve:hs').toBe(false)
          if (each.type === 'echo') expect(['@bob:hs']).not.toContain(one.sender)
          else expect(each.from).toBe(one.sender)
        }
      }),
      { numRuns: 300 },
    )
  })
})
