import { beforeEach, describe, expect, it } from 'vitest'
import { createCalling } from '../../../adapters/matrix/calling.ts'
import { names as namesOf } from '../../../adapters/matrix/ids.ts'
import { roomEvent } from '../../../adapters/matrix/ingress.ts'
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
})
