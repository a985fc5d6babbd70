import { jpeg } from '../../contract/connector/jobs.ts'
import type { Arrived } from '../../contract/connector/world.ts'
import { connectorContract } from '../../contract/connector.ts'
import { startIlink } from '../../sim/ilink/server.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { connectorTo } from './lab.ts'

const none = async () => {
  throw new Error('this WeChat has none')
}

connectorContract({
  name: "WeChat's official bot, over HTTP to the simulator",
  skip: [
    {
      why: 'the bot cannot be in a group',
      tests: [
        'misses nothing that was said in a group between two starts',
        'tells a group before anything said in it, and everything as plain data',
        'tells what was said in a group, by whom, character by character',
        'tells which groups have members, and each time that they change',
      ],
    },
    {
      why: 'the one who writes on the phone is the friend here',
      tests: [
        'tells what the owner said on the phone as theirs, character by character',
        'tells what the owner recalled on the phone',
      ],
    },
    {
      why: 'WeChat tells the bot of no recall',
      tests: ['tells a recall, naming the recalled message and who did it'],
    },
    {
      why: 'WeChat gives the bot no way to take anything back',
      tests: ['takes back what it sent, and does not tell its own recall'],
    },
  ],
  make: async () => {
    const sim = await startIlink()
    const vault = memoryVault()
    const log = memoryLog()
    const { control } = sim
    return {
      connector: () => connectorTo(sim, vault, log),
      close: () => sim.close(),
      world: {
        friend: 'Me',
        group: 'none',
        newcomer: 'nobody',
        scan: () => control.scan(),
        confirm: async () => {
          await control.confirm()
          // Nothing may be sent before something was said. A file is in nobody's way here.
          await control.sends({ kind: 'file', bytes: Buffer.from('hello'), name: 'hello.txt' })
          await control.settled()
        },
        friendSays: (text) => control.says(text),
        friendSendsPicture: (bytes) => control.sends({ kind: 'image', bytes }),
        memberSays: none,
        memberJoins: none,
        memberIsCalled: none,
        memberLeaves: none,
        phoneSays: none,
        recall: none,
        repeat: (id) => control.repeat(id),
        nonsense: async () => {
          const item = { type: 4711, text_item: null, ref_msg: [[{ __proto__: 1 }]], x: '<b>&' }
          await control.inject({ item_list: [item] })
        },
        garbage: async () => {
          for (const how of ['empty', 'html', 'truncated', 'huge', '500', 'reset'] as const) {
            control.fault({ path: 'getupdates', how })
          }
          control.fault({ path: 'getupdates', how: { answer: { ret: -1 } } })
        },
        kick: () => control.kick(),
        settled: () => control.settled(),
        arrived: () =>
          control.delivered().map(({ text, bytes }): Arrived => {
            return { to: 'friend', text, recalled: false, ...(bytes ? { bytes } : {}) }
          }),
        picture: (bytes) => ({ bytes: jpeg(bytes), mime: 'image/jpeg' }),
      },
    }
  },
})
