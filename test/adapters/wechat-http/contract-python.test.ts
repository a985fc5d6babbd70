import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { jpeg } from '../../contract/connector/jobs.ts'
import type { Arrived } from '../../contract/connector/world.ts'
import { connectorContract } from '../../contract/connector.ts'
import { freePort } from '../../support/free-port.ts'
import { memoryLog, memoryVault, tempFolder } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { garbler } from './garbler.ts'
import { connectorTo, secret } from './lab.ts'
import { noPython, PythonGateway } from './python-gateway.ts'

const why = noPython()
if (why) describe('the gateway in Python', () => void test.skip(`runs (skipped: ${why})`))
else
  connectorContract({
    name: 'http, over the gateway in Python',
    skip: [
      {
        why: 'this gateway declares no members; the one in TypeScript does',
        tests: ['tells which groups have members, and each time that they change'],
      },
    ],
    make: async () => {
      const folder = await tempFolder()
      const port = await freePort()
      const file = join(folder.path, 'state.json')
      const bridge = `http://127.0.0.1:${port}`
      const gateway = new PythonGateway({ file, secret, bridge })
      await gateway.start()
      const proxy = await garbler(() => gateway.port)
      const vault = memoryVault()
      const log = memoryLog()
      const at = { gateway: proxy.origin, listen: { host: '127.0.0.1', port } }
      const said = new Map<string, object>()
      const say = async (more: object) => {
        const message = (await gateway.ask({ do: 'say', ...more })) as { id: string }
        said.set(message.id, message)
        return message.id
      }
      const state = () => JSON.parse(readFileSync(file, 'utf8')) as State
      const login = (state: object) => gateway.ask({ do: 'login', ...state })
      return {
        connector: () => connectorTo(at, vault, log),
        close: async () => {
          await gateway.kill()
          await proxy.close()
          await folder.drop()
        },
        world: {
          friend: '林小满',
          group: '爬山队',
          newcomer: 'nobody',
          scan: async () => void (await login({ state: 'scanned' })),
          confirm: async () =>
            void (await login({ state: 'online', account: { id: 'wxid_me', name: '我' } })),
          kick: async () => void (await login({ state: 'offline', reason: 'kicked' })),
          friendSays: (text) => say({ text }),
          memberSays: (text) => say({ text, who: 'member' }),
          phoneSays: (text) => say({ text, who: 'me' }),
          friendSendsPicture: (bytes) =>
            say({ do: 'picture', text: 'p1', bytes: Buffer.from(bytes).toString('base64') }),
          memberJoins: async () => undefined,
          memberIsCalled: async () => undefined,
          memberLeaves: async () => undefined,
          recall: async (id) => {
            const { from } = said.get(id) as { from: unknown }
            await say({ do: 'recall', text: id, who: from === 'me' ? 'me' : 'friend' })
          },
          repeat: async (id) => {
            const known = said.get(id) ?? {
              id,
              at: Date.now(),
              chat: { id: 'wxid_lin', kind: 'friend' },
              from: 'me',
              content: { kind: 'text', text: 'the echo' },
            }
            await gateway.ask({ do: 'tell', text: 'message', account: 'wxid_me', message: known })
          },
          nonsense: async () => {
            const content = { kind: 'hologram', beam: 1e300, text: '<b>&' }
            const message = { id: 7, chat: { id: 'wxid_lin', kind: 'friend' }, content }
            await gateway.ask({ do: 'tell', text: 'message', account: 'wxid_me', message })
          },
          garbage: async () =>
            proxy.garble(['empty', 'html', 'truncated', '500', 'reset', 'json', '500', 'html']),
          settled: async () => void (await until(() => state().queue.length === 0)),
          arrived: () => {
            const { sent, recalled: gone, media } = state()
            return Object.entries(sent).map(([clientId, { chat, text, ids }]): Arrived => {
              const to = chat === 'wxid_lin' ? 'friend' : 'group'
              const recalled = ids.some((each) => gone.includes(each))
              const bytes = Buffer.from(media[clientId] ?? '', 'base64')
              return { to, text: text ?? '', recalled, ...(bytes.length > 0 && { bytes }) }
            })
          },
          picture: (bytes) => ({ bytes: jpeg(bytes), mime: 'image/jpeg' }),
        },
      }
    },
  })

interface State {
  readonly queue: readonly unknown[]
  readonly sent: Readonly<
    Record<string, { readonly chat: string; readonly text?: string; readonly ids: string[] }>
  >
  readonly recalled: readonly string[]
  readonly media: Readonly<Record<string, string>>
}
