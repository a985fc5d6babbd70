import { startSandbox } from '../../../src/sandbox/server.ts'
import { jpeg } from '../../contract/connector/jobs.ts'
import type { Arrived } from '../../contract/connector/world.ts'
import { connectorContract } from '../../contract/connector.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { connectorTo } from './lab.ts'

connectorContract({
  name: 'web WeChat, over HTTP to the sandbox',
  make: async () => {
    const sandbox = await startSandbox({ holdMs: 400, pushLogin: false })
    const vault = memoryVault()
    const log = memoryLog()
    const { control } = sandbox
    return {
      connector: () => connectorTo(sandbox.origin, vault, log),
      close: () => sandbox.close(),
      world: {
        friend: '林小满🌿',
        group: '周末爬山队⛰️',
        scan: () => control.scan(),
        confirm: () => control.confirm(),
        friendSays: (text) => control.say('lin', text),
        friendSendsPicture: (bytes) => control.picture('lin', bytes),
        memberSays: (text) => control.say('wu', text, 'hikers'),
        newcomer: '周明远',
        memberJoins: () => control.joinGroup('hikers', 'zhou'),
        memberIsCalled: (nick) => control.setDisplay('hikers', 'zhou', nick),
        memberLeaves: () => control.leaveGroup('hikers', 'zhou'),
        phoneSays: (text) => control.phoneSay('lin', text),
        recall: async (id) => void (await control.recall(id)),
        repeat: (id) => control.repeat(id),
        nonsense: async () => {
          await control.inject({
            MsgType: 4711,
            FromUserName: '<lin>',
            Content: '&lt;msg&gt;&lt;__proto__ a="&lt;"&gt;',
          })
        },
        garbage: async () => {
          for (const how of ['empty', 'html', 'truncated', '500', 'reset', 'refuse'] as const) {
            control.fault({ path: 'synccheck', how })
            control.fault({ path: 'webwxsync', how })
          }
        },
        kick: () => control.kick(),
        settled: () => control.settled(),
        arrived: () =>
          control.delivered().map((each): Arrived => {
            const to = each.to === 'lin' ? 'friend' : each.to === 'hikers' ? 'group' : 'other'
            const { text, bytes, recalled } = each
            return { to, text, recalled, ...(bytes ? { bytes } : {}) }
          }),
        picture: (bytes) => ({ bytes: jpeg(bytes), mime: 'image/jpeg' }),
      },
    }
  },
})
