import { jpeg } from '../../contract/connector/jobs.ts'
import type { Arrived } from '../../contract/connector/world.ts'
import { connectorContract } from '../../contract/connector.ts'
import { freePort } from '../../support/free-port.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { FullGateway, type FullOptions, friend, friendChat, groupChat } from './full-gateway.ts'
import { garbler } from './garbler.ts'
import { connectorTo } from './lab.ts'

const kinds = [
  { events: 'push', media_by: 'upload' },
  { events: 'pull', media_by: 'url' },
] as const

for (const kind of kinds) {
  connectorContract({
    name: `http, over a gateway that can do everything, ${kind.events} and ${kind.media_by}`,
    make: () => worldOf(kind),
  })
}

async function worldOf(kind: Pick<FullOptions, 'events' | 'media_by'>) {
  const port = await freePort()
  const gateway = new FullGateway({ ...kind, bridge: `http://127.0.0.1:${port}` })
  await gateway.start()
  const proxy = await garbler(() => gateway.port)
  const vault = memoryVault()
  const log = memoryLog()
  const at = { gateway: proxy.origin, listen: { host: '127.0.0.1', port } }
  const wu = { id: 'wxid_wu', name: '吴越' }
  const said = new Map<string, object>()
  const say = (...what: Parameters<FullGateway['say']>) => {
    const message = gateway.say(...what)
    said.set(message.id, message)
    return message.id
  }
  const text = (words: string) => ({ kind: 'text', text: words }) as const
  const roll = () =>
    gateway.tell({
      type: 'members',
      account: 'wxid_me',
      chat: groupChat.id,
      members: gateway.members,
    })
  return {
    connector: () => connectorTo(at, vault, log),
    close: async () => {
      await gateway.close()
      await proxy.close()
    },
    world: {
      friend: friend.name ?? '',
      group: groupChat.name,
      newcomer: '周明远',
      scan: async () => gateway.logIn({ state: 'scanned' }),
      confirm: async () =>
        gateway.logIn({ state: 'online', account: { id: 'wxid_me', name: '我' } }),
      kick: async () => gateway.logIn({ state: 'offline', reason: 'kicked' }),
      friendSays: async (words: string) => say(text(words)),
      memberSays: async (words: string) => say(text(words), { chat: groupChat, from: wu }),
      phoneSays: async (words: string) => say(text(words), { from: 'me' }),
      friendSendsPicture: async (bytes: Uint8Array) => {
        gateway.media.set('p/1', Buffer.from(bytes))
        return say({ kind: 'image', media: { id: 'p/1', mime: 'image/png' } })
      },
      memberJoins: async () => {
        gateway.members.push({ id: 'wxid_zhou', name: '周明远', nick: '周明远' })
        roll()
      },
      memberIsCalled: async (nick: string) => {
        gateway.members[2] = { id: 'wxid_zhou', name: '周明远', nick }
        roll()
      },
      memberLeaves: async () => {
        gateway.members.pop()
        roll()
      },
      recall: async (id: string) => {
        const { from } = said.get(id) as { from: 'me' }
        say({ kind: 'recall', target: { id } }, { from })
      },
      repeat: async (id: string) => {
        const echo = { id, at: Date.now(), chat: friendChat, from: 'me', content: text('echo') }
        const message = said.get(id) ?? echo
        gateway.tell({ type: 'message', account: 'wxid_me', message })
      },
      nonsense: async () => {
        const message = { id: 'm', at: 'noon', chat: friendChat, from: [], content: { kind: 3 } }
        gateway.tell({ type: 'message', account: 'wxid_me', message })
      },
      garbage: async () =>
        proxy.garble(['empty', 'html', 'truncated', '500', 'reset', 'json', '500', 'html']),
      settled: async () => void (await until(() => gateway.kept === gateway.events.length)),
      arrived: () =>
        [...gateway.sent.values()].map(({ chat, text: words = '', bytes, recalled }): Arrived => {
          const to = chat === friendChat.id ? 'friend' : 'group'
          return { to, text: words, recalled, ...(bytes && { bytes }) }
        }),
      picture: (bytes: number) => ({ bytes: jpeg(bytes), mime: 'image/jpeg' }),
    },
  }
}
