import { types } from 'wechaty-puppet'
import type { WeChatConnector } from '../../../src/ports/wechat.ts'
import { jpeg } from '../../contract/connector/jobs.ts'
import type { Arrived, ConnectorWorld } from '../../contract/connector/world.ts'
import { connectorContract } from '../../contract/connector.ts'
import { Gateway, people, room } from '../../sim/puppet/gateway.ts'
import { memoryVault } from '../../support/ports.ts'
import { connectorTo, ports } from './lab.ts'

connectorContract({
  name: 'Wechaty puppets, over gRPC to a gateway',
  make: async () => {
    const gateway = await Gateway.start()
    const given = ports(memoryVault())
    // Contract worlds give connectors at once: these wait for theirs before each use.
    const made: WeChatConnector[] = []
    for (let count = 0; count < 3; count++) made.push(await connectorTo(gateway, given))
    return {
      connector: () => made.shift() as WeChatConnector,
      close: () => gateway.close(),
      world: worldOf(gateway),
    }
  },
  skip: [
    {
      why: 'Wechaty has no replay: what is said while no client is connected is not told to the next',
      tests: [
        'resumes after a restart without a login, and misses nothing said meanwhile',
        'misses nothing that was said in a group between two starts',
      ],
    },
  ],
})

function worldOf(gateway: Gateway): ConnectorWorld {
  const { puppet } = gateway
  return {
    ...people,
    scan: async () => gateway.scan(),
    confirm: async () => gateway.confirm(),
    friendSays: async (text) => gateway.sayText('lin', text),
    friendSendsPicture: async (bytes) => gateway.sendFile('lin', 'p.jpg', bytes),
    memberSays: async (text) => gateway.sayText('wu', text, room),
    memberJoins: async () =>
      puppet.mocker.RoomMock.load(room)
        .add(puppet.mocker.ContactMock.load('zhou'))
        .by(puppet.mocker.ContactMock.load('wu')),
    memberIsCalled: async (nick) => {
      puppet.nicks.set('zhou', nick)
      puppet.emit('dirty', { payloadType: types.Dirty.RoomMember, payloadId: room })
    },
    memberLeaves: async () =>
      puppet.mocker.RoomMock.load(room)
        .remove(puppet.mocker.ContactMock.load('zhou'))
        .by(puppet.mocker.ContactMock.load('zhou')),
    phoneSays: async (text) => gateway.sayText('me', text, 'lin'),
    recall: async (id) => {
      const { talkerId, listenerId } = puppet.mocker.messagePayload(id) as {
        talkerId: string
        listenerId: string
      }
      gateway.say(talkerId, { type: types.Message.Recalled, text: id, listenerId })
    },
    repeat: async (id) => void puppet.emit('message', { messageId: id }),
    nonsense: async () => {
      const text = '&lt;msg&gt;&lt;__proto__ a="&lt;"&gt;'
      gateway.say('lin', { type: 4711 as types.Message, text, listenerId: 'me' })
    },
    garbage: async () => {
      puppet.failures = 3
      const junk: unknown = { messageId: { toString: false }, roomId: ['x'], inviteeIdList: 5 }
      for (const event of ['message', 'room-join', 'room-topic', 'friendship', 'room-invite']) {
        puppet.emit(event as 'message', junk as { messageId: string })
      }
    },
    kick: () => puppet.logout('kicked by the phone'),
    settled: async () => undefined,
    arrived: () =>
      puppet.sendings.map((each): Arrived => {
        const to = each.to === 'lin' ? 'friend' : each.to === room ? 'group' : 'other'
        const { text, bytes, recalled } = each
        return { to, text, recalled, ...(bytes && { bytes }) }
      }),
    picture: (bytes) => ({ bytes: jpeg(bytes), mime: 'image/jpeg' }),
  }
}
